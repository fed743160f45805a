"""Pairs that belong together: the same text twice, many answers to one text, leaks, contraries."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...errors import DataError
from ...i18n import t
from ..matched_pairs import Match, matches_of, plain
from .findings import Finding, short
from .secrets import masked
from .sides import Pair
from .written import check_pairs

if TYPE_CHECKING:
    from .findings import Case

#: Findings on texts that are written; here they are said otherwise.
_OTHERS = ("repeats", "echoes", "leaked", "leaked asked", "leaked reply")


def check_matches(case: Case) -> Iterator[Finding]:
    """All findings on pairs; what training would refuse is left to the rehearsal."""
    found: list[tuple[str, Match]] = []
    for name, split in case.splits.items():
        try:
            found += [(name, match) for match in matches_of(name, split, case.recipe)[0]]
        except DataError as error:
            yield Finding("error", "pairs", error.message, 1, (), error.remedy)
            return
    if not found:
        return
    positives: dict[str, set[str]] = defaultdict(set)
    anchors: dict[str, set[str]] = defaultdict(set)
    for _, match in found:
        positives[plain(match.anchor)].add(plain(match.positive))
        anchors[plain(match.positive)].add(plain(match.anchor))
    same = [one for one in found if plain(one[1].anchor) == plain(one[1].positive)]
    yield from _said("warning", "same", same)
    several = {anchor for anchor, own in positives.items() if len(own) > 1}
    rows = [one for one in found if plain(one[1].anchor) in several]
    yield from _said("info", "many", rows, count=len(several), rows=len(rows))
    shared = {text: len(own) for text, own in anchors.items() if len(own) > 1}
    rows = [one for one in found if plain(one[1].positive) in shared]
    most = max(shared.values(), default=0)
    yield from _said("info", "shared", rows, count=len(shared), most=most)
    yield from _repeats(found)
    contrary = [
        (name, match) for name, match in found
        if any(plain(wrong) in positives[plain(match.anchor)] for wrong in match.negatives)
    ]  # fmt: skip
    yield from _said("warning", "contrary", contrary)
    pairs = [Pair(name, match.row, match.anchor, match.positive) for name, match in found]
    for finding in check_pairs(case, pairs):
        if finding.check not in _OTHERS:
            yield finding


def _repeats(found: list[tuple[str, Match]]) -> Iterator[Finding]:
    """Pairs that are there twice in one split, and pairs and texts that are in train too."""
    counts = Counter((name, *_key(match)) for name, match in found)
    seen: set[tuple] = set()
    twice = []
    for name, match in found:
        key = (name, *_key(match))
        if counts[key] > 1 and key in seen:
            twice.append((name, match))
        seen.add(key)
    yield from _said("info", "twice", twice)
    train = {_key(match) for name, match in found if name == "train"}
    texts = {anchor for anchor, _ in train}
    others = [one for one in found if one[0] != "train"]
    leaked = [one for one in others if _key(one[1]) in train]
    yield from _said("warning", "leaked", leaked)
    beside = [one for one in others
              if _key(one[1]) not in train and plain(one[1].anchor) in texts]  # fmt: skip
    count = len({plain(match.anchor) for _, match in beside})
    yield from _said("warning", "leaked_anchor", beside, count=count)


def _key(match: Match) -> tuple[str, str]:
    return plain(match.anchor), plain(match.positive)


def _shown(text: str) -> str:
    return short(masked(text))


def _said(
    severity: str, kind: str, members: list[tuple[str, Match]], *, count: int | None = None,
    **values: int,
) -> Iterator[Finding]:  # fmt: skip
    if members:
        count = len(members) if count is None else count
        places = tuple(
            f"{name} row {match.row}: {_shown(match.anchor)!r} | {_shown(match.positive)!r}"
            for name, match in members[:3]
        )
        yield Finding(
            severity, f"pairs {kind}".replace("_", " "), t(f"pairs.{kind}", n=count, **values),
            count, places, t(f"pairs.{kind}_remedy"),
        )  # fmt: skip
