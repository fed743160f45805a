"""A conversation as JSON in which nothing of it is lost, and as Python that has it again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from ..i18n import t
from .seats import Seat
from .turns import Answer, Turn, check_tree, turn_of

if TYPE_CHECKING:
    from .state import State

VERSION = 1
_SETTINGS = ("system", "generation", "blind", "seed", "max_length", "split")


def to_json(talk: State) -> str:
    """All of a conversation; ``order`` of a turn is the key of a blind pair."""
    turns = [{**one.as_dict(), "order": talk.order(one.number)} for one in talk.turns]
    return json.dumps({
        "workbench_talk": VERSION,
        "seats": [one.as_dict() for one in talk.seats],
        "settings": {name: getattr(talk, name) for name in _SETTINGS},
        "turns": turns, "at": talk.at, "ratings": talk.ratings, "notes": talk.notes,
    }, indent=1)  # fmt: skip


def of_json(text: str) -> tuple[dict[str, Any], list[Seat]]:
    """What :func:`to_json` wrote, checked, and who speaks (DataError where it is none)."""
    try:
        about = json.loads(text)
        if not isinstance(about, dict) or about.get("workbench_talk") != VERSION:
            raise ValueError(t("talking.version", version=VERSION))
        seats = [Seat(**one) for one in about["seats"]]
        about["settings"].setdefault("split", "test")  # one that was kept before it had that
        if not 1 <= len(seats) <= 2 or set(about["settings"]) != set(_SETTINGS):
            raise ValueError("seats")
        turns = [dict(one) for one in about["turns"]]
        for one in turns:
            one.pop("order", None)  # follows from seed and number
        about["turns"] = [turn_of(one, len(seats)) for one in turns]
        check_tree(about["turns"], len(seats))
        at = about["at"]
        if at is not None and not (isinstance(at, int) and 0 <= at < len(turns)):
            raise ValueError("at")
        _check_ratings(about["ratings"], about["turns"])
        about["notes"] = list(map(str, about["notes"]))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as error:
        why = f"{type(error).__name__}: {error}"[:200]
        raise DataError(t("talking.unreadable", why=why), t("talking.unreadable_back")) from error
    return about, seats


def fill(talk: State, about: dict[str, Any]) -> None:
    """Give a new conversation what :func:`of_json` read."""
    talk.turns, talk.at = about["turns"], about["at"]
    talk.ratings, talk.notes = about["ratings"], about["notes"]


def _check_ratings(ratings: Any, turns: list[Turn]) -> None:
    for one in ratings:
        pair = [turns[one["turn"]].answers[seat][which] for seat, which in one["pair"]]
        if len(pair) != 2 or one["better"] not in ("A", "B", None) or len(one) != 4 \
                or not isinstance(one["blind"], bool):  # fmt: skip
            raise ValueError("ratings")


def code_of(talk: State) -> str:
    """Python that has a conversation again up to where it stands, with the answers that lead there.

    Branches that do not lead there are left out.
    """
    first, *second = talk.seats
    lines = ["import workbench as wb", ""]
    about = [_source(first)]
    if second and second[0].run and second[0].run == first.run and not second[0].tuned:
        about.append("beside='untuned'")
    elif second:
        about.append(f"beside={_source(second[0])}")
    if not first.run:
        about.append(f"task={first.task!r}")
    path = talk.path()
    now = _settings(talk, path[0] if path else None)
    about += ["row=None", f"generation={now[0]!r}"]
    about += [f"system={now[1]!r}"] if now[1] is not None else []
    about += ["blind=True"] if now[2] else []
    shuffled = talk.blind or any(one.blind for one in path)
    about += [f"seed={talk.seed!r}"] if talk.seed and shuffled else []
    about += [f"max_length={talk.max_length!r}"] if talk.max_length else []
    lines.append(f"talk = wb.talk({', '.join(about)})")
    for place, turn in enumerate(path):
        following = path[place + 1] if place + 1 < len(path) else None
        wanted = [[seat, which] for seat, which in enumerate(turn.chosen)]
        wanted = following.behind if following is not None else wanted
        lines += _turn(talk, turn, wanted, now, path)
    return "\n".join(lines) + "\n"


def _source(seat: Seat) -> str:
    found = seat.run or seat.model
    if seat.run and not seat.tuned:
        return f"wb.talking.Seat(run={found!r}, tuned=False)"
    return f"wb.open_run({found!r})" if seat.run else repr(found)


def _settings(talk: State, turn: Turn | None) -> list[Any]:
    there = next((some[0] for some in (turn.answers if turn else []) if some), None)
    blind = talk.blind if turn is None else turn.blind
    if there is None:
        return [talk.generation, talk.system, blind]
    return [there.generation, there.system, blind]


def _turn(
    talk: State, turn: Turn, wanted: list[list[int]], now: list[Any], path: list[Turn]
) -> list[str]:
    place = path.index(turn)
    lines: list[str] = []
    most = [max([turn.chosen[seat], *(k for s, k in wanted if s == seat)], default=-1)
            for seat in range(len(talk.seats))]  # fmt: skip
    row = turn.row if turn.parent is None else None
    asked = row is not None and turn.edits is None
    asks = [] if asked else [_say(talk, turn, path, place)]
    if turn.blind != now[2]:
        lines.append(f"talk.blind = {turn.blind!r}")
        now[2] = turn.blind
    if row is not None:
        lines.append(f"talk.open_row({row[1]!r}, {row[0]!r})")
    for number in range(max(most, default=-1) + 1):
        for seat, last in enumerate(most):
            if number > last:
                continue
            answer = turn.answers[seat][number]
            lines += _set(answer, now)
            if number == 0 and asks:
                lines.append(asks.pop())  # has all seats answer
            elif number or asked:
                begun = f", begun={answer.begun!r}" if answer.begun else ""
                lines.append(f"talk.answer(seats=[{seat}]{begun})")
    answers = list(turn.chosen)
    for seat, which in wanted:
        answers[seat] = which
    if answers != most:
        lines.append(f"talk.go_to({place + sum(map(_edited, path[:place + 1]))}, {answers!r})")
    return lines


def _edited(turn: Turn) -> bool:
    return turn.row is not None and turn.parent is None and turn.edits is not None


def _say(talk: State, turn: Turn, path: list[Turn], place: int) -> str:
    if _edited(turn):
        return f"talk.edit({turn.text!r})"
    whose = {seat for seat, _ in turn.behind}
    if len(turn.behind) > 1 and len(whose) == 1:
        number = place - 1 + sum(map(_edited, path[:place]))
        side = "AB"[talk.shuffled(number, path[place - 1].blind).index(whose.pop())]
        return f"talk.say({turn.text!r}, behind={side!r})"
    return f"talk.say({turn.text!r})"


def _set(answer: Answer, now: list[Any]) -> list[str]:
    lines = []
    for place, (name, value) in enumerate(
        (("generation", answer.generation), ("system", answer.system))
    ):
        if now[place] != value:
            lines.append(f"talk.{name} = {value!r}")
            now[place] = value
    return lines
