"""Sentences a line whose words carry their tags: ``Mira/B-PER slept/O``, ``我/r 爱/v``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from . import Shape, Source

_MARKS = ("/", "_", "|", "###", "@@")
_FEWEST = 4  # lines
_MOST_TAGS = 200


def _find(first: list[str], source: Source) -> Callable | None:
    lines = [line for line in first if line.strip()]
    wanted = source.reading.get("shape") == "joined words"
    if len(lines) < (1 if wanted else _FEWEST):
        return None
    mark = next((mark for mark in _MARKS if _fits(lines, mark)), None)
    return None if mark is None else _rows(source, mark)


def _fits(lines: list[str], mark: str) -> bool:
    """Whether words and tags of a few kinds are joined by this mark, in all lines but very few."""
    cut = [_cut(line, mark) for line in lines]
    whole = [pairs for pairs in cut if pairs is not None]
    if len(whole) < 0.98 * len(lines):
        return False
    words = Counter(word for pairs in whole for word, _ in pairs)
    tags = Counter(tag for pairs in whole for _, tag in pairs)
    named = all(any(char.isalpha() for char in tag) or not tag.isalnum() for tag in tags)
    long = sum(len(pairs) > 1 for pairs in whole) > 0.5 * len(whole)
    fewer = len(tags) <= min(_MOST_TAGS, max(2, 0.5 * sum(tags.values())))
    return named and long and fewer and len(tags) < len(words) and len(tags) > 1


def _cut(line: str, mark: str) -> list[tuple[str, str]] | None:
    """Words and tags of a line, or None where a piece has no word or no tag.

    The last mark of a piece counts: ``1/2/NUM`` is the word ``1/2``.
    """
    pairs = []
    for piece in line.split():
        word, found, tag = piece.rpartition(mark)
        if not (word and found and tag):
            return None
        pairs.append((word, tag))
    return pairs


def _rows(source: Source, mark: str) -> Callable:
    def rows(numbered: Iterator[tuple[int, str]]) -> Iterator[tuple[int, dict]]:
        count, odd = 0, []
        for number, line in numbered:
            if not line.strip():
                continue
            pairs = _cut(line, mark)
            if pairs is None:
                odd.append(number)
                continue
            count += 1
            yield number, {"tokens": [w for w, _ in pairs], "tags": [tag for _, tag in pairs]}
        source.report.note(
            "info", "joined words",
            f"{source.name} has {count:,} sentences whose words and tags are joined by {mark!r}.",
            "If each line is a text, set reading={'shape': 'plain'}.",
        )  # fmt: skip
        if odd:
            source.report.note(
                "warning", "joined words",
                f"{len(odd):,} lines of {source.name} were left out, first line {odd[0]:,}: a word "
                f"in them has no tag behind {mark!r}.",
                "Give it one; to read all lines as texts, set reading={'shape': 'plain'}.",
                len(odd),
            )  # fmt: skip

    return rows


LINES = (Shape("joined words", _find, (".txt", ".text", ".pos", ".tagged", ".data", "")),)
