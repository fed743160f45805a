"""Conversations: what cannot be read of them, and turns that are out of order or missing."""

from __future__ import annotations

from collections.abc import Iterator

from ...i18n import t
from ..conversations import reading
from ..conversations.examples import before as asked_before
from ..conversations.examples import said as said_of
from ..conversations.layouts import LOOKED_AT, layout_of
from ..conversations.messages import Conversation
from .findings import Case, Finding
from .sides import Pair
from .written import check_pairs, check_twice


def check_conversations(case: Case) -> Iterator[Finding]:
    """What reading them left out or had to guess, once a kind."""
    problems = []
    for one in read_splits(case):
        problems += one.problems
    for said in reading.said(problems):
        yield Finding(
            said.severity, said.kind.replace("_", " "), said.what, said.count, said.places,
            said.remedy,
        )  # fmt: skip
    whole = [one for read in read_splits(case) for one in read.conversations]
    yield from _turns(whole)
    last = [(one, one.replies[-1]) for one in whole if one.replies]
    yield from check_twice(case, [
        (one.split, one.place, asked_before(one, at), said_of(one.messages[at]))
        for one, at in last
    ])  # fmt: skip
    yield from check_pairs(case, [pair for one in whole for pair in _pairs(one)])


def _turns(whole: list[Conversation]) -> Iterator[Finding]:
    """Turns that are out of order, empty or missing."""
    found: dict[str, list[str]] = {}
    for one in whole:
        for kind in sorted(_wrong(one)):
            found.setdefault(kind, []).append(one.place)
    for kind, severity in _TURNS.items():
        if places := found.get(kind):
            yield Finding(
                severity, kind.replace("_", " "), t(f"conversations.{kind}.what", n=len(places)),
                len(places), tuple(places[:3]), t(f"conversations.{kind}.remedy"),
            )  # fmt: skip


_TURNS = {
    "no_reply": "warning",
    "empty_turns": "warning",
    "only_reasoning": "warning",
    "out_of_order": "warning",
    "results_alone": "warning",
    "reply_first": "info",
    "open_end": "info",
}


def _wrong(one: Conversation) -> set[str]:
    found = set()
    roles = [message.role for message in one.messages]
    if not one.replies:
        found.add("no_reply")
    elif roles[-1] != "assistant":
        found.add("open_end")
    spoken = next((message for message in one.messages if message.role != "system"), None)
    if spoken is not None and spoken.learnt and not spoken.empty:
        found.add("reply_first")
    if any(m.empty and m.reasoning is None and m.role != "tool" for m in one.messages):
        found.add("empty_turns")
    if any(m.learnt and m.empty and m.reasoning is not None for m in one.messages):
        found.add("only_reasoning")
    if "system" in roles[1:]:
        found.add("out_of_order")
    if roles[:1] == ["tool"]:
        found.add("results_alone")
    for before, message in zip(one.messages, one.messages[1:], strict=False):
        if message.role == before.role and message.role != "tool":
            found.add("out_of_order")
        if message.role == "tool" and before.role != "tool" and not before.calls:
            found.add("results_alone")
    return found


def _pairs(one: Conversation) -> Iterator[Pair]:
    """Each reply that is learnt with what stands before it."""
    for number in one.replies:
        before = one.messages[number - 1] if number else None
        if before is not None and before.role == "user":
            yield Pair(one.split, one.row, before.content, one.messages[number].content)


def read_splits(case: Case) -> list[reading.Read]:
    """Each split's conversations, read once a check."""
    if "conversations" not in case.memo:
        found = []
        for name, split in case.splits.items():
            plain = split.with_format(None)
            head = plain[:LOOKED_AT]
            layout = layout_of(dict(head), case.mapping.columns)
            if layout is not None:
                found.append(reading.read(
                    plain, layout=layout, split=name, nulls=True,
                    roles=case.recipe.reading.get("roles"),
                    reasoning=case.recipe.reading.get("reasoning", ""),
                ))
        case.memo["conversations"] = found
    return case.memo["conversations"]
