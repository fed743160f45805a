"""A judge beside the ratings: a metric or a model, and how far it agrees with the hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench import talking
from workbench.i18n import t
from workbench.talking.judging import METRICS

from ...boxes import VBox
from ...elements.notice import Notice
from ...elements.table import Sheet
from ...elements.toolbar import Line

if TYPE_CHECKING:
    from workbench.talking.judging import Judged
    from workbench.talking.talks import Talk

MODEL = "model"  # the choice that asks for an address
OF_MODEL = ("address", "model", "key")
COLUMNS = ("judge", "rated", "compared", "agreed", "agreement", "interval", "kappa", "ties")


class JudgePart(VBox):
    """A line that asks for a judge, and a row for each that was asked.

    Attributes
    ----------
    judged : dict of str to Judged
        What each said last, by its name.
    """

    def __init__(self, talk: Talk):
        self.talk = talk
        self.judged: dict[str, Judged] = {}
        self._models: dict[tuple, Any] = {}  # those that know what they said
        self.table, self.notice = Sheet(), Notice()
        self.line = Line(on_action=self._act)
        self.line.actions = [{"name": "judge", "label": t("chat_panel.judge")}]
        super().__init__([self.line, self.notice, self.table])
        self.add_class("wb-stack")
        self._offer(METRICS[0])

    def judge(self, by: str, address: str = "", model: str = "", key: str = "") -> Judged:
        """Have what was rated judged by a metric, or by the model at an address; ``key`` is the
        name of the environment variable that holds the address's key."""
        judge: Any = by
        if by == MODEL:
            about = address, model, key or None
            if about not in self._models:
                self._models[about] = talking.ModelJudge(address, model, key=key or None)
            judge = self._models[about]
        found = self.talk.judge(judge, on_pair=self._told)
        self.judged[found.judge] = found
        self._show(found.notes)
        return found

    def _told(self, done: int, every: int) -> None:
        self.line.progress = t("chat_panel.judging", done=done, n=every)

    def _show(self, notes: list[str]) -> None:
        import pandas as pd

        table = pd.concat([one.agreement() for one in self.judged.values()], ignore_index=True)
        table = table.rename(columns={"share": "agreement"})
        pairs = zip(table["low"], table["high"], strict=True)
        table["interval"] = [interval_text(*pair) for pair in pairs]
        self.table.show(
            table[list(COLUMNS)], [t(f"chat_panel.column_{name}") for name in COLUMNS],
            heading=t("chat_panel.agreement"), note=" ".join([t("chat_panel.judge_note"), *notes]),
        )  # fmt: skip

    def _offer(self, by: str) -> None:
        choices = [[name, t(f"chat_panel.judge_{name}")] for name in (*METRICS, MODEL)]
        fields = [{"name": "by", "label": t("chat_panel.judge_by"), "choices": choices,
                   "value": by}]  # fmt: skip
        if by == MODEL:
            fields += [{"name": name, "label": t(f"chat_panel.judge_{name}_field")}
                       for name in OF_MODEL]  # fmt: skip
        self.line.fields = fields

    def _act(self, action: str, values: dict[str, str]) -> None:
        by = values.get("by", "")
        about = {name: values.get(name, "").strip() for name in OF_MODEL}
        if action == "change":
            self._offer(by)
        else:
            self.line.work(lambda: self.judge(by, **about), self.notice)


def interval_text(low: float, high: float) -> str:
    """An interval as a cell; a dash of none."""
    return t("chat_panel.interval", low=low, high=high) if low == low else "–"
