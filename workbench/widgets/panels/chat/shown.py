"""What the chat panel shows of a conversation: plain values of which the page draws turns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import DataError
from workbench.i18n import t
from workbench.talking.state import SIDES, State
from workbench.talking.turns import DONE, STOPPED, WRITING, Answer, Turn, path_to

from .rendered import DEEPEST, MOST, rendered

if TYPE_CHECKING:
    import pandas as pd

    from workbench.talking.tokens import Tokens

MOST_TOKENS = 1500  # of an answer, that can be chosen
MOST_TEXT = 20_000  # characters of a training text


def last_of(talk: State, number: int | None) -> int | None:
    """The turn to which those lead that go on from the answers which a turn shows, newest first."""
    while number is not None:
        turn = talk.turns[number]
        further = [one.number for one in talk.turns if one.parent == number
                   and all(turn.chosen[whose] == which for whose, which in one.behind)]  # fmt: skip
        if not further:
            break
        number = further[-1]
    return number


def beginnings(talk: State) -> list[int]:
    """First turns, but for those that were asked in place of another one."""
    return [one.number for one in talk.turns if one.parent is None and one.edits is None]


def beginning_of(talk: State, number: int | None) -> int | None:
    """The first turn of the conversation that a turn is part of; of one that was asked in place of
    another, that one."""
    if number is None:
        return None
    first = path_to(talk.turns, number)[0]
    return first.number if first.edits is None else first.edits


def row_of(talk: State, number: int | None) -> int:
    """The held-out row that was opened last, up to a turn."""
    here = talk.turns[: (number or 0) + 1]
    rows = (one.row for one in reversed(here) if one.row)
    return next((int(row[1]) for row in rows if row[0] == talk.split), 0)


def turns_shown(
    talk: State, number: int | None, *, rendering: bool = False
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The turns that lead to one, and the texts that are being written by ``turn:side``.

    Those texts are apart, so that the turns stay as they are while a text grows. With
    ``rendering`` a reply that is written has ``nodes``, see :mod:`.rendered`.
    """
    turns = [_turn(talk, one) for one in path_to(talk.turns, number)]
    for side in (side for turn in turns for side in turn["sides"] if rendering and side["text"]):
        if (nodes := rendered(side["text"])) is not None:
            side["nodes"] = nodes
        else:
            side["notes"].append(t("chat_panel.not_rendered", most=MOST, deepest=DEEPEST))
    return turns, live_of(talk, number)


def live_of(talk: State, number: int | None) -> dict[str, str]:
    """Those texts alone."""
    return {
        f"{turn.number}:{side}": turn.answer(seat).text
        for turn in path_to(talk.turns, number) if _is_written(turn)
        for side, seat in zip(SIDES, talk.order(turn.number), strict=False)
        if turn.answers[seat] and turn.answer(seat).state == WRITING
    }  # fmt: skip


def _is_written(turn: Turn) -> bool:
    return any(some and some[-1].state == WRITING for some in turn.answers)


def hides_names(talk: State, turn: Turn) -> bool:
    """Whether nobody is to know yet who wrote what: a blind pair that is not rated."""
    return turn.blind and len(talk.seats) == 2 and not rating_of(talk, turn)


def rating_of(talk: State, turn: Turn) -> str:
    """What was said of the two answers that a turn shows: "A" or "B" (the better), "both_bad" or
    "" where nothing was."""
    try:
        pair = talk.pair(turn)
    except DataError:
        return ""
    for one in talk.ratings:
        if one["turn"] == turn.number and sorted(one["pair"]) == sorted(pair):
            if one["better"] is None:
                return "both_bad"
            return SIDES[pair.index(one["pair"][SIDES.index(one["better"])])]
    return ""


def _turn(talk: State, turn: Turn) -> dict[str, Any]:
    hidden = hides_names(talk, turn)
    sides = [
        _side(talk, turn, seat, side, hidden=hidden)
        for side, seat in zip(SIDES, talk.order(turn.number), strict=False)
    ]
    first = turn.parent is None
    behind = {whose for whose, _ in turn.behind} if len(talk.seats) == 2 else set()
    from_one = len(behind) == 1 and turn.parent is not None
    return {
        "number": turn.number, "asked": turn.text, "truth": turn.truth or "", "sides": sides,
        "branches": talk.branches(turn.number),
        "before": [[t(f"chat_panel.role_{one['role']}") if one["role"] in ROLES else one["role"],
                    str(one["content"])] for one in turn.before] if first else [],
        "row": list(turn.row) if turn.row and turn.edits is None else [],
        "both_from": SIDES[talk.order(turn.parent).index(behind.pop())] if from_one else "",
        "rating": rating_of(talk, turn), "rates": _rates(talk, turn), "hidden": hidden,
        "blind": turn.blind,
    }  # fmt: skip


ROLES = ("system", "user", "assistant", "tool")


def lacking(turn: Turn) -> list[int]:
    """The seats of which a turn shows no answer that was written, or only a failed one."""
    return [seat for seat, some in enumerate(turn.answers)
            if not some or not some[turn.chosen[seat]].weights]  # fmt: skip


def _rates(talk: State, turn: Turn) -> list[int]:
    """Numbers of the answers of A and B that can be rated; none where they cannot."""
    try:
        pair = talk.pair(turn)
    except DataError:
        return []
    answers = [turn.answers[seat][which] for seat, which in pair]
    ready = all(one.state in (DONE, STOPPED) and one.weights for one in answers)
    return [which for _, which in pair] if ready else []


def _side(talk: State, turn: Turn, seat: int, side: str, *, hidden: bool) -> dict[str, Any]:
    some = turn.answers[seat]
    there = some[turn.chosen[seat]] if some else Answer(state="")
    name = there.weights.get("name") or talk.seats[seat].name
    notes, error = list(there.notes), list(there.error)
    if hidden:
        notes, error = _untold(talk, turn, there)
    if there.state == DONE and not there.text.strip():
        notes.append(t("chat_panel.empty_answer"))
    return {
        "side": side, "name": "" if hidden else name,
        "sha": "" if hidden else there.weights.get("sha256", "")[:8],
        "state": there.state, "text": "" if there.state == WRITING else there.text,
        "notes": notes, "error": error, "place": turn.chosen[seat] + 1,
        "count": len(some), "tokens": len(there.ids), "begun": len(there.begun),
        "written": there.state == WRITING or bool(there.weights),
        "first": 0.0 if hidden else there.first_token, "seconds": 0.0 if hidden else there.seconds,
    }  # fmt: skip


def _untold(talk: State, turn: Turn, there: Answer) -> tuple[list[str], list[str]]:
    """Notes and error of an answer as far as they do not tell who wrote it: notes that the other
    has too (a tokenizer of its own has its own), an error that names nobody and no folder."""
    every = [some[turn.chosen[seat]] for seat, some in enumerate(turn.answers) if some]
    notes = [one for one in there.notes if all(one in other.notes for other in every)]
    names = {"/", "\\"} | {part for one in talk.seats for part in (one.name, one.model) if part}
    names |= {Path(one.run).name for one in talk.seats if one.run}
    if any(name in said for said in there.error for name in names):
        return notes, [t("chat_panel.error_hidden"), t("chat_panel.error_hidden_back")]
    return notes, list(there.error)


def tokens_shown(found: Tokens) -> dict[str, Any]:
    """Tokens of an answer with what else could stand at each place, the last one behind it."""
    kept = found.tokens[:MOST_TOKENS]
    notes = list(found.notes)
    if len(kept) < len(found.tokens):
        notes.append(t("tokens.first", shown=len(kept), n=len(found.tokens)))
    return {
        "tokens": kept, "ids": found.ids[: len(kept)],
        "shares": [float(one) for one in found.probabilities[: len(kept)]],
        "choices": [[list(one) for one in some] for some in found.choices[: len(kept) + 1]],
        "whole": len(kept) == len(found.tokens), "notes": notes,
    }  # fmt: skip


def copies_shown(found: pd.DataFrame, answer: str) -> dict[str, Any]:
    """Training texts near an answer, and where the longest run of words of both stands in each."""
    texts = []
    for one in found.to_dict("records"):
        said = t("chat_panel.copied_row", n=int(one["copied"]), row=int(one["row"]),
                 share=round(100 * one["share"]), cosine=float(one["cosine"]))  # fmt: skip
        texts.append({"said": said, "asked": one["asked"][:MOST_TEXT],
                      "reply": _marked(one["reply"], one["reply_start"], one["reply_end"])})
    first = found.iloc[0] if len(found) else None
    copied = 0 if first is None else int(first["copied"])
    said = t("chat_panel.copied_none")
    if first is not None and copied:
        said = t("chat_panel.copied", n=copied, share=round(100 * first["share"]),
                 row=int(first["row"]))  # fmt: skip
    mine = [answer, "", ""]
    if first is not None:
        mine = _marked(answer, first["start"], first["end"])
    return {"said": said, "answer": mine, "texts": texts, "notes": found.attrs["notes"]}


def _marked(text: str, start: int, end: int) -> list[str]:
    """What stands before, in and behind a span; all of it before where there is none."""
    if start < 0:
        return [text[:MOST_TEXT], "", ""]
    return [text[:start], text[start:end], text[end:]]
