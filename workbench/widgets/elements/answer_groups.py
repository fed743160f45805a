"""Questions in groups, by one property at a time: how many, exact match with interval, F1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import traitlets

from workbench import inspection
from workbench.i18n import t

from ..base import View, module

if TYPE_CHECKING:
    import pandas as pd


class AnswerGroups(View):
    """A table of groups; choosing one chooses its questions.

    Attributes
    ----------
    by : str
        One of :data:`workbench.inspection.ANSWER_GROUPS`.
    selected : str
        Name of the chosen group, or "".
    """

    TEXTS = "answers"
    _esm = module("keys.js", "elements/answer_groups.js")
    ways = traitlets.List().tag(sync=True)  # [name, text]
    by = traitlets.Unicode("question_word").tag(sync=True)
    rows = traitlets.List().tag(sync=True)  # [name, shown, questions, exact, low, high, f1]
    selected = traitlets.Unicode("").tag(sync=True)

    def __init__(self, **traits):
        super().__init__(**traits)
        self._errors: pd.DataFrame | None = None
        self.ways = [[name, t(f"answers.by_{name}")] for name in inspection.ANSWER_GROUPS]
        self.observe(self._draw, "by")

    def show(self, errors: pd.DataFrame) -> None:
        """Show the groups of :func:`workbench.inspection.answer_errors`."""
        self._errors = errors
        self._draw()

    def _draw(self, _change=None) -> None:
        if self._errors is None:
            return
        report = inspection.answer_report(self._errors, by=self.by)
        kinds = self.by == "kind"
        with self.hold_sync():
            self.selected = ""
            self.rows = [
                [row["group"], t(f"answers.{row['group']}") if kinds else row["group"],
                 row["questions"], row["exact_match"], row["low"], row["high"], row["f1"]]
                for row in report.to_dict("records")
            ]  # fmt: skip

    def __repr__(self) -> str:
        return f"AnswerGroups({len(self.rows)} groups by {self.by})"
