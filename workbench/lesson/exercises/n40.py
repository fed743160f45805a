"""Attack and defend: a step along the slope, HotFlip's choice, which attack costs most."""

from __future__ import annotations

from ..exercise import Value, Written


def step(g, epsilon):
    """Moves of length epsilon for each text, of g's shape."""
    import numpy as np

    return epsilon * g / np.sqrt((g**2).sum((1, 2), keepdims=True))


def some_slopes(rng):
    """Of one to three texts with one to four tokens, and an epsilon."""
    shape = tuple(int(one) for one in rng.integers([1, 1, 2], [4, 5, 5]))
    return rng.normal(size=shape), float(rng.uniform(0.1, 2))


def _of_each_token(g, epsilon):
    import numpy as np

    return epsilon * g / np.sqrt((g**2).sum(2, keepdims=True))


def _of_the_batch(g, epsilon):
    import numpy as np

    return epsilon * g / np.sqrt((g**2).sum())


def choose(e, g, candidates):
    """The row of the candidate with the largest g · (e' - e)."""
    return int(((candidates - e) @ g).argmax())


def a_word(rng):
    """A vector, a slope there, and two to six candidates."""
    width = int(rng.integers(2, 6))
    candidates = rng.normal(size=(int(rng.integers(2, 7)), width))
    return rng.normal(size=width), rng.normal(size=width), candidates


def _nearest(e, g, candidates):
    return int(((candidates - e) ** 2).sum(1).argmin())


def _downhill(e, g, candidates):
    return int(((candidates - e) @ g).argmin())


def costliest(outcome):
    """The attack under which the plain model is right least often."""
    return str(outcome["plain"].drop("clean").idxmin())


EXERCISES = {
    "1": Value((0.3, -0.4), within=1e-6),
    "2": Written(step, some_slopes, wrong=(_of_each_token, _of_the_batch)),
    "3": Written(choose, a_word, wrong=(_nearest, _downhill)),
    "4": Value(costliest, needs=("outcome",)),
}
