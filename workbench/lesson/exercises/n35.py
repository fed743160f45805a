"""Text creation: cuts on paper, a penalty, min-p, shared spans, distinct-n, a dial, a lipogram."""

from __future__ import annotations

import math
import re

from ..exercise import Holds, Value, Written


def after_min_p(shares, m):
    """The shares that reach ``m`` times the largest, made to sum to 1; 0 for the others."""
    kept = [share if share >= m * max(shares) else 0.0 for share in shares]
    return [share / sum(kept) for share in kept]


def some_shares(rng):
    """Between 1 and 8 shares of which none stands on the edge, and a bound."""
    shares = rng.dirichlet([0.7] * int(rng.integers(1, 9))).tolist()
    m = float(rng.uniform(0.05, 1.0))
    near = any(abs(share / max(shares) - m) < 1e-6 for share in shares)
    return some_shares(rng) if near else (shares, m)


def _not_summed(shares, m):
    return [share if share >= m * max(shares) else 0.0 for share in shares]


def _of_one(shares, m):
    kept = [share if share >= m else 0.0 for share in shares]
    return [share / (sum(kept) or 1.0) for share in kept]


def longest_shared(text, other):
    """Letters of the longest text that stands in both."""
    best, ending = 0, [0] * (len(other) + 1)
    for letter in text:
        for end in range(len(other), 0, -1):
            ending[end] = ending[end - 1] + 1 if other[end - 1] == letter else 0
            best = max(best, ending[end])
    return best


def two_texts(rng):
    """Up to twelve letters of two kinds each, some none."""
    one, other = ("".join(rng.choice(["a", "b"], int(rng.integers(0, 13)))) for _ in range(2))
    return one, other


def _from_the_beginning(text, other):
    same = 0
    while same < min(len(text), len(other)) and text[same] == other[same]:
        same += 1
    return same


def _in_order(text, other):  # the longest common subsequence, with gaps
    row = [0] * (len(other) + 1)
    for letter in text:
        before = row[:]
        for end in range(1, len(other) + 1):
            alike = before[end - 1] + 1 if other[end - 1] == letter else 0
            row[end] = max(alike, before[end], row[end - 1])
    return row[-1]


def distinct(tokens, n):
    """Different runs of n tokens over all runs of n tokens; 0 without any."""
    runs = [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]
    return len(set(runs)) / len(runs) if runs else 0.0


def some_tokens(rng):
    """Up to ten tokens of three kinds, and a length of runs."""
    return rng.integers(0, 3, int(rng.integers(0, 11))).tolist(), int(rng.integers(1, 5))


def _by_tokens(tokens, n):
    runs = {tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)}
    return len(runs) / max(1, len(tokens))


def _single(tokens, n):
    return len(set(tokens)) / max(1, len(tokens))


def is_lipogram(answer):
    """Whether eight words or more, no two alike, do without an e."""
    words = re.findall(r"[^\W\d_]+", answer.lower())
    return len(words) >= 8 and len(set(words)) == len(words) and "e" not in answer.lower()


EXERCISES = {
    "1": Value((3, 2)),
    "2": Value((1.6, -2.5), within=1e-6),
    "3": Written(after_min_p, some_shares, wrong=(_not_summed, _of_one)),
    "4": Written(longest_shared, two_texts, wrong=(_from_the_beginning, _in_order)),
    "5": Written(distinct, some_tokens, wrong=(_by_tokens, _single)),
    "6": Value(1 / (1 + math.exp(-4.0)), within=1e-3),
    "7": Holds(
        is_lipogram,
        ("A woman of this town sings long and sad songs at night.",),
        wrong=("The sun shines.", "no no no no no no no no", "A cat sat on our big warm stone"),
    ),
}
