"""Rates, schedules, search: shrinking steps, rates of a range test, a cosine, the median rule."""

from __future__ import annotations

from ..exercise import Value, Written


def rate_at(step, low, high, steps):
    """The rate of a step (from 0) of a range test."""
    return low * (high / low) ** (step / (steps - 1))


def some_test(rng):
    """A step of a range test over four to seven decades."""
    steps = int(rng.integers(20, 200))
    return int(rng.integers(1, steps - 1)), 10.0 ** -int(rng.integers(5, 8)), 0.1, steps


def _straight(step, low, high, steps):
    return low + (high - low) * step / (steps - 1)


def _one_more(step, low, high, steps):
    return low * (high / low) ** (step / steps)


def cosine(step, warmup, steps):
    """The factor of a rate: up in a straight line, down along half a cosine."""
    import math

    if step < warmup:
        return step / warmup
    return (1 + math.cos(math.pi * (step - warmup) / (steps - warmup))) / 2


def some_schedule(rng):
    """A step of a schedule with a warm-up, in either part."""
    steps, warmup = int(rng.integers(40, 200)), int(rng.integers(5, 20))
    return int(rng.integers(1, steps - 1)), warmup, steps


def _without_warmup(step, warmup, steps):
    return cosine(step, 0, steps)


def _linear(step, warmup, steps):
    return step / warmup if step < warmup else (steps - step) / (steps - warmup)


def given_up(curve, others):
    """Whether the best of a curve lies below the median of the others at its last evaluation."""
    import statistics

    return bool(max(curve) < statistics.median(other[len(curve) - 1] for other in others))


def some_curves(rng):
    """One to three evaluations of a trial, and four each of three to five others."""
    curve = [float(one) for one in rng.uniform(0.4, 0.8, int(rng.integers(1, 4)))]
    others = rng.uniform(0.4, 0.8, (int(rng.integers(3, 6)), 4)).tolist()
    return curve, others


def _by_last(curve, others):
    import statistics

    return bool(curve[-1] < statistics.median(other[len(curve) - 1] for other in others))


def _by_best(curve, others):
    import statistics

    return bool(max(curve) < statistics.median(map(max, others)))


def near_the_best(grid):
    """How many rates have a test score within a point of the best one."""
    return int((grid["test"] >= grid["test"].max() - 0.01).sum())


EXERCISES = {
    "1": Value(0.5, within=1e-6),
    "2": Written(rate_at, some_test, wrong=(_straight, _one_more)),
    "3": Written(cosine, some_schedule, wrong=(_without_warmup, _linear)),
    "4": Written(given_up, some_curves, wrong=(_by_last, _by_best)),
    "5": Value(near_the_best, needs=("grid",)),
}
