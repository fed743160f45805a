"""A judge beside the ratings: a metric or a model, and how far it agrees with the hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench import talking
from workbench.i18n import t
from workbench.talking.judging import BOTH_BAD, METRICS
from workbench.talking.state import SIDES

from ...boxes import VBox
from ...elements.notice import Notice
from ...elements.table import Sheet
from ...elements.toolbar import Line

if TYPE_CHECKING:
    from workbench.talking.judging import Judged, Pair
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
        self._notes: list[str] = []  # of the one that was asked last
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
        self.judged[found.judge], self._notes = found, found.notes
        self._show()
        return found

    def follow(self) -> None:
        """Count the ratings as they are by now; pairs that were rated since have no verdict."""
        hands = {_places(one["turn"], one["pair"]): one for one in self.talk.ratings}
        for name, found in self.judged.items():
            pairs = [replace(one, hand=_hand(one, hands.get(_places(one.turn, one.places))))
                     for one in found.pairs]  # fmt: skip
            self.judged[name] = replace(found, pairs=pairs)
        if self.judged:
            self._show()

    def _told(self, done: int, every: int) -> None:
        self.line.progress = t("chat_panel.judging", done=done, n=every)

    def _show(self) -> None:
        import pandas as pd

        since = len(self.talk.ratings) - min(len(one.pairs) for one in self.judged.values())
        notes = [*self._notes, *([t("chat_panel.judge_since", n=since)] if since > 0 else [])]
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


def _places(turn: int, pair: list[list[int]]) -> tuple:
    return turn, *sorted(map(tuple, pair))


def _hand(pair: Pair, rating: dict[str, Any] | None) -> str:
    """How a pair is rated by now."""
    if rating is None:
        return ""
    if rating["better"] is None:
        return BOTH_BAD
    return SIDES[pair.places.index(rating["pair"][SIDES.index(rating["better"])])]


def interval_text(low: float, high: float) -> str:
    """An interval as a cell; a dash of none."""
    return t("chat_panel.interval", low=low, high=high) if low == low else "–"
