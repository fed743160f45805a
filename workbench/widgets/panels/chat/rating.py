"""Who won, of the answers that were rated, and the preferences as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import DataError
from workbench.i18n import t

from ...boxes import VBox
from ...elements.notice import Notice
from ...elements.table import Sheet
from ...elements.toolbar import Line
from .judge_part import JudgePart, interval_text

if TYPE_CHECKING:
    from workbench.talking.talks import Talk

FILE = "preferences.jsonl"


class RatingPart(VBox):
    """A table of who won with its interval, a line that saves, and a judge beside it; shown once
    something is rated."""

    def __init__(self, talk: Talk):
        self.talk = talk
        self._written: set[Path] = set()
        self.table, self.notice = Sheet(), Notice()
        self.line = Line(on_action=self._act)
        self.line.fields = [
            {"name": "path", "label": t("chat_panel.path"), "wide": True, "value": FILE}
        ]
        self.line.actions = [{"name": "save", "label": t("chat_panel.save")}]
        self.judge = JudgePart(talk)
        super().__init__([self.table, self.line, self.notice, self.judge])
        self.add_class("wb-stack")
        self.show()

    def show(self) -> None:
        """Count what is rated."""
        import pandas as pd

        self.layout.display = None if self.talk.ratings else "none"
        if not self.talk.ratings:
            return
        self.judge.follow()
        score = self.talk.score()
        names = ("model", "against", "won", "lost", "both_bad", "share")
        table = score[list(names)].assign(
            interval=[interval_text(low, high)
                      for low, high in zip(score["low"], score["high"], strict=True)],
            p=score["p"],
        )  # fmt: skip
        if score.empty:  # one model against itself
            table = pd.DataFrame()
        titles = [t(f"chat_panel.column_{name}") for name in table.columns]
        note = t("chat_panel.score_note" if len(score) else "chat_panel.score_one",
                 n=len(self.talk.ratings))  # fmt: skip
        self.table.show(table, titles, heading=t("chat_panel.score"), note=note)

    def save(self, path: str = FILE) -> list[str]:
        """Write the pairs of which one is better into a file; gives what is to be said of them.

        Raises
        ------
        DataError
            If there is no such pair, or there is a file that this did not write.
        """
        place = Path(path).absolute()
        if place.exists() and place not in self._written:
            raise DataError(t("chat_panel.there", path=path), t("chat_panel.there_back"))
        notes = self.talk.save_preferences(place)
        self._written.add(place)
        n = len(self.talk.preferences())
        self.line.status = " ".join([t("chat_panel.saved", n=n, path=path), *notes])
        return notes

    def _act(self, action: str, values: dict[str, Any]) -> None:
        if action == "save":
            self.line.work(lambda: self.save(values.get("path", "").strip() or FILE), self.notice)
