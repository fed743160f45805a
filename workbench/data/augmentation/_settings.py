"""Settings that all kinds of copies have."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from ...settings import setting


@dataclass(frozen=True)
class Copied:
    """Of which examples there are copies, how many of each, and how much of a text changes."""

    share: float = setting(1.0, "share", kinds=(int, float), low=0, open_low=True, high=1)
    """Of the training examples, drawn by the seed, that get changed copies."""

    copies: int = setting(1, "copies", kinds=(int,), low=1, high=16)
    """Of each of them, each changed in its own way; a pass is longer by all of them."""

    words: float = setting(0.1, "share", kinds=(int, float), low=0, open_low=True, high=1)
    """Of a text's words that change; one at least."""


def drawn(
    among: Sequence[int], whole: int, share: float, draw: random.Random, most: int | None = None
) -> list[int]:
    """A share of ``whole`` words, at least one, of those that may change, in their order.

    >>> drawn([0, 2, 3], 20, 0.1, random.Random(0))
    [2, 3]
    >>> drawn([], 20, 0.1, random.Random(0))
    []
    """
    count = min(max(1, int(share * whole + 0.5)), len(among))
    count = count if most is None else max(0, min(count, most))
    return sorted(draw.sample(list(among), count))
