"""What is wrong with conversations, row by row; it is said once a kind, with a count."""

from __future__ import annotations

import dataclasses

from ...i18n import t

#: Kinds of problems and how much they matter; those of ``LEFT`` keep their row from being used.
KINDS = {
    "unreadable": "warning",
    "role_unknown": "warning",
    "unwanted": "warning",
    "two_reasonings": "warning",
    "parts_left": "warning",
    "arguments_unreadable": "warning",
    "tag_opening_missing": "warning",
    "tag_closing_missing": "warning",
    "tags_left": "warning",
    "signs_left": "warning",
    "mask_left": "warning",
    "mask_column": "warning",
    "mask_unread": "warning",
    "mask_elsewhere": "warning",
    "weighted": "warning",
    "reply_unread": "warning",
    "prompt_answered": "warning",
    "reply_repeated": "info",
    "masked": "info",
    "unusual_key": "info",
    "keys_left": "info",
    "reasoning_left": "warning",
    "reasoning_column": "warning",
    "media_column": "warning",
    "calls_moved": "warning",
    "nulls_left": "info",
    "encoded_twice": "info",
}
_BY_DETAIL = ("unusual_key", "role_unknown", "keys_left", "signs_left", "mask_left",
              "mask_column", "mask_elsewhere", "reply_unread", "prompt_answered", "reasoning_left",
              "reasoning_column", "media_column")  # fmt: skip
LEFT = frozenset({"unreadable", "role_unknown", "unwanted", "two_reasonings"})


@dataclasses.dataclass(frozen=True)
class Problem:
    """One thing in one row.

    Parameters
    ----------
    kind : str
        Of :data:`KINDS`.
    place : str
        ``train row 3``, with the row's own name.
    detail : str
        What stands there, short.
    """

    kind: str
    place: str
    detail: str = ""


@dataclasses.dataclass(frozen=True)
class Said:
    """All problems of a kind as a finding says them."""

    kind: str
    severity: str
    what: str
    remedy: str
    count: int
    places: tuple[str, ...]


def said(problems: list[Problem]) -> list[Said]:
    """One sentence a kind (of keys and signs one each), with the number of rows and places."""
    groups: dict[tuple[str, str], list[Problem]] = {}
    for one in problems:
        detail = one.detail if one.kind in _BY_DETAIL else ""
        groups.setdefault((one.kind, detail), []).append(one)
    found = []
    for (kind, detail), members in groups.items():
        rows = list(dict.fromkeys(one.place for one in members))
        shown = tuple(
            one.place + (f": {one.detail}" if one.detail and not detail else "")
            for one in {one.place: one for one in members}.values()
        )
        found.append(Said(
            kind, KINDS[kind], t(f"conversations.{kind}.what", n=len(rows), detail=detail),
            t(f"conversations.{kind}.remedy"), len(rows), shown[:3],
        ))  # fmt: skip
    order = ("error", "warning", "info")
    return sorted(found, key=lambda one: order.index(one.severity))
