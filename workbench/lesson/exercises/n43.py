"""Ensembles: votes by hand, the two formulas of what a mean gains, how two members differ."""

from __future__ import annotations

from ..exercise import Value, Written


def weighted_vote(scores, weights):
    """The weighted mean of the members' scores, (members, texts, classes) -> (texts, classes)."""
    return (scores * weights[:, None, None]).sum(axis=0) / weights.sum()


def some_votes(rng):
    """Four members on three texts of two to five classes, and their weights."""
    classes = int(rng.integers(2, 6))
    return rng.dirichlet([1.0] * classes, (4, 3)), rng.uniform(0.1, 3, 4)


def _not_shared(scores, weights):
    return (scores * weights[:, None, None]).sum(axis=0)


def _plain(scores, weights):
    return scores.mean(axis=0)


EXERCISES = {
    "1": Value((True, False)),
    "2": Value(0.25 - 0.06, within=1e-3),
    "3": Value((1 / 5 + 4 / 5 * 0.6, 0.6), within=1e-3),
    "4": Written(weighted_vote, some_votes, wrong=(_not_shared, _plain)),
    "5": Value((0.1, 0.15, (0.15 - 0.2**2) / (0.2 * 0.8)), within=2e-3),
}
