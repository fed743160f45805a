"""Errors and labels: McNemar's exact test, temperature, a queue's recall, paired losses."""

from __future__ import annotations

import math

from ..exercise import Value, Written


def scaled(scores, temperature):
    """Scores (n, classes) at another temperature: each to the power 1 / T, rows of sum one."""
    powers = scores ** (1 / temperature)
    return powers / powers.sum(-1, keepdims=True)


def some_scores(rng):
    """Three texts, four classes, a temperature from 0.3 to 3."""
    return rng.dirichlet([1.0] * 4, 3), float(rng.uniform(0.3, 3))


def _hotter(scores, temperature):
    return scaled(scores, 1 / temperature)


def _not_summed(scores, temperature):
    return scores ** (1 / temperature)


HALF_WIDTH = 1.96 * 0.2 / 3**0.5  # of the mean of 0.4, 0.2 and 0.0

EXERCISES = {
    "1": Value(22 / 1024, within=1e-3),
    "2": Value(math.log(9) / math.log(3), within=1e-3),
    "3": Value(80 / 120, within=5e-3),
    "4": Written(scaled, some_scores, wrong=(_hotter, _not_summed)),
    "5": Value((0.2 - HALF_WIDTH, 0.2 + HALF_WIDTH, False), within=2e-3),
}
