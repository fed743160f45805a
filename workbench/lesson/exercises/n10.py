"""Attention: entropy, divergence, rollout, integrated gradients, faithfulness."""

from __future__ import annotations

from ..exercise import Value, Written


def entropy(weights):
    """The mean entropy in bits of the rows of (T, T) weights, 0 · log 0 taken as 0."""
    import numpy as np

    weights = np.asarray(weights, float)
    logs = np.log2(weights, out=np.zeros_like(weights), where=weights > 0)
    return float(-(weights * logs).sum(-1).mean())


def rows_of_weights(rng):
    """Weights of one head, some of them zero."""
    import numpy as np

    weights = rng.random((3, 4)) * (rng.random((3, 4)) < 0.7) + np.eye(3, 4) * 0.1
    return (weights / weights.sum(-1, keepdims=True),)


def _nats(weights):
    return entropy(weights) * 0.6931


def _of_all(weights):
    return entropy(weights) * len(weights)


#: of the mean of 0.3, 0.1, 0.2, 0.2, whose squared deviations sum to 0.02
HALF_WIDTH = 1.96 * (0.02 / 3 / 4) ** 0.5

EXERCISES = {
    "1": Value(3.0, within=1e-3),
    "2": Value(0.25, within=1e-3),
    "3": Value((0.6, 0.1), within=1e-3),
    "4": Written(entropy, rows_of_weights, wrong=(_nats, _of_all)),
    "5": Value((1.0, 0.0), within=1e-3),
    "6": Value((3.0, 3.0), within=1e-3),
    "7": Value((0.2 - HALF_WIDTH, 0.2 + HALF_WIDTH), within=2e-3),
}
