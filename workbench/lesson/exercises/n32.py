"""Dialogue: coverage and error, MRR, InfoNCE, R@k, a perplexity, distinct-n."""

from __future__ import annotations

import math

from ..exercise import Value, Written


def recall(scores, k):
    """Share of rows whose own column has fewer than k better ones."""
    better = (scores > scores.diagonal()[:, None]).sum(axis=1)
    return float((better < k).mean())


def some_scores(rng):
    """Scores of 3 to 12 questions and replies, no two equal, and a k."""
    n = int(rng.integers(3, 13))
    return rng.normal(size=(n, n)), int(rng.integers(1, n))


def _of_columns(scores, k):
    return recall(scores.T, k)


def _one_more(scores, k):
    return recall(scores, k + 1)


def _first_only(scores, k):
    return recall(scores, 1)


def distinct_n(replies, n):
    """Different runs of n words over all runs; 0 where there is none."""
    runs = [tuple(one[i : i + n]) for one in replies for i in range(len(one) - n + 1)]
    return len(set(runs)) / len(runs) if runs else 0.0


def some_replies(rng):
    """1 to 6 replies of up to 7 words of few kinds, and an n."""
    kinds = ["yes", "no", "i", "am", "fine"]
    count = int(rng.integers(1, 7))
    replies = [[str(word) for word in rng.choice(kinds, int(rng.integers(0, 8)))]
               for _ in range(count)]  # fmt: skip
    return replies, int(rng.integers(1, 4))


def _across_replies(replies, n):
    return distinct_n([sum(replies, [])], n)


def _of_each(replies, n):
    return sum(distinct_n([one], n) for one in replies) / len(replies)


EXERCISES = {
    "1": Value((0.7, 2 / 7), within=0.006),
    "2": Value((1 + 1 / 2 + 1 / 5 + 1 / 20) / 4, within=0.006),
    "3": Value(math.log(1 + 3 * math.exp(-2)), within=0.006),
    "4": Written(recall, some_scores, wrong=(_of_columns, _one_more, _first_only)),
    "5": Value(math.exp((8 + 22) / (4 + 6)), within=0.1),
    "6": Written(distinct_n, some_replies, wrong=(_across_replies, _of_each)),
}
