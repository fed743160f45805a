"""ROUGE: how much of the reference a text holds, as words, pairs of words and in their order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from .asked import texts_of
from .measure import Measure, mean_of
from .words import CUT, ngrams, words

PARTS = ("f1", "precision", "recall")


def rouge(
    outputs: Iterable[str], references: Iterable[str], *, part: str = "f1"
) -> dict[str, Measure]:
    """ROUGE-1, ROUGE-2 and ROUGE-L (Lin, 2004), equal to rouge-score's without stemming.

    Words are told by :func:`workbench.measures.words.words`: Chinese, Japanese and Thai by
    character (rouge-score itself knows no letters beyond ASCII).

    Parameters
    ----------
    outputs, references : iterable of str, n_rows
    part : {'f1', 'precision', 'recall'}

    Returns
    -------
    dict of str to Measure
        ``rouge1``, ``rouge2``, ``rougeL``: means over rows, 0 to 1. A text without a word, or
        without a pair of words, has 0.
    """
    if part not in PARTS:
        raise ValueError(f"part={part!r} is none of {', '.join(PARTS)}.")
    outputs, references = texts_of(outputs=outputs, references=references)
    rows = np.zeros((len(outputs), 3))
    for row, pair in enumerate(zip(outputs, references, strict=True)):
        mine, theirs = map(words, pair)
        for column, n in enumerate((1, 2)):
            found, wanted = ngrams(mine, n), ngrams(theirs, n)
            both = (found & wanted).total()
            rows[row, column] = _part(both, found.total(), wanted.total(), part)
        both = longest_common(mine, theirs)
        rows[row, 2] = _part(both, len(mine), len(theirs), part)
    signature = f"{part}|stem:no|{CUT}"
    return {name: mean_of(name, rows[:, column], signature)
            for column, name in enumerate(("rouge1", "rouge2", "rougeL"))}  # fmt: skip


def _part(both: int, found: int, wanted: int, part: str) -> float:
    if not both:
        return 0.0
    return {"precision": both / found, "recall": both / wanted,
            "f1": 2 * both / (found + wanted)}[part]  # fmt: skip


def longest_common(first: Sequence, second: Sequence) -> int:
    """Length of the longest common subsequence.

    The bits of one whole number hold a row of the table, so that a row is a few additions
    (Hyyrö, 2004).

    >>> longest_common("a b c d e".split(), "b x d e".split())
    3
    """
    places: dict = {}
    for place, token in enumerate(second):
        places[token] = places.get(token, 0) | 1 << place
    full = (1 << len(second)) - 1
    open_ = full  # a bit is cleared where the subsequence grows
    for token in first:
        here = open_ & places.get(token, 0)
        open_ = ((open_ + here) | (open_ - here)) & full
    return len(second) - open_.bit_count()
