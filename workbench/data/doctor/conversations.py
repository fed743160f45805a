"""Conversations: what cannot be read of them, and turns that are out of order or missing."""

from __future__ import annotations

from collections.abc import Iterator

from ..conversations import reading
from ..conversations.layouts import LOOKED_AT, layout_of
from .findings import Case, Finding


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


def read_splits(case: Case) -> list[reading.Read]:
    """Each split's conversations, read once a check."""
    if "conversations" not in case.memo:
        wanted = set(case.mapping.columns.values())
        found = []
        for name, split in case.splits.items():
            plain = split.with_format(None)
            head = plain[:LOOKED_AT]
            layout = layout_of({n: head[n] for n in head if n in wanted or n == "id"})
            if layout is not None:
                found.append(reading.read(
                    plain, layout=layout, split=name, nulls=True,
                    roles=case.recipe.reading.get("roles"),
                    reasoning=case.recipe.reading.get("reasoning", ""),
                ))
        case.memo["conversations"] = found
    return case.memo["conversations"]
