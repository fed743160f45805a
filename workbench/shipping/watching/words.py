"""Words of texts: those that training did not have, and those that are more frequent now."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from ...tasks.shared.word_counts import WORD

_WORD = re.compile(WORD)
PRIOR = 0.01  # of each word, beside what both samples have of it


def words_of(text: str) -> list[str]:
    """Its words in lower case; each character of a script without blanks is one."""
    return _WORD.findall(text.lower())


def unseen_shares(texts: Iterable[str], known: set[str]) -> np.ndarray:
    """Share of each text's words that are not known, 0 of a text without words.

    Examples
    --------
    >>> unseen_shares(["a new film", "..."], {"a", "film"}).round(2).tolist()
    [0.33, 0.0]
    """
    found = [[word not in known for word in words_of(text)] for text in texts]
    return np.array([np.mean(one) if one else 0.0 for one in found])


def more_frequent(before: Iterable[str], after: Iterable[str], most: int = 5) -> Sequence[str]:
    """Words that are more frequent after than before, the most telling first.

    By the z-score of the log-odds with an informative prior, from 1.96 on (Monroe, Colaresi and
    Quinn, "Fightin' words", 2008).
    """
    first, second = (Counter(w for text in side for w in words_of(text))
                     for side in (before, after))  # fmt: skip
    n, m = sum(first.values()), sum(second.values())
    if not n or not m:
        return []
    both = first + second
    prior = np.array([PRIOR * both[word] for word in both])
    x, y = (np.array([side[word] for word in both], float) + prior for side in (first, second))
    of = prior.sum()
    odds = np.log(y / (m + of - y)) - np.log(x / (n + of - x))
    z = odds / np.sqrt(1 / x + 1 / y)
    names = list(both)
    return [names[at] for at in np.argsort(-z, kind="stable")[:most] if z[at] >= 1.96]
