"""How high the right texts stand in a ranking: R@k, MRR and nDCG.

Candidates of equal score stand in no order. Each measure is then what a random order of them gives
on average, so that a model that finds everything alike gains nothing by the order of its table.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np

from ..errors import DataError
from ..i18n import t
from .measure import Measure, mean_of


def retrieval(
    scores: np.ndarray, relevant: np.ndarray, *, at: Sequence[int] = (1, 5, 10)
) -> dict[str, Measure]:
    """R@k, mean reciprocal rank and nDCG of rankings.

    Parameters
    ----------
    scores : ndarray of float, shape (n_queries, n_candidates)
        Higher is nearer.
    relevant : ndarray
        Of shape (n_queries,), whole numbers: the candidate that is right; or of shape
        (n_queries, n_candidates): gains, 0 for a candidate that is not right.
    at : sequence of int
        The ``k`` of R@k.

    Returns
    -------
    dict of str to Measure
        ``recall_k`` (share of the right candidates among the first k; of one right candidate
        whether it is there), ``mrr`` (1 over the rank of the first right one), ``ndcg`` (gains,
        each over the logarithm of its rank, over those of the best order). A query without a right
        candidate has no value and does not count.

    Raises
    ------
    DataError
        If shapes do not fit, a candidate is not there, a score is no number or a gain is negative.
    """
    scores = np.asarray(scores, float)
    gains = _gains(scores, relevant)
    found = np.full((len(scores), len(at) + 2), np.nan)
    discounts = np.concatenate([[0.0], np.cumsum(1 / np.log2(np.arange(2, scores.shape[1] + 2)))])
    for row in range(len(scores)):
        if gains[row].any():
            found[row] = _of_query(scores[row], gains[row], at, discounts)
    ties = f"ties:mean-over-orders|candidates:{scores.shape[1]}"
    names = [*(f"recall_{k}" for k in at), "mrr", "ndcg"]
    return {name: mean_of(name, found[:, column], ties) for column, name in enumerate(names)}


def _gains(scores: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    relevant = np.asarray(relevant)
    n, width = scores.shape if scores.ndim == 2 else (0, 0)
    if scores.ndim != 2 or relevant.shape not in ((n,), (n, width)):
        raise DataError(
            t("measures.ranking_shapes", scores=scores.shape, relevant=relevant.shape),
            t("measures.ranking_shapes_back"),
        )
    if not np.isfinite(scores).all():
        row = int(np.flatnonzero(~np.isfinite(scores).all(axis=1))[0])
        raise DataError(t("measures.ranking_scores", row=row), t("measures.ranking_scores_back"))
    if relevant.ndim == 1:
        if len(relevant) and not (relevant.dtype.kind in "iu" and relevant.min() >= 0
                                  and relevant.max() < width):  # fmt: skip
            raise DataError(
                t("measures.ranking_right", n=width), t("measures.ranking_right_back")
            )
        gains = np.zeros(scores.shape)
        gains[np.arange(n), relevant.astype(int)] = 1.0
        return gains
    gains = relevant.astype(float)
    if not (gains >= 0).all():
        raise DataError(t("measures.ranking_gains"), t("measures.ranking_gains_back"))
    return gains


def _of_query(
    scores: np.ndarray, gains: np.ndarray, at: Sequence[int], discounts: np.ndarray
) -> list[float]:
    """Measures of one ranking; ``discounts[r]`` sums those of the first r ranks."""
    # groups of equal score, the best first: how many stand before, how many are in it
    _, group, sizes = np.unique(-scores, return_inverse=True, return_counts=True)
    before = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    right = np.bincount(group, gains > 0, minlength=len(sizes)).astype(int)
    total = right.sum()
    recalls = [(right * np.clip((k - before) / sizes, 0, 1)).sum() / total for k in at]
    first = int(np.flatnonzero(right)[0])
    reciprocal = _reciprocal(int(before[first]), int(sizes[first]), int(right[first]))
    shared = (discounts[before + sizes] - discounts[before]) / sizes
    gained = float((np.bincount(group, gains, minlength=len(sizes)) * shared).sum())
    best = float((np.sort(gains)[::-1] * np.diff(discounts)).sum())
    return [*recalls, reciprocal, gained / best]


def _reciprocal(before: int, size: int, right: int) -> float:
    """Mean of 1 over the rank of the first right one among ``size`` that stand in no order."""
    if right == 1:
        return float(np.mean(1 / np.arange(before + 1, before + size + 1)))
    # the first stands at place j where the others that are right stand behind it
    return sum(
        comb(size - j, right - 1) / comb(size, right) / (before + j)
        for j in range(1, size - right + 2)
    )
