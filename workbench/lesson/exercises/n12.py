"""Imbalance: balanced weights, the focal factor, priors put back, a calibration error by bins."""

from __future__ import annotations

import numpy as np

from ..exercise import Value, Written


def put_back(scores, prior):
    """Scores (n, classes) of a model that learnt as if classes were equal, at their real shares."""
    moved = scores * prior
    return moved / moved.sum(-1, keepdims=True)


def some_scores(rng):
    """Four texts, three classes, and shares of the classes."""
    return rng.dirichlet([1.0] * 3, 4), rng.dirichlet([2.0] * 3)


def _not_summed(scores, prior):
    return scores * prior


def _the_other_way(scores, prior):
    moved = scores / prior
    return moved / moved.sum(-1, keepdims=True)


def calibration_error(confidence, right, bins):
    """Mean gap of confidence and accuracy over bins of one width, weighted by their examples."""
    which = np.clip(np.ceil(np.asarray(confidence) * bins).astype(int) - 1, 0, bins - 1)
    gaps = [abs(np.sum(confidence[which == n]) - np.sum(right[which == n])) for n in range(bins)]
    return float(np.sum(gaps) / len(confidence))


def some_answers(rng):
    """Sixty confidences, whether each answer was right, and three to eight bins."""
    confidence = rng.uniform(0.34, 0.99, 60)
    return confidence, (rng.random(60) < confidence**2).astype(float), int(rng.integers(3, 9))


def _of_bins_alike(confidence, right, bins):
    which = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    used = [which == n for n in range(bins) if (which == n).any()]
    return float(np.mean([abs(confidence[one].mean() - right[one].mean()) for one in used]))


def _of_all(confidence, right, bins):
    return float(abs(confidence.mean() - right.mean()))


EXERCISES = {
    "1": Value((10.0, 1000 / 1900), within=5e-3),
    "2": Value(0.01, within=1e-4),
    "3": Value(0.08 / 0.26, within=5e-3),
    "4": Written(put_back, some_scores, wrong=(_not_summed, _the_other_way)),
    "5": Written(calibration_error, some_answers, wrong=(_of_bins_alike, _of_all)),
}
