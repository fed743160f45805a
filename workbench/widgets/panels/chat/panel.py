"""The chat panel: one model, or two side by side, asked, looked into and rated."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError
from workbench.i18n import t

from ...boxes import VBox
from ...elements.notice import Notice
from ...newest import Newest
from ...turns import in_turn
from . import settings, shown
from .beside import Beside
from .looked_up import LookedUp
from .opening import talk_of
from .page import Page
from .rating import RatingPart
from .view import ChatView

if TYPE_CHECKING:
    from workbench.talking.turns import Turn

PACE = 0.05  # seconds between two drawings of a text that grows


class ChatPanel(VBox):
    """Talk to a model, or to two side by side, by mouse and keyboard.

    It opens with a held-out row: what was asked, the true answer, and what the run's model and the
    one that it began with write. Each button calls a method; :attr:`talk` is the conversation.

    Parameters
    ----------
    source : Run, str or Talk
        Whom to talk to, or a conversation to go on with; see :func:`workbench.talk`.
    beside : Run, str or None, optional
        A second one. Left out it is the model that a run began with; of a model that is no run's
        there is none. None talks to one alone.
    answer : bool
        Whether the opening row is answered at once.
    **about
        As in :func:`workbench.talk`: ``task``, ``row``, ``split``, ``system``, ``generation``,
        ``blind``, ``max_length``, ``seed`` (another one for each panel when left out).

    Raises
    ------
    WorkbenchError
        As :func:`workbench.talk` does. What goes wrong later is said in the panel.
    """

    def __init__(self, source: Any, beside: Any = ..., *, answer: bool = True, **about: Any):
        self.talk = talk_of(source, beside, about)
        self.at = shown.last_of(self.talk, self.talk.at)  # the turn that the page ends with
        self._turn = threading.RLock()
        self.notice, self.rating = Notice(), RatingPart(self.talk)
        self._beside = Beside(self.notice.show_error, self._over)
        self._left = False
        self.view = ChatView(
            self._do, way=self.talk.way, names=[one.name for one in self.talk.seats],
            kinds=settings.kinds(), learnt=any(one.run for one in self.talk.seats),
        )  # fmt: skip
        self.looked_up, self.page = LookedUp(self.talk, self.view), Page(self.talk, self.view)
        self._painter = Newest(lambda request, is_newest: None, lambda request, found: self._grow(),
                               self.notice.show_error, name="workbench-chat", delay=PACE)
        super().__init__([self.view, self.notice, self.rating])
        self.add_class("wb-stack")
        self.page.show_settings()
        self._draw()
        self._beside.start(lambda: self._open(answer))

    def wait(self, timeout: float | None = None) -> None:
        """Wait until nothing is loaded, written or looked up any more; ``timeout`` in seconds each.

        Raises
        ------
        TimeoutError
        """
        self._beside.wait(timeout)

    @in_turn
    def say(
        self, text: str, behind: str = "", turn: int | None = None, answers: Sequence[int] = ()
    ) -> Turn:
        """Ask what is said next, as Send does.

        Parameters
        ----------
        behind : {'', 'A', 'B'}
            The side whose answer both go on from; each from its own when left out.
        turn : int, optional
            The turn behind which it is said; the last one that is shown when left out. -1 begins
            anew.
        answers : sequence of int
            Of that turn the numbers of the answers, A's first, that are gone on from.
        """
        self._stand(self.at if turn is None else None if turn < 0 else turn)
        if turn is not None and turn >= 0:
            here = self.talk.turn_at(turn)
            for seat, which in zip(self.talk.order(turn), answers, strict=False):
                if here.answers[seat]:
                    here.answer(seat, which)
                    here.chosen[seat] = which
        return self._ask(lambda **about: self.talk.say(text, behind=behind or None, **about))

    @in_turn
    def again(self, turn: int | None = None) -> Turn:
        """Have another answer of each to a turn, the last one when left out; where one of the two
        lacks its answer (it was stopped, or failed), of that one alone."""
        self._stand(self.at if turn is None else turn)
        seats = shown.lacking(self.talk.turn) or None
        return self._ask(lambda **about: self.talk.answer(seats=seats, **about))

    @in_turn
    def edit(self, turn: int, text: str) -> Turn:
        """Ask something else in place of a turn, and go on from there."""
        return self._ask(lambda **about: self.talk.edit(text, turn, **about))

    @in_turn
    def go_on(
        self, turn: int, side: str, position: int, token: int, answer: int | None = None
    ) -> Turn:
        """Put another token at a place of an answer, the one that is shown when left out, and let
        the model go on behind it."""
        seat = self.talk.seat_at(side, turn)
        self._stand(turn)
        return self._ask(
            lambda **about: self.talk.go_on(position, token, seat, which=answer, **about)
        )

    @in_turn
    def open_row(self, row: int) -> Turn:
        """Begin anew with a held-out row, and have it answered."""
        self.talk.open_row(row)
        return self._ask(self.talk.answer)

    @in_turn
    def begin(self) -> None:
        """Begin anew with nothing; what was said stays, as a conversation before this one."""
        self._go(None)

    @in_turn
    def branch(self, turn: int, by: int) -> None:
        """Show the question so many places behind, or before, among those in a turn's place."""
        some = self.talk.branches(turn)
        self._go(some[(some.index(turn) + by) % len(some)])

    @in_turn
    def which(self, turn: int, side: str, by: int) -> None:
        """Show another answer of a side, so many behind or before, and what was said behind it."""
        seat, here = self.talk.seat_at(side, turn), self.talk.turn_at(turn)
        here.chosen[seat] = (here.chosen[seat] + by) % max(1, len(here.answers[seat]))
        self._go(turn)

    @in_turn
    def conversation(self, by: int) -> None:
        """Show another conversation, so many behind or before this one."""
        every, place = shown.beginnings(self.talk), self.view.place[0] - 1
        if every:
            self._go(every[(place + by if place >= 0 else -1) % len(every)])

    def stop(self) -> None:
        """End what is written within a token, as Stop does; harmless however often."""
        self.talk.stop()

    def set(
        self, *, system: str | None = None, blind: bool | None = None,
        rendered: bool | None = None, **values: Any,
    ) -> None:  # fmt: skip
        """From now on: how words are chosen (``kind``, ``temperature``, ``top_p``,
        ``max_new_tokens``, ``seed``); what the system says, "" for what a row has; whether pairs
        are blind, and replies rendered."""
        try:
            if blind is not None:
                self.talk.blind = bool(blind)
            if system is not None:
                self.talk.system = system or None
            if rendered is not None:
                self.page.rendering = bool(rendered)
                self._draw()
            if values:
                self.talk.generation = settings.changed(self.talk.generation, values)
        except Exception:
            self.page.show_settings(refused=True)
            raise
        self.page.show_settings()

    @in_turn
    def rate(
        self, turn: int, verdict: str, side: str = "A", answers: Sequence[int] | None = None
    ) -> dict[str, Any]:
        """Rate the two answers that a turn shows, or these, A's first: better, worse, both_bad."""
        self._stand(turn)
        try:
            found = self.talk.rate(verdict, side, answers=answers)
        finally:
            self._stand(self.at)
        self.rating.show()
        self._draw()
        return found

    def close(self) -> None:
        """Close the widgets, and give the memory back."""
        super().close()
        if hasattr(self, "talk"):  # not when making it failed
            self.leave()

    def leave(self) -> None:
        """Give the memory back; what was said stays, and can be gone on with."""
        self._left = True
        self.talk.close()

    def _over(self) -> None:
        """What ended behind :meth:`leave` may have had models loaded once more."""
        if self._left:
            self.talk.close()

    def _do(self, name: str, values: dict[str, Any]) -> None:
        """What a click asks for; what is wrong with it is said above what was rated."""
        if name == "stop":
            self.stop()
            return
        self.notice.clear()
        look = self.looked_up
        if name in ("tokens", "prompt", "nearest"):
            number = look.expect(values["turn"], values["side"], name)
            self._beside.start(lambda: look.find(number, name, **values))
            return
        own: dict[str, Callable[..., object]] = {
            "set": lambda values: self.set(**values), "close_detail": look.clear,
            "paper": look.paper,
        }  # fmt: skip
        try:
            own.get(name, getattr(self, name, None))(**values)
        except Exception as error:  # said, with its traceback folded away
            self.notice.show_error(error)

    def _open(self, answer: bool) -> None:
        """Load the models while the page is drawn, and answer what the conversation opens with."""
        self.view.status = t("chat_panel.loading")
        try:
            self.page.count_rows(self.at)
            self.talk.load()
        finally:
            self.view.status = ""
        with self._turn:
            there = None if self.at is None else self.talk.turns[self.at]
            asked = there is None or any(there.answers) or self.talk.writing
            if answer and not (asked or self._left):
                self.again()

    def _ask(self, ask: Callable[..., Turn]) -> Turn:
        """Ask without waiting, and draw what comes as it comes."""
        before, asked, self._left = self.at, len(self.talk.turns), False
        try:
            turn = ask(wait=False, on_text=lambda side, text: self._painter.ask(None))
        except Exception:
            if len(self.talk.turns) == asked:  # else it stands there, and can be asked again
                self.talk.at = before
            raise
        finally:
            self._go(self.talk.at)
        self._beside.start(lambda: self._heard(turn))
        return turn

    def _heard(self, turn: Turn) -> None:
        try:
            self.talk.wait()
        except WorkbenchError:
            if not any(some and some[-1].error for some in turn.answers):
                raise  # it stands where it is written otherwise
        finally:
            self._draw()

    def _stand(self, turn: int | None) -> None:
        self.talk.at = None if turn is None else self.talk.turn_at(turn).number

    def _go(self, turn: int | None) -> None:
        """Show a turn, and what was said behind it."""
        self.at = shown.last_of(self.talk, turn)
        self._stand(self.at)
        self.looked_up.clear()
        self._draw()

    @in_turn
    def _draw(self) -> None:
        self.page.draw(self.at)
        if not self.talk.writing:
            self.looked_up.refresh()

    @in_turn
    def _grow(self) -> None:
        if not self.page.grow(self.at):
            self._draw()

    def __repr__(self) -> str:
        return f"<ChatPanel: {self.talk!r}>"
