"""Texts that were written, beside source and reference, with marks: sort, search, page, choose."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import traitlets

from workbench import inspection
from workbench.inspection.predictions.written_texts import languages_of

from ..base import View, as_text, module

if TYPE_CHECKING:
    import pandas as pd

PAGE = 5
LONGEST = 4_000  # characters of a text that are shown


class WrittenList(View):
    """Source, reference and output side by side; what differs or was invented is marked.

    Attributes
    ----------
    order : str
        The measure by which rows are sorted, the worst first.
    selected : int
        Place of the chosen row in the order that is shown; -1 for none.
    query : str
        Only rows of which a text contains it, upper and lower case being the same.
    """

    TEXTS = "written_view"
    _esm = module("keys.js", "elements/written_list.js")
    heading = traitlets.Unicode("").tag(sync=True)
    orders = traitlets.List().tag(sync=True)  # [name, title]
    order = traitlets.Unicode("").tag(sync=True)
    rows = traitlets.List().tag(sync=True)  # [place, source, reference, output, value]
    has_reference = traitlets.Bool(True).tag(sync=True)
    total = traitlets.Int(0).tag(sync=True)
    page = traitlets.Int(0).tag(sync=True)
    pages = traitlets.Int(0).tag(sync=True)
    query = traitlets.Unicode("").tag(sync=True)
    selected = traitlets.Int(-1).tag(sync=True)

    def __init__(self, **traits):
        super().__init__(**traits)
        self._table: pd.DataFrame | None = None
        self._shown: pd.DataFrame | None = None
        self._quiet = False
        self.observe(self._sort, ["order", "query"])
        self.observe(self._draw, "page")

    def show(self, table: pd.DataFrame, order: str, heading: str = "") -> None:
        """Show rows of :func:`workbench.inspection.written_rows`, the worst first by ``order``."""
        measured = [name for name in table.columns if name not in _TEXTS and _numeric(table[name])]
        self._table, self._languages = table, languages_of(table)
        self._quiet = True
        try:
            with self.hold_sync():
                self.heading, self.query = heading, ""
                self.has_reference = "label" in table
                self.orders = [[name, inspection.metric_name(name)] for name in measured]
                self.order = order if order in measured else (measured or [""])[0]
        finally:
            self._quiet = False
        self._sort()

    def example(self) -> pd.Series | None:
        """The chosen row."""
        if self._shown is None or not 0 <= self.selected < len(self._shown):
            return None
        return self._shown.iloc[self.selected]

    def select(self, place: int) -> None:
        """Choose the row at this place of the order; -1 for none.

        Raises
        ------
        IndexError
            If there is no such row.
        """
        if place != -1 and (self._shown is None or not 0 <= place < len(self._shown)):
            raise IndexError(f"There is no row {place}; there are {self.total}.")
        self.selected = place

    def _sort(self, _change: Any = None) -> None:
        if self._table is None or self._quiet:
            return
        table, wanted = self._table, self.query.strip().casefold()
        if wanted:
            names = [name for name in ("text", "label", "prediction") if name in table]
            fits = [any(wanted in as_text(value).casefold() for value in row)
                    for row in table[names].itertuples(index=False)]  # fmt: skip
            table = table[fits]
        if self.order:
            table = inspection.worst_first(table, self.order)
        with self.hold_sync():
            self._shown, self.selected = table, -1
            self.total, self.pages = len(table), max(1, math.ceil(len(table) / PAGE))
            self._quiet = True
            self.page = 0
            self._quiet = False
            self._draw()

    def _draw(self, _change: Any = None) -> None:
        if self._shown is None or self._quiet:
            return
        start = max(0, self.page) * PAGE
        rows = []
        for place, row in enumerate(self._shown.iloc[start : start + PAGE].to_dict("records")):
            texts = [as_text(row.get(name))[:LONGEST] for name in ("text", "label", "prediction")]
            marked = inspection.marked_texts(
                texts[0], texts[1] if self.has_reference else None, texts[2],
                source_language=self._languages[0], output_language=self._languages[1],
            )  # fmt: skip
            value = float(row[self.order]) if self.order else math.nan
            parts = [[list(part) for part in marked[side]] for side in
                     ("source", "reference", "output")]  # fmt: skip
            rows.append([start + place, *parts, value if math.isfinite(value) else None])
        self.rows = rows

    def __repr__(self) -> str:
        return f"WrittenList({self.total} texts by {self.order})"


_TEXTS = ("text", "label", "prediction", "ended", "row", "tokens")


def _numeric(values: pd.Series) -> bool:
    return values.dtype.kind in "iuf"
