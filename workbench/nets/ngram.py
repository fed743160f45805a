"""n-gram language models: counting (add-k), and counting well (interpolated Kneser-Ney)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np


class NgramModel:
    """What both share: the counts of all n-grams up to ``order``.

    The history of a token is the ``order - 1`` tokens before it, fewer at the beginning of a text.
    Every distribution sums to one over the ids ``0 .. vocab_size - 1``.

    Parameters
    ----------
    order : int >= 1, length of the longest n-gram
    vocab_size : int
    """

    def __init__(self, order: int, vocab_size: int):
        if order < 1 or vocab_size < 1:
            raise ValueError(f"order={order} and vocab_size={vocab_size} must be at least 1.")
        self.order, self.vocab_size = order, vocab_size

    def fit(self, texts: Iterable[Sequence[int]]):
        """Count the n-grams of the texts, each a sequence of ids."""
        texts = [list(map(int, text)) for text in texts]
        for text in texts:
            if text and not 0 <= min(text) <= max(text) < self.vocab_size:
                raise ValueError(
                    f"The ids run from {min(text)} to {max(text)}; the vocabulary has "
                    f"{self.vocab_size} (0 to {self.vocab_size - 1})."
                )
        if not any(texts):
            raise ValueError("The text is empty: 0 tokens, at least 1 is needed.")
        self.counts = {n: Counter() for n in range(1, self.order + 1)}
        for n, grams in self.counts.items():
            for text in texts:
                grams.update(zip(*(text[i:] for i in range(n)), strict=False))
        self.prepare()
        return self

    def prepare(self):
        """Sum the counts over what follows each history."""
        self.totals = {n: Counter() for n in self.counts}
        self.kinds = {n: Counter() for n in self.counts}  # different tokens after a history
        for n, grams in self.counts.items():
            for gram, count in grams.items():
                self.totals[n][gram[:-1]] += count
                self.kinds[n][gram[:-1]] += 1

    def probability(self, token: int, history: Sequence[int] = ()) -> float:
        """P(token | the last order - 1 of history)."""
        cut = max(0, len(history) - self.order + 1)
        return self._probability(token, tuple(history[cut:]))

    def probabilities(self, history: Sequence[int] = ()) -> np.ndarray:
        """The whole distribution after ``history``, shape (vocab_size,)."""
        return np.array([self.probability(token, history) for token in range(self.vocab_size)])

    def log_probs(self, ids: Sequence[int]) -> np.ndarray:
        """log P of every token but the first given those before it, shape (len(ids) - 1,)."""
        ids = list(map(int, ids))
        if len(ids) < 2:
            raise ValueError(f"The text has {len(ids)} tokens; a model is scored from 2 on.")
        starts = (max(0, t - self.order + 1) for t in range(1, len(ids)))
        pairs = ((ids[t], tuple(ids[start:t])) for t, start in enumerate(starts, start=1))
        # add-k with k = 0 may hold a token impossible: its log-probability is minus infinity
        ps = (self._probability(token, history) for token, history in pairs)
        return np.array([math.log(p) if p > 0 else -math.inf for p in ps])


class AddK(NgramModel):
    """P(w | h) = (c(h w) + k) / (c(h) + k V): every n-gram is taken as seen k times more.

    k = 1 is Laplace's rule, k = 0 the plain share, uniform after a history that was never seen.
    """

    def __init__(self, order: int, vocab_size: int, k: float = 1.0):
        super().__init__(order, vocab_size)
        if k < 0:
            raise ValueError(f"k={k} must be at least 0.")
        self.k = k

    def _probability(self, token, history):
        n = len(history) + 1
        total = self.totals[n][history] + self.k * self.vocab_size
        if total == 0:
            return 1 / self.vocab_size
        return (self.counts[n][(*history, token)] + self.k) / total


class KneserNey(NgramModel):
    """Interpolated Kneser-Ney (Chen and Goodman 1999), the strongest of the counting models.

    P_n(w | h) = max(c(h w) - D, 0) / c(h) + D N(h •) / c(h) · P_{n-1}(w | h without its first)

    D is taken off every count and handed, by the number N(h •) of different tokens after h, to the
    shorter history. Below the highest order c counts in how many different contexts an n-gram
    stands, not how often: "Francisco" is frequent, but only after "San". The shortest is
    interpolated with the uniform distribution, so that no token is impossible.

    Parameters
    ----------
    discount : float in (0, 1), or None
        D for all orders; None estimates each order's as n₁ / (n₁ + 2 n₂), n₁ and n₂ being the
        n-grams that count one and two (Ney et al. 1994).
    """

    def __init__(self, order: int, vocab_size: int, discount: float | None = None):
        super().__init__(order, vocab_size)
        if discount is not None and not 0 < discount < 1:
            raise ValueError(f"discount={discount} must be between 0 and 1.")
        self.discount = discount

    def prepare(self):
        for n in range(1, self.order):  # counts of contexts instead of occurrences
            self.counts[n] = Counter(gram[1:] for gram in self.counts[n + 1])
        super().prepare()
        self.discounts = {}
        for n, grams in self.counts.items():
            ones, twos = (sum(c == k for c in grams.values()) for k in (1, 2))
            estimate = ones / (ones + 2 * twos) if ones and twos else 0.75
            self.discounts[n] = estimate if self.discount is None else self.discount

    def _probability(self, token, history):
        n = len(history) + 1
        shorter = self._probability(token, history[1:]) if history else 1 / self.vocab_size
        total = self.totals[n][history]
        if total == 0:  # never seen, or only at the very end
            return shorter
        kept = max(self.counts[n][(*history, token)] - self.discounts[n], 0)
        return (kept + self.discounts[n] * self.kinds[n][history] * shorter) / total


def perplexity(log_probs) -> float:
    """PP = exp(-mean log P): among how many equally likely tokens the model hesitates.

    >>> perplexity(np.log([0.5, 0.125]))
    4.0
    """
    return float(np.exp(-np.mean(np.asarray(log_probs, dtype=float))))
