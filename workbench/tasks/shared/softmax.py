"""Scores of a model as shares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Logarithm of the softmax over the last axis, in float64."""
    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True, initial=-np.inf)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def softmax(scores: Sequence[float]) -> np.ndarray:
    """Probabilities of scores, float64."""
    values = np.exp(np.asarray(scores, float) - max(scores))
    return values / values.sum()
