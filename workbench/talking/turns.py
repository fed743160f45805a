"""Turns of a conversation and their answers: a tree in which nothing is overwritten.

A turn is what was asked, with the answers of each seat. Another answer is added to a turn, another
question is another turn beside it; which answer a turn goes on from is said by the turn itself.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from ..errors import DataError, shown
from ..i18n import t

WRITING, DONE, STOPPED, FAILED = "writing", "done", "stopped", "failed"


@dataclass
class Answer:
    """What a model wrote.

    Attributes
    ----------
    text : str
        So far.
    state : {'writing', 'done', 'stopped', 'failed'}
    ids : list of int
        Its tokens, once it is written; the end of the text left out.
    ended : bool
        Whether the model ended it.
    weights : dict
        ``name``, ``folder`` and ``sha256`` of the weights that wrote it.
    prompt_tokens : int
        How many tokens were read.
    prompt_sha256 : str
        Of their ids.
    notes : list of str
        What is to be said of it: what was dropped, where it was cut.
    generation : dict
        How its words were chosen.
    system : str or None
        The system prompt that was read.
    attempt : int
        Added to the seed of what is drawn.
    begun : list of int
        Tokens that it was made to begin with.
    error : list of str
        Message and remedy of one that failed.
    first_token, seconds : float
        From the question until the first token, and the end.
    """

    text: str = ""
    state: str = WRITING
    ids: list[int] = field(default_factory=list)
    ended: bool = False
    weights: dict[str, str] = field(default_factory=dict)
    prompt_tokens: int = 0
    prompt_sha256: str = ""
    notes: list[str] = field(default_factory=list)
    generation: dict[str, Any] = field(default_factory=dict)
    system: str | None = None
    attempt: int = 0
    begun: list[int] = field(default_factory=list)
    error: list[str] = field(default_factory=list)
    first_token: float = 0.0
    seconds: float = 0.0

    def take(self, done: Mapping[str, Any]) -> None:
        """What the process that writes says at the end."""
        for name in (one.name for one in fields(self)):
            if name in done:
                setattr(self, name, done[name])


@dataclass
class Turn:
    """What was asked, and what each seat answered.

    Attributes
    ----------
    number : int
        Place among the turns of the conversation.
    text : str
        What was asked.
    parent : int or None
        The turn that it goes on from.
    behind : list of [seat, answer]
        For each seat the answer of the parent that it has behind it.
    before : list of dict
        Messages that stand before a first turn, as a held-out row has them.
    tools : list of dict
        What may be called, as that row says.
    truth : str or None
        What that row has as its answer.
    row : list of [split, place] or None
    edits : int or None
        The turn in whose place it was asked.
    blind : bool
        Whether its two sides are shuffled.
    answers : list of list of Answer
        For each seat, in the order in which they were written.
    chosen : list of int
        For each seat the answer that is shown; -1 before there is one.
    """

    number: int
    text: str
    parent: int | None = None
    behind: list[list[int]] = field(default_factory=list)
    before: list[dict[str, Any]] = field(default_factory=list)
    tools: list[dict[str, Any]] = field(default_factory=list)
    truth: str | None = None
    row: list[Any] | None = None
    edits: int | None = None
    blind: bool = False
    answers: list[list[Answer]] = field(default_factory=list)
    chosen: list[int] = field(default_factory=list)

    def answer(self, seat: int = 0, which: int | None = None) -> Answer:
        """An answer of a seat by its number, or the one that is shown (DataError where there is
        none)."""
        some = self.answers[seat]
        if not some:
            raise DataError(t("talking.unanswered", turn=self.number), t("talking.ask_first"))
        if which is None:
            return some[self.chosen[seat]]
        if type(which) is not int or not 0 <= which < len(some):
            raise DataError(t("talking.no_answer", answer=shown(which), n=len(some)),
                            t("talking.ask_first"))  # fmt: skip
        return some[which]

    def add(self, seat: int, answer: Answer) -> None:
        """Another answer, which is the one that is shown."""
        self.answers[seat].append(answer)
        self.chosen[seat] = len(self.answers[seat]) - 1

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def path_to(turns: Sequence[Turn], number: int | None) -> list[Turn]:
    """The turns from the first one to this one."""
    found: list[Turn] = []
    while number is not None:
        found.append(turns[number])
        number = turns[number].parent
    return found[::-1]


def said_before(turns: Sequence[Turn], number: int, seat: int) -> list[tuple[str, str]]:
    """What was asked, and what this seat has as its answer, of each turn before this one."""
    path = path_to(turns, number)
    found = []
    for turn, following in zip(path, path[1:], strict=False):
        whose, which = following.behind[seat]
        found.append((turn.text, turn.answers[whose][which].text))
    return found


def siblings(turns: Sequence[Turn], number: int) -> list[int]:
    """Numbers of the turns that go on from the same place, this one among them."""
    one = turns[number]
    if one.parent is None:
        first = number if one.edits is None else one.edits
        return [other.number for other in turns if first in (other.number, other.edits)]
    return [other.number for other in turns
            if other.parent == one.parent and other.behind == one.behind]  # fmt: skip


def turn_of(about: Any, seats: int) -> Turn:
    """A turn of what :meth:`Turn.as_dict` gave.

    Raises
    ------
    ValueError, TypeError, KeyError
        If it is no such thing.
    """
    made = Turn(**_known(Turn, about))
    made.answers = [[Answer(**_known(Answer, one)) for one in some] for some in made.answers]
    if not isinstance(made.text, str) or len(made.answers) != seats or len(made.chosen) != seats:
        raise ValueError("seats")
    for some, place in zip(made.answers, made.chosen, strict=True):
        if not isinstance(place, int) or not (-1 <= place < len(some)) or (some and place < 0):
            raise ValueError("chosen")
        for one in some:
            if not isinstance(one.text, str):
                raise TypeError("text")
            if one.state == WRITING:  # whoever wrote it has gone
                one.state = STOPPED
    return made


def check_tree(turns: Sequence[Turn], seats: int) -> None:
    """Refuse turns that go on from what is not there (ValueError)."""
    for number, one in enumerate(turns):
        wrong = one.number != number
        if one.parent is not None:
            wrong = wrong or not (isinstance(one.parent, int) and 0 <= one.parent < number)
            wrong = wrong or len(one.behind) != seats
            wrong = wrong or any(
                not (0 <= whose < seats and 0 <= which < len(turns[one.parent].answers[whose]))
                for whose, which in one.behind
            )
        if wrong:
            raise ValueError(f"turn {number}")


def _known(kind: type, about: Any) -> dict[str, Any]:
    if not isinstance(about, Mapping):
        raise TypeError("mapping")
    names = {one.name for one in fields(kind)}
    if unknown := set(about) - names:
        raise ValueError(", ".join(sorted(map(str, unknown))))
    return dict(about)


def token_of(value: Any) -> int:
    """The id of a token (DataError of what is none)."""
    try:
        return operator.index(value)
    except TypeError as error:
        raise DataError(t("talking.no_token", token=shown(value)),
                        t("talking.tokens")) from error  # fmt: skip


def check_said(text: Any, *, empty: bool = False) -> None:
    """Refuse what nobody can say (DataError)."""
    if not isinstance(text, str) or not (text.strip() or empty):
        raise DataError(t("talking.nothing"), t("talking.nothing_back"))
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise DataError(t("talking.half", place=error.start), t("talking.half_back")) from error
