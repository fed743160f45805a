"""What is looked up of an answer, and of the whole conversation, once somebody asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench import talking
from workbench.errors import DataError, WorkbenchError
from workbench.i18n import t

from ...turns import Turns
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
        self.talk, self.view, self._asked = talk, view, Turns()

    def find(self, number: int, what: str, turn: int, side: str, answer: int) -> None:
        """Look up what :meth:`expect` announced by this number; what is no longer waited for, as
        something else was asked or the page shows another turn, is not shown."""
        try:
            getattr(self, what)(turn, side, None if answer < 0 else answer, number)
        except Exception:
            self._put(number, {})
            raise

    def tokens(
        self, turn: int, side: str, answer: int | None = None, number: int | None = None
    ) -> Tokens:
        """How probable each token was, and what else could stand there."""
        number = self._number(number)
        found = self.talk.tokens(self._seat(turn, side), rivals=RIVALS, number=turn, which=answer)
        about = {"answer": answer, **shown.tokens_shown(found)}
        self._show(number, turn, side, "tokens", about)
        return found

    def prompt(
        self, turn: int, side: str, answer: int | None = None, number: int | None = None
    ) -> dict[str, Any]:
        """The exact prompt."""
        number = self._number(number)
        found = self.talk.prompt(self._seat(turn, side), number=turn, which=answer)
        about = {"text": found["text"], "tokens": found["prompt_tokens"], "notes": found["notes"]}
        self._show(number, turn, side, "prompt", about)
        return found

    def nearest(
        self, turn: int, side: str, answer: int | None = None, number: int | None = None
    ) -> pd.DataFrame:
        """The training texts nearest to it, and what it has of them word by word."""
        number = self._number(number)
        seat = self._seat(turn, side)
        found = talking.nearest_training(self.talk, seat, number=turn, which=answer)
        about = shown.copies_shown(found, self.talk.turns[turn].answer(seat, answer).text)
        self._show(number, turn, side, "nearest", about)
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

    def expect(self, turn: int, side: str, what: str) -> int:
        """Say that something is being looked up; gives the number by which it is found."""
        number = self._asked.take()
        self._put(number, {"turn": turn, "side": side, "of": what, "kind": BUSY})
        return number

    def clear(self) -> None:
        """Show nothing of an answer, whatever is still being looked up."""
        self._put(self._asked.take(), {})

    def refresh(self) -> None:
        """Show the paper that is open as the conversation is by now."""
        try:
            self.paper(self.view.paper.get("kind", ""))
        except WorkbenchError:  # it would tell who wrote a blind pair, and is taken away
            self.view.paper = {}

    def _number(self, number: int | None) -> int:
        return self._asked.take() if number is None else number

    def _show(self, number: int, turn: int, side: str, what: str, about: dict[str, Any]) -> None:
        self._put(number, {"turn": turn, "side": side, "of": what, "kind": what, **about})

    def _put(self, number: int, detail: dict[str, Any]) -> None:
        with self._asked:
            if self._asked.is_newest(number):
                self.view.detail = detail
