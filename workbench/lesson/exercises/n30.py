"""Translation: BLEU's parts, Model 1 on paper, chrF's last step, teacher forcing, lengths."""

from __future__ import annotations

import math
from collections import Counter

from ..exercise import Holds, Value, Written


def _runs(words, n):
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


def clipped(output, reference, n):
    """Runs of n words of both, each at most as often as in the reference."""
    return (_runs(output, n) & _runs(reference, n)).total()


def two_texts(rng):
    """Up to ten words of three kinds each, so that runs are repeated, and a length of runs."""
    words = ["das", "ist", "gut"]
    texts = [[str(one) for one in rng.choice(words, int(rng.integers(1, 11)))] for _ in range(2)]
    return *texts, int(rng.integers(1, 4))


def _not_clipped(output, reference, n):
    known = _runs(reference, n)
    return sum(count for run, count in _runs(output, n).items() if run in known)


def _different(output, reference, n):
    return len(_runs(output, n).keys() & _runs(reference, n).keys())


def f_beta(precision, recall, beta):
    """Recall counts beta times as much as precision."""
    return (1 + beta**2) * precision * recall / (beta**2 * precision + recall)


def shares_and_beta(rng):
    """Two shares above 0, and a beta between 0.5 and 3."""
    return tuple(float(one) for one in (*rng.uniform(0.05, 1, 2), rng.uniform(0.5, 3)))


def _sides_changed(precision, recall, beta):
    return f_beta(recall, precision, beta)


def _harmonic(precision, recall, beta):
    return f_beta(precision, recall, 1)


def fed(labels, begin, pad):
    """The labels one place to the right, behind the beginning."""
    return [begin, *(pad if one == -100 else one for one in labels[:-1])]


def some_labels(rng):
    """Between 1 and 8 ids, then up to 3 places that fill up."""
    ids = [int(one) for one in rng.integers(5, 99, int(rng.integers(1, 9)))]
    return [*ids, *[-100] * int(rng.integers(0, 4))], 2, 0


def _not_moved(labels, begin, pad):
    return [pad if one == -100 else one for one in labels]


def _not_filled(labels, begin, pad):
    return [begin, *labels[:-1]]


def kept_words(answer, word_for_word):
    """Whether two words without a digit, one of them with a capital, stay as they are."""
    two = answer.split(" ")
    letters = all(one.isalpha() for one in two)
    capital = any(one != one.lower() for one in two)
    return len(two) == 2 and letters and capital and word_for_word(answer) == answer


EXERCISES = {
    "1": Value(math.exp(1 - 10 / 8), within=0.01),
    "2": Written(clipped, two_texts, wrong=(_not_clipped, _different)),
    "3": Value(0.75, within=0.001),
    "4": Written(f_beta, shares_and_beta, wrong=(_sides_changed, _harmonic)),
    "5": Written(fed, some_labels, wrong=(_not_moved, _not_filled)),
    "6": Value(("short", "long")),
    "7": Holds(
        kept_words, ("Zqxjk vwyq",), wrong=("zqxjk vwyq", "Zqxjk", "Zqxjk 17"),
        needs=("word_for_word",),
    ),
}  # fmt: skip
