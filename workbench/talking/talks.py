"""A conversation that models answer, in a process of their own."""

from __future__ import annotations

import threading
import uuid
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ..atomic_files import write_text
from ..errors import DataError, RunError
from ..i18n import t
from . import held_out, stored, writers
from .rated import Rated
from .seats import GOES_ON, TEXT, Seat
from .state import SIDES
from .tokens import Tokens
from .turns import FAILED, Answer, Turn, check_said, token_of

OnText = Callable[[str, str], object]


class Talk(Rated):
    """A conversation; :func:`.opening.talk` makes one. What it is says :class:`.state.State`, how
    it is rated :class:`.rated.Rated`."""

    def __init__(self, seats: list[Seat], **about: Any):
        super().__init__(seats, **about)
        self._key, self._lock = uuid.uuid4().hex, threading.RLock()
        self._pending: list[writers.Pending] = []
        self._folders: dict[int, str] = {}
        weakref.finalize(self, writers.forget, self._key).atexit = False  # then it ends by itself

    def open_row(self, row: int = 0, split: str | None = None) -> Turn:
        """Begin anew with a held-out row, of the conversation's split when left out, which
        :meth:`answer` asks for; its true answer is the turn's ``truth``."""
        return self._new(**held_out.opened(self.seats[0], self.way, split or self.split, row))

    def say(
        self, text: str, *, behind: str | None = None, wait: bool = True,
        on_text: OnText | None = None,
    ) -> Turn:  # fmt: skip
        """Ask, and have it answered by all.

        Parameters
        ----------
        text : str
            What is said next; of a text for a text the text. A text that goes on is gone on with
            behind this, which may be empty.
        behind : {'A', 'B'}, optional
            Both go on from this side's answer; by default each from its own.
        wait : bool
            False returns at once; :meth:`wait` waits.
        on_text : callable, optional
            ``on_text(side, text)`` after each token, in a thread of its own, which listens for all
            conversations: it is not to wait. What it raises, :meth:`wait` raises.

        Raises
        ------
        WorkbenchError
            If nothing is said, there is no answer to go on from, an answer failed, or ``on_text``
            did.
        """
        check_said(text, empty=self.at is not None and self.way == GOES_ON)
        self._settle()
        if self.at is None or self.way == TEXT:
            self._new(text=text)
        else:
            here = self.turn
            own = [[seat, here.chosen[seat]] for seat in range(len(self.seats))]
            if behind is not None:
                own = [list(own[self.seat_at(behind)]) for _ in own]
            for whose, which in own:
                if which < 0 or not here.answers[whose][which].weights:  # nobody wrote it
                    raise DataError(t("talking.unanswered", turn=here.number),
                                    t("talking.ask_first"))  # fmt: skip
            self._new(text=text, parent=here.number, behind=own)
        return self.answer(wait=wait, on_text=on_text)

    def edit(self, text: str, number: int | None = None, **about: Any) -> Turn:
        """Ask something else in place of a turn, which stays, and go on from there.

        ``about`` is handed on to :meth:`answer`.
        """
        check_said(text)
        self._settle()
        old = self.turn if number is None else self.go_to(number)
        self._new(text=text, parent=old.parent, behind=[list(one) for one in old.behind],
                  before=old.before, tools=old.tools, row=old.row,
                  edits=old.number if old.edits is None else old.edits)  # fmt: skip
        return self.answer(**about)

    def answer(
        self, *, seats: list[int] | None = None, wait: bool = True, on_text: OnText | None = None,
        begun: list[int] | None = None,
    ) -> Turn:  # fmt: skip
        """Another answer of each seat, or of these, to the turn where the conversation stands.

        ``begun`` are tokens that it begins with. See :meth:`say` for the others. Where nothing is
        drawn the same is written again, and that is said.
        """
        turn = self.turn
        self._settle()
        begun = [] if begun is None else [token_of(one) for one in begun]
        order = self.order(turn.number)  # as they are shown
        if seats is not None:
            self.check_seats(seats)
            order = [one for one in order if one in seats]
        asked = [self.asked_of(turn, seat) for seat in order]  # who is gone is said first

        def ask() -> None:
            for about in asked:
                self._ask(turn, about, begun, on_text)

        try:  # in a thread, where no interrupt leaves half of what is asked
            with ThreadPoolExecutor(1) as thread:
                thread.submit(ask).result()
            return self.wait() if wait else turn
        except KeyboardInterrupt:  # the kernel's stop is that of the conversation
            self.stop()
            raise

    def wait(self, timeout: float | None = None) -> Turn:
        """The turn, once all is answered; ``timeout`` in seconds.

        Raises
        ------
        WorkbenchError
            If an answer failed, or ``on_text``, whose answer is there; so are the others.
        TimeoutError
        """
        failed = None
        try:
            for one in list(self._pending):
                try:
                    one.result(timeout)
                except TimeoutError:
                    raise
                except Exception as error:
                    failed = failed or error
        except KeyboardInterrupt:  # as in `answer`
            self.stop()
            raise
        if failed is not None:
            raise failed
        return self.turn

    regenerate = answer

    @property
    def writing(self) -> bool:
        """Whether an answer is still written."""
        return any(not one.ended for one in list(self._pending))

    def stop(self) -> None:
        """End what is written within a token; it stays as it is. Harmless however often."""
        writers.stop_all(list(self._pending))

    def prompt(
        self, seat: int = 0, *, number: int | None = None, which: int | None = None
    ) -> dict[str, Any]:
        """The exact prompt of the answer that a seat shows, or would give, at this turn or at
        another one, or of its answer of this number: ``text``, ``tokens``, ``ids`` and ``notes``
        (what is left out).

        Where the answer was read behind another one than this, a note says so.
        """
        self.check_seats([seat])
        turn = self.turn_at(number)
        there = turn.answer(seat, which) if turn.answers[seat] else None
        about = self.asked_of(turn, seat, there)
        found = self._process(about).ask("prompt", **about).result()
        if there is not None and there.prompt_sha256 not in ("", found["prompt_sha256"]):
            found["notes"].append(t("talking.other_prompt"))
        return found

    def tokens(
        self, seat: int = 0, *, rivals: int = 5, number: int | None = None,
        which: int | None = None,
    ) -> Tokens:  # fmt: skip
        """How probable each token of an answer, of this turn or another, was; the likeliest too."""
        self.check_seats([seat])
        answer = (turn := self.turn_at(number)).answer(seat, which)
        about = self.asked_of(turn, seat, answer)
        asked = self._process(about).ask("tokens", ids=answer.ids, rivals=max(1, rivals), **about)
        found = asked.result()
        other = found["prompt_sha256"] != answer.prompt_sha256
        notes = [t("talking.other_prompt")] if other else []
        if answer.weights and found["weights"]["sha256"] != answer.weights["sha256"]:
            notes.append(t("talking.other_weights", name=found["weights"]["name"]))
        return Tokens.of(found, answer, notes)

    def go_on(
        self, position: int, token: int, seat: int = 0, *, which: int | None = None, **about: Any
    ) -> Turn:
        """Put another token at a place of an answer, and let the model go on behind it.

        The answer, that of the number ``which`` or the one that is shown, stays; another one is
        added. ``token`` is an id, as :meth:`.Tokens.rivals` has it.
        """
        self.check_seats([seat])
        ids = self.turn.answer(seat, which).ids
        if not 0 <= position <= len(ids):
            raise DataError(t("written.position", position=position),
                            t("written.positions", last=len(ids)))  # fmt: skip
        return self.answer(seats=[seat], begun=[*ids[:position], token], **about)

    def code(self) -> str:
        """Python that has this conversation again, up to where it stands."""
        return stored.code_of(self)

    def to_json(self) -> str:
        """All of it: turns, answers, branches, ratings, the key of what is blind."""
        return stored.to_json(self)

    def save(self, path: str | Path) -> Path:
        """Write :meth:`to_json`; :func:`.opening.open_talk` reads it."""
        write_text(Path(path), self.to_json())
        return Path(path)

    def load(self) -> None:
        """Load the models, so that the first answer does not wait for that."""
        for seat in range(len(self.seats)):
            about = {"seat": seat, "weights": self._weights(seat), "way": self.way}
            self._process(about).ask("load", **about).result()

    def close(self) -> None:
        """End what is written, and give the memory back; a next question loads the models anew."""
        self.stop()
        writers.release(self._key)

    def __enter__(self) -> Talk:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Talk {' | '.join(one.name for one in self.seats)}: {len(self.turns)} turns>"

    def _new(self, **about: Any) -> Turn:
        self._settle()
        turn = held_out.first_turn(len(self.turns), len(self.seats), self.blind, **about)
        self.turns.append(turn)
        self.at = turn.number
        return turn

    def _settle(self) -> None:
        """Refuse to go on from half an answer (RunError)."""
        self._pending = [one for one in self._pending if not one.ended]
        if self._pending:
            raise RunError(t("talking.busy"), t("talking.busy_back"))

    def _process(self, about: dict[str, Any] | None = None) -> writers.Writers:
        if about is not None:
            self._folders[about["seat"]] = about["weights"]["folder"]
        return writers.writers(self._key, sorted(set(self._folders.values())))

    def _ask(
        self, turn: Turn, about: dict[str, Any], begun: list[int], on_text: OnText | None
    ) -> None:
        seat = about["seat"]
        attempt, side = len(turn.answers[seat]), SIDES[self.order(turn.number).index(seat)]
        about |= {"attempt": attempt, "begun": begun, "talk": self._key}
        answer = Answer(generation=self.generation, system=self.system, attempt=attempt,
                        begun=begun)  # fmt: skip
        process = self._process(about)
        turn.add(seat, answer)

        def written(text: str) -> None:
            answer.text = text
            if on_text is not None:
                on_text(side, text)

        def ended(pending: writers.Pending) -> None:
            if pending.error is not None:
                answer.state = FAILED
                answer.error = [pending.error.message, pending.error.remedy]
                return
            answer.take(pending.done)
            if self.same_again(turn, seat, answer):
                answer.notes.append(t("talking.same_again"))

        with self._lock:
            asked = process.ask("answer", on_text=written, on_end=ended, **about)
            self._pending.append(asked)
