"""A judge beside the ratings: a metric or a model, and how far it agrees with the hand."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench import talking
from workbench.durations import duration
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
    """A line that asks for a judge, and a row for each that was asked."""

    def __init__(self, talk: Talk):
        self.talk = talk
        self._judged: dict[Any, Judged] = {}  # by the metric, or by address and model
        self._notes: list[str] = []  # of the one that was asked last
        self._models: dict[tuple, Any] = {}  # those that know what they said
        self._asking: Any = None  # the judge that is being asked
        self._stopped, self._begun = False, 0.0
        self._typed = dict.fromkeys(OF_MODEL, "")  # kept while another choice is looked at
        self.table, self.notice = Sheet(), Notice()
        self.line = Line(on_action=self._act)
        self.line.actions = [{"name": "judge", "label": t("chat_panel.judge")},
                             {"name": "stop", "label": t("chat_panel.stop"), "busy": True}]
        super().__init__([self.line, self.notice, self.table])
        self.add_class("wb-stack")
        self._offer(METRICS[0])

    @property
    def judged(self) -> dict[str, Judged]:
        """What each said last, by its name; those of one name have their address behind it."""
        names = [one.judge for one in self._judged.values()]
        return {
            one.judge if names.count(one.judge) == 1 or isinstance(by, str)
            else t("judging.at", name=one.judge, address=by[0]): one
            for by, one in self._judged.items()
        }  # fmt: skip

    def judge(self, by: str, address: str = "", model: str = "", key: str = "") -> Judged:
        """Have what was rated judged by a metric, or by the model at an address; ``key`` is the
        name of the environment variable that holds the address's key."""
        self._stopped = False  # whoever pressed Stop meant one before this
        return self._judge(by, address, model, key)

    def _judge(self, by: str, address: str = "", model: str = "", key: str = "") -> Judged:
        judge: Any = by
        name: Any = by
        if by == MODEL:
            about = address, model, key or None
            if about not in self._models:
                self._models[about] = talking.ModelJudge(address, model, key=key or None)
            judge = self._models[about]
            name = judge.base_url, model
        self._asking, self._begun = judge, time.monotonic()
        try:
            found = self.talk.judge(judge, on_pair=self._told)
        finally:
            self._asking = None
        self._judged[name], self._notes = found, found.notes
        self._show()
        return found

    def stop(self) -> None:
        """Ask about no further pair, as Stop does; what was judged is kept, and shown. Where
        nothing is judged nothing is stopped, later either."""
        self._stopped = True
        if hasattr(asking := self._asking, "stop"):
            asking.stop()

    def follow(self) -> None:
        """Count the ratings as they are by now; pairs that were rated since have no verdict."""
        hands = {_places(one["turn"], one["pair"]): one for one in self.talk.ratings}
        for name, found in self._judged.items():
            pairs = [replace(one, hand=_hand(one, hands.get(_places(one.turn, one.places))))
                     for one in found.pairs]  # fmt: skip
            self._judged[name] = replace(found, pairs=pairs)
        if self._judged:
            self._show()

    def _told(self, done: int, every: int) -> bool:
        said, took = t("chat_panel.judging", done=done, n=every), time.monotonic() - self._begun
        if 0 < done < every and (left := took / done * (every - done)) >= 1:
            said += " · " + t("train.left", time=duration(left))
        self.line.progress = said
        return self._stopped

    def _show(self) -> None:
        import pandas as pd

        judged = self.judged
        since = len(self.talk.ratings) - min(len(one.pairs) for one in judged.values())
        notes = [*self._notes, *([t("chat_panel.judge_since", n=since)] if since > 0 else [])]
        table = pd.concat([one.agreement().assign(judge=name) for name, one in judged.items()],
                          ignore_index=True)  # fmt: skip
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
            fields += [{"name": name, "label": t(f"chat_panel.judge_{name}_field"),
                        "value": self._typed[name]} for name in OF_MODEL]  # fmt: skip
        self.line.fields = fields

    def _act(self, action: str, values: dict[str, str]) -> None:
        if action == "stop":
            self.stop()
            return
        by = values.get("by", "")
        about = {name: values.get(name, "").strip() for name in OF_MODEL}
        self._typed = {name: about[name] or self._typed[name] for name in OF_MODEL}
        if action == "change":
            self._offer(by)
        else:
            self._stopped = False
            self.line.work(lambda: self._judge(by, **about), self.notice)


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
