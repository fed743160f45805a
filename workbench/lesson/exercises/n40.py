"""Attack and defend: a step along the slope, HotFlip's choice, the ball, the costliest attack."""

from __future__ import annotations

from ..exercise import Value, Written


def step(g, far):
    """Moves of length ``far`` for each text, of g's shape."""
    import numpy as np

    return far * g / np.sqrt((g**2).sum((1, 2), keepdims=True))


def some_slopes(rng):
    """Of one to three texts with one to four tokens, and a length."""
    shape = tuple(int(one) for one in rng.integers([1, 1, 2], [4, 5, 5]))
    return rng.normal(size=shape), float(rng.uniform(0.1, 2))


def _of_each_token(g, far):
    import numpy as np

    return far * g / np.sqrt((g**2).sum(2, keepdims=True))


def _of_the_batch(g, far):
    import numpy as np

    return far * g / np.sqrt((g**2).sum())


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


def project(r, radius):
    """The moves r, those of a text shortened to ``radius`` where they are longer."""
    import numpy as np

    norms = np.sqrt((r**2).sum((1, 2), keepdims=True))
    return r * np.minimum(1, radius / norms)


def some_moves(rng):
    """Of four texts, some inside of the ball and some outside, and its radius."""
    r = rng.normal(size=(4, int(rng.integers(2, 5)), int(rng.integers(2, 5))))
    return r, float(((r**2).sum((1, 2)) ** 0.5).mean())


def _to_the_edge(r, radius):
    return step(r, radius)


def _each_token(r, radius):
    import numpy as np

    return r * np.minimum(1, radius / np.sqrt((r**2).sum(2, keepdims=True)))


def costliest(outcome):
    """The attack under which the plain model is right least often."""
    return str(outcome["plain"].drop("clean").idxmin())


EXERCISES = {
    "1": Value((0.6, -0.8), within=1e-6),
    "2": Written(step, some_slopes, wrong=(_of_each_token, _of_the_batch)),
    "3": Written(choose, a_word, wrong=(_nearest, _downhill)),
    "4": Written(project, some_moves, wrong=(_to_the_edge, _each_token)),
    "5": Value(costliest, needs=("outcome",)),
}
