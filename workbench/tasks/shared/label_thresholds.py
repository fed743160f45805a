"""From which score on a label is given: one threshold a label, by F1 on held-out examples."""

from __future__ import annotations

import numpy as np

PLAIN = 0.5  # where there is nothing to choose by


def best_thresholds(targets: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """The threshold of each label with the highest F1.

    Tried are the middles between neighbouring scores, and 0.5 among those that part the examples
    as it does; of several with the same F1 the one nearest to 0.5 is taken (Lipton et al.,
    "Optimal thresholding of classifiers to maximize F1 measure", 2014).

    Parameters
    ----------
    targets : ndarray of 0 and 1, shape (n_examples, n_labels)
    scores : ndarray of float, shape (n_examples, n_labels)
        Probabilities.

    Returns
    -------
    ndarray of float64, shape (n_labels,)
        A label is given where its score is at least this. 0.5 for a label that no example has.

    Examples
    --------
    >>> best_thresholds(np.array([[1], [1], [0]]), np.array([[0.8], [0.3], [0.1]]))
    array([0.2])
    """
    targets, scores = np.asarray(targets) > 0, np.asarray(scores, float)
    return np.asarray([_best(*pair) for pair in zip(targets.T, scores.T, strict=True)], float)


def _best(truth: np.ndarray, scores: np.ndarray) -> float:
    if not truth.any():
        return PLAIN
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    last_of_tie = np.r_[np.flatnonzero(np.diff(ordered)), len(ordered) - 1]
    hits = np.cumsum(truth[order])[last_of_tie]
    f1 = 2 * hits / (last_of_tie + 1 + truth.sum())
    below = np.r_[ordered, 0.0][last_of_tie + 1]
    # a threshold anywhere in (below, at] gives the same labels: 0.5 if it lies there
    at = ordered[last_of_tie]
    middles = np.where((below < PLAIN) & (at >= PLAIN), PLAIN, (at + below) / 2)
    best = np.flatnonzero(f1 >= f1.max() - 1e-12)
    return float(middles[best[np.argmin(np.abs(middles[best] - PLAIN))]])
