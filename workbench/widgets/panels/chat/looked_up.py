"""What is looked up of an answer, and of the whole conversation, once somebody asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench import talking
from workbench.errors import DataError
from workbench.i18n import t

from . import shown
from .view import ChatView

if TYPE_CHECKING:
    import pandas as pd

    from workbench.talking.talks import Talk
    from workbench.talking.tokens import Tokens

RIVALS = 8  # at each place of an answer
BUSY = "busy"


class LookedUp:
    """Puts onto the page what was found of an answer, one at a time."""

    def __init__(self, talk: Talk, view: ChatView):
        self.talk, self.view = talk, view

    def tokens(self, turn: int, side: str) -> Tokens:
        """How probable each token was, and what else could stand there."""
        found = self.talk.tokens(self._seat(turn, side), rivals=RIVALS, number=turn)
        self._show(turn, side, "tokens", shown.tokens_shown(found))
        return found

    def prompt(self, turn: int, side: str) -> dict[str, Any]:
        """The exact prompt."""
        found = self.talk.prompt(self._seat(turn, side), number=turn)
        about = {"text": found["text"], "tokens": found["prompt_tokens"], "notes": found["notes"]}
        self._show(turn, side, "prompt", about)
        return found

    def nearest(self, turn: int, side: str) -> pd.DataFrame:
        """The training texts nearest to it, and what it has of them word by word."""
        seat = self._seat(turn, side)
        found = talking.nearest_training(self.talk, seat, number=turn)
        about = shown.copies_shown(found, self.talk.turns[turn].answer(seat).text)
        self._show(turn, side, "nearest", about)
        return found

    def paper(self, kind: str) -> str:
        """The conversation as ``code`` or as ``json``; nothing of any other kind.

        Raises
        ------
        DataError
            If the JSON would tell who wrote a blind pair that is not rated yet.
        """
        if kind == "json" and any(shown.hides_names(self.talk, one) for one in self.talk.turns):
            self.view.paper = {}
            raise DataError(t("chat_panel.waits"), t("chat_panel.waits_json_back"))
        text = {"code": self.talk.code, "json": self.talk.to_json}.get(kind, str)()
        self.view.paper = {"kind": kind, "text": text} if text else {}
        return text

    def _seat(self, turn: int, side: str) -> int:
        """Who is at a side (DataError of a blind pair that is not rated yet)."""
        if shown.hides_names(self.talk, self.talk.turn_at(turn)):
            raise DataError(t("chat_panel.waits"), t("chat_panel.waits_back"))
        return self.talk.seat_at(side, turn)

    def expect(self, turn: int, side: str, what: str) -> None:
        """Say that something is being looked up."""
        self.view.detail = {"turn": turn, "side": side, "of": what, "kind": BUSY}

    def clear(self) -> None:
        """Show nothing of an answer."""
        self.view.detail = {}

    def give_up(self) -> None:
        """Nothing was found: it is not waited for any more."""
        if self.view.detail.get("kind") == BUSY:
            self.clear()

    def _show(self, turn: int, side: str, what: str, about: dict[str, Any]) -> None:
        self.view.detail = {"turn": turn, "side": side, "of": what, "kind": what, **about}
