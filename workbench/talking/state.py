"""What a conversation is: who speaks, how it is asked, its turns, and where it stands."""

from __future__ import annotations

import json
import random
from collections.abc import Collection, Mapping
from typing import Any

from ..errors import DataError, RecipeError, nearest, shown
from ..i18n import t
from ..recipe import GENERATION
from .reading import MOST_READ
from .seats import CONVERSATION, GOES_ON, TEXT, Seat, same_way
from .shared_bases import adapter_of
from .turns import DONE, Answer, Turn, path_to, said_before, siblings

SIDES = "AB"
SPLITS = ("test", "validation")


class State:
    """A conversation without a model.

    Attributes
    ----------
    seats : list of Seat
        One or two.
    turns : list of Turn
        All that were asked, whatever branch they are on.
    at : int or None
        The turn that the conversation stands at.
    ratings : list of dict
        See :mod:`.ratings`.
    notes : list of str
        What is to be said of the whole.
    blind, seed : bool, int
        Whether the two are shuffled at each turn that is asked from now on, and by which seed.
    max_length : int or None
        Tokens that are read at most; None is as usual.
    split : {'test', 'validation'}
        Of which rows are opened where none is named.
    """

    def __init__(
        self, seats: list[Seat], *, system: str | None = None,
        generation: Mapping[str, Any] | str | None = None, blind: bool = False, seed: int = 0,
        max_length: int | None = None, split: str = "test",
    ):  # fmt: skip
        if split not in SPLITS:
            raise DataError(t("talking.split", split=shown(split)), nearest(split, SPLITS))
        self.split = split
        self.seats = list(seats)
        self.turns: list[Turn] = []
        self.at: int | None = None
        self.ratings: list[dict[str, Any]] = []
        self.notes: list[str] = []
        self.way = same_way(self.seats)
        self.blind, self.seed = bool(blind), int(seed)
        if max_length is not None and (not isinstance(max_length, int) or max_length < 1):
            raise DataError(t("talking.length", value=shown(max_length)), t("talking.length_back"))
        self.max_length = max_length
        self.system = system
        self.generation = generation

    @property
    def system(self) -> str | None:
        """What the system says in conversations; None leaves what a row has."""
        return self._system

    @system.setter
    def system(self, value: str | None) -> None:
        if value is not None and (self.way != CONVERSATION or not isinstance(value, str)):
            raise DataError(t("talking.system"), t("talking.system_back"))
        self._system = value

    @property
    def generation(self) -> dict[str, Any]:
        """How words are chosen: a kind and its settings, as in a recipe."""
        return dict(self._generation)

    @generation.setter
    def generation(self, value: Mapping[str, Any] | str | None) -> None:
        if value is None:
            value = self.seats[0].recipe().generation
        if not isinstance(value, str | Mapping):
            raise RecipeError(
                t("talking.generation", value=shown(value)),
                t("talking.generation_back", known=", ".join(GENERATION.names())),
                field="generation",
            )  # fmt: skip
        filled = GENERATION.filled(value if isinstance(value, str) else dict(value))
        GENERATION.settings(filled)
        self._generation = filled

    @property
    def turn(self) -> Turn:
        """The turn that the conversation stands at (DataError where there is none)."""
        if self.at is None:
            raise DataError(t("talking.empty"), t("talking.ask_first"))
        return self.turns[self.at]

    def turn_at(self, number: int | None = None) -> Turn:
        """A turn by its number, or the one that the conversation stands at (DataError where there
        is none)."""
        if number is None:
            return self.turn
        if not 0 <= number < len(self.turns):
            raise DataError(t("talking.no_turn", turn=number, n=len(self.turns)),
                            t("talking.ask_first"))  # fmt: skip
        return self.turns[number]

    def path(self) -> list[Turn]:
        """The turns from the first one to where the conversation stands."""
        return path_to(self.turns, self.at)

    def branches(self, number: int | None = None) -> list[int]:
        """Numbers of the turns that go on from the same place as one, itself among them
        (DataError where there is none)."""
        return siblings(self.turns, self.turn_at(number).number)

    def go_to(self, number: int, answers: list[int] | None = None) -> Turn:
        """Stand at a turn, and show these answers of it, one a seat.

        Raises
        ------
        DataError
            Where there is no such turn, or no such answer.
        """
        turn = self.turn_at(number)
        for some, which in zip(turn.answers, answers or [], strict=False):
            if not 0 <= which < len(some):
                raise DataError(t("talking.no_answer", answer=which, n=len(some)),
                                t("talking.ask_first"))  # fmt: skip
        for seat, which in enumerate((answers or [])[: len(self.seats)]):
            turn.chosen[seat] = which
        self.at = number
        return turn

    def order(self, number: int | None = None) -> list[int]:
        """The seats in the order in which a turn shows them, side A first: the key of a blind pair.

        Blind ones are shuffled by the seed and the turn's number, and by nothing else.
        """
        number = self.turn.number if number is None else number
        there = number < len(self.turns)
        return self.shuffled(number, self.turns[number].blind if there else self.blind)

    def shuffled(self, number: int, blind: bool) -> list[int]:
        """The order in which a turn of this number shows the seats, where it is blind or not."""
        seats = list(range(len(self.seats)))
        if blind:
            random.Random(f"{self.seed}:{number}").shuffle(seats)
        return seats

    def seat_at(self, side: str, number: int | None = None) -> int:
        """The seat that a turn shows at a side (DataError of a side that there is not)."""
        order = self.order(number)
        if side not in tuple(SIDES[: len(order)]):
            raise DataError(t("talking.side", side=shown(side)),
                            t("talking.sides", known=", ".join(SIDES[: len(order)])))  # fmt: skip
        return order[SIDES.index(side)]

    def check_seats(self, seats: Collection[Any]) -> None:
        """Refuse numbers of which one is no seat's, or none at all (DataError)."""
        known = range(len(self.seats))
        wrong = [one for one in seats if one not in known]
        if wrong or not len(seats):
            said = shown(wrong[0]) if wrong else shown(list(seats))
            raise DataError(t("talking.no_seat", seat=said),
                            t("talking.seats", known=", ".join(map(str, known))))  # fmt: skip

    def read_by(self, turn: Turn, seat: int, system: str | None) -> dict[str, Any]:
        """What a seat reads at a turn: the ``line`` of a conversation, or a ``text``."""
        if self.way == TEXT:
            return {"text": turn.text}
        said = said_before(self.turns, turn.number, seat)
        if self.way == GOES_ON:
            return {"text": "".join(asked + reply for asked, reply in said) + turn.text}
        first = path_to(self.turns, turn.number)[0]
        messages = [dict(one) for one in first.before]
        if system is not None:
            messages = [one for one in messages if one["role"] != "system"]
            messages.insert(0, {"role": "system", "content": system})
        for asked, reply in [*said, (turn.text, None)]:
            if asked:  # a row may ask behind the result of a tool
                messages.append({"role": "user", "content": asked})
            if reply is not None:
                messages.append({"role": "assistant", "content": reply})
        return {"line": json.dumps({"messages": messages, "tools": first.tools})}

    def asked_of(self, turn: Turn, seat: int, there: Answer | None = None) -> dict[str, Any]:
        """How the process is asked; for an answer that is there, as it was asked for.

        Raises
        ------
        WorkbenchError
            If the seat has no weights, or none any more.
        """
        system = self.system if there is None else there.system
        generation = self._generation if there is None else there.generation
        return {
            "seat": seat, "weights": self._weights(seat), "way": self.way,
            "read": self.read_by(turn, seat, system), "generation": generation,
            "max_length": self.max_length or (None if self.way == TEXT else MOST_READ),
            "attempt": 0 if there is None else there.attempt,
            "begun": [] if there is None else there.begun,
        }  # fmt: skip

    def _weights(self, seat: int) -> dict[str, Any]:
        one = self.seats[seat]
        return {**vars(one.weights()), "adapter": adapter_of(one, self.seats)}

    def same_again(self, turn: Turn, seat: int, answer: Answer) -> bool:
        """Whether an answer that is written, of which nothing was drawn, is one that was there:
        the same tokens of the same weights behind the same prompt."""
        def what(one: Answer) -> tuple:
            return (one.state, one.ids, one.prompt_sha256, one.weights.get("sha256"),
                    one.generation, one.begun)  # fmt: skip

        drawn = "seed" in answer.generation or answer.begun or answer.state != DONE
        return not drawn and any(
            one is not answer and what(one) == what(answer) for one in turn.answers[seat]
        )
