"""A table that a core function returned: numbers right-aligned, rows that can be chosen."""

from __future__ import annotations

import math
from numbers import Integral
from typing import TYPE_CHECKING

import traitlets

from ..base import View, as_text, module

if TYPE_CHECKING:
    import pandas as pd

MOST = 200  # rows that are sent


class Sheet(View):
    """Heading, table, note.

    Attributes
    ----------
    selected : int
        Position of the chosen row in the frame that was shown; -1 for none.
    """

    TEXTS = "sheet"
    _esm = module("keys.js", "elements/table.js")
    heading = traitlets.Unicode("").tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)
    columns = traitlets.List(traitlets.Unicode()).tag(sync=True)
    rows = traitlets.List().tag(sync=True)
    decimals = traitlets.List(traitlets.Int()).tag(sync=True)  # of the numbers of each column
    choosable = traitlets.Bool(False).tag(sync=True)
    selected = traitlets.Int(-1).tag(sync=True)

    def __init__(self, **traits):
        super().__init__(**traits)

    def show(
        self, frame: pd.DataFrame, titles: list[str], *, heading: str = "", note: str = ""
    ) -> None:
        """Show the frame's columns, in their order, under these titles."""
        with self.hold_sync():
            self.selected = -1
            self.heading, self.note, self.columns = heading, note, titles
            shown = frame.head(MOST)
            self.decimals = [_decimals(shown.iloc[:, i]) for i in range(shown.shape[1])]
            self.rows = [[_cell(v) for v in row] for row in shown.itertuples(index=False)]

    def __repr__(self) -> str:
        return f"Sheet({len(self.rows)} rows)"


def _decimals(column: pd.Series) -> int:
    """How many decimals all numbers of a column have: none for counts, three for small numbers."""
    numbers = [v for v in column if hasattr(v, "__float__") and not isinstance(v, bool)]
    if all(isinstance(v, Integral) for v in numbers):
        return 0
    finite = [abs(float(v)) for v in numbers if math.isfinite(float(v))]
    most = max(finite, default=0.0)
    if most > 1 and all(value == int(value) for value in finite):  # ranks and counts; no shares
        return 0
    return 3 if most < 10 else 1 if most < 1000 else 0


def _cell(value):
    """JSON form: a number that is none is null, everything else is text."""
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        return as_text(value)
    number = float(value)
    return number if math.isfinite(number) else None
