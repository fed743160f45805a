"""Which words of two texts answer each other, in their order, for laying them side by side."""

from __future__ import annotations

import difflib
import unicodedata
from dataclasses import dataclass

from .words import pieces

OPS = ("equal", "similar", "replaced", "missing", "added")
ALIKE = 0.6  # likeness of the letters of two words from which one is a form of the other
MOST = 60_000  # pairs of words that are all looked at; longer stretches are parted first


@dataclass(frozen=True)
class Step:
    """A word of one text, of the other, or a pair of them.

    Attributes
    ----------
    op : str
        One of :data:`OPS`: ``missing`` has no second, ``added`` no first.
    first, second : tuple of int, or None
        First character in that text, and the one after the last.
    """

    op: str
    first: tuple[int, int] | None
    second: tuple[int, int] | None


def align(first: str, second: str) -> list[Step]:
    """Pair the words of two texts in their order, so that as many as possible are alike.

    Words are equal, or ``similar`` (only case or marks differ, or most letters are the same), or
    one stands for another. Signs are words; where a script has no blanks each character is one.
    Reordered words are ``missing`` in one place and ``added`` in the other. Every word of both
    texts is in exactly one step.

    Two long texts are parted where runs of words are equal before their pairs are looked at; a
    stretch that is still too long (:data:`MOST`) is paired from its beginning on.

    Parameters
    ----------
    first, second : str
        Such as the reference and the output.

    >>> [(step.op, step.first, step.second) for step in align("a big cat", "a cats")]
    [('equal', (0, 1), (0, 1)), ('missing', (2, 5), None), ('similar', (6, 9), (2, 6))]
    """
    spans = pieces(first), pieces(second)
    one = [first[a:b] for a, b in spans[0]]
    two = [second[a:b] for a, b in spans[1]]
    return [
        Step(op, None if i is None else spans[0][i], None if j is None else spans[1][j])
        for op, i, j in _aligned(one, two)
    ]


def _aligned(one: list[str], two: list[str]) -> list[tuple[str, int | None, int | None]]:
    if len(one) * len(two) <= MOST:
        return _best(one, two, 0, 0)
    found: list[tuple[str, int | None, int | None]] = []
    blocks = difflib.SequenceMatcher(None, one, two, autojunk=False).get_matching_blocks()
    i = j = 0
    for block in blocks:
        gap = one[i : block.a], two[j : block.b]
        if len(gap[0]) * len(gap[1]) <= MOST:
            found += _best(*gap, i, j)
        else:
            found += _in_order(*gap, i, j)
        found += [("equal", block.a + k, block.b + k) for k in range(block.size)]
        i, j = block.a + block.size, block.b + block.size
    return found


def _in_order(one: list[str], two: list[str], i: int, j: int) -> list:
    """Pairs from the beginning on, and what is over."""
    both = min(len(one), len(two))
    found: list = [
        ("similar" if likeness(one[k], two[k]) >= ALIKE else "replaced", i + k, j + k)
        for k in range(both)
    ]
    found += [("missing", i + k, None) for k in range(both, len(one))]
    return found + [("added", None, j + k) for k in range(both, len(two))]


def _best(one: list[str], two: list[str], i: int, j: int) -> list:
    """The alignment of most likeness; numbers begin at ``i`` and ``j``."""
    width = len(two) + 1
    known: dict[tuple[str, str], float] = {}
    best = [0.0] * width
    moves = []
    for word in one:
        row, move = [0.0] * width, bytearray(width)
        move[0] = 1
        for k, other in enumerate(two, start=1):
            pair = (word, other)
            if pair not in known:
                known[pair] = _gain(word, other)
            across, up, left = best[k - 1] + known[pair], best[k], row[k - 1]
            if across >= up and across >= left:
                row[k] = across
            elif up > left:
                row[k], move[k] = up, 1
            else:
                row[k], move[k] = left, 2
        moves.append(move)
        best = row
    found: list = []
    a, b = len(one), len(two)
    while a or b:
        step = 2 if not a else 1 if not b else moves[a - 1][b]
        if step == 0:
            a, b = a - 1, b - 1
            gain = known[one[a], two[b]]
            op = "equal" if one[a] == two[b] else "similar" if gain > _REPLACED else "replaced"
            found.append((op, i + a, j + b))
        elif step == 1:
            a -= 1
            found.append(("missing", i + a, None))
        else:
            b -= 1
            found.append(("added", None, j + b))
    return found[::-1]


_REPLACED = 0.05  # better than leaving both alone, worse than any likeness elsewhere


def _gain(one: str, two: str) -> float:
    if one == two:
        return 1.0
    alike = likeness(one, two)
    if alike >= ALIKE:
        return 0.5 + 0.4 * alike
    # a sign for a word is no replacement
    return _REPLACED if one[0].isalnum() == two[0].isalnum() else -1.0


def likeness(one: str, two: str) -> float:
    """How alike two words are, 0 to 1; 1 where only case, marks or wide letters differ.

    >>> likeness("Größe", "grosse"), likeness("cat", "dog")
    (1.0, 0.0)
    """
    one, two = _bare(one), _bare(two)
    if one == two:
        return 1.0
    if min(len(one), len(two)) < 2 or not (one[0].isalnum() and two[0].isalnum()):
        return 0.0
    if any(char.isdigit() for char in one + two):
        return 0.0  # 1990 is no form of 1980
    return difflib.SequenceMatcher(None, one, two, autojunk=False).ratio()


def _bare(word: str) -> str:
    parts = unicodedata.normalize("NFKD", word.casefold())
    return "".join(char for char in parts if not unicodedata.combining(char)) or parts
