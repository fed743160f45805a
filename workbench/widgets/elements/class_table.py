"""Precision, recall and F1 of each class with its interval, worst first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import traitlets

from ..base import View, module

if TYPE_CHECKING:
    import pandas as pd

NUMBERS = ("f1", "f1_low", "f1_high", "precision", "recall", "support")


class ClassTable(View):
    """One row a class; choosing one chooses its examples.

    Parameters
    ----------
    classes : pandas.DataFrame, optional
        What :func:`workbench.inspection.per_class_errors` returns.

    Attributes
    ----------
    selected : str
        Name of the chosen class, or "".
    """

    TEXTS = "classes"
    _esm = module("keys.js", "elements/class_table.js")
    more = traitlets.List(traitlets.Unicode()).tag(sync=True)  # titles of further columns
    # [class, f1, low, high, precision, recall, support, value of each further column]
    rows = traitlets.List().tag(sync=True)
    selected = traitlets.Unicode("").tag(sync=True)

    def __init__(self, classes: pd.DataFrame | None = None, **traits):
        super().__init__(**traits)
        if classes is not None:
            self.show(classes)

    def show(self, classes: pd.DataFrame, more: dict[str, str] | None = None) -> None:
        """Show these classes, the lowest F1 first; a class without examples has no numbers.

        ``more`` maps further columns of the table, of numbers, to their titles.
        """
        names = (*NUMBERS, *(more or {}))
        ordered = classes.sort_values("f1", kind="stable", na_position="last")
        with self.hold_sync():
            self.selected = ""
            self.more = list((more or {}).values())
            self.rows = [
                [str(row["class"]), *(_number(row[name]) for name in names)]
                for row in ordered.to_dict("records")
            ]

    def __repr__(self) -> str:
        return f"ClassTable({len(self.rows)} classes)"


def _number(value: float) -> float | None:
    return None if value is None or math.isnan(value) else float(value)
