"""LoRA and freezing: weights counted, a merge, a scale, the slope at a layer's input."""

from __future__ import annotations

from ..exercise import Value, Written


def merge(W, A, B, alpha):
    """The one matrix for both parts, of shape (m, n)."""
    return W + alpha / len(A) * B @ A


def some_layer(rng):
    """Matrices (m, n), (r, n) and (m, r) of up to six rows and columns, and alpha."""
    m, n, r = (int(one) for one in rng.integers([2, 2, 1], [7, 7, 4]))
    return rng.normal(size=(m, n)), rng.normal(size=(r, n)), rng.normal(size=(m, r)), 16.0


def _without_rank(W, A, B, alpha):
    return W + alpha * 2 * B @ A


def _the_product(W, A, B, alpha):
    return alpha / len(A) * B @ A


def slope_at_input(g, W, A, B, alpha):
    """The slope of the loss at x, of shape (n,)."""
    return merge(W, A, B, alpha).T @ g


def a_slope(rng):
    """The slope at y before a layer's matrices."""
    W, A, B, alpha = some_layer(rng)
    return rng.normal(size=len(W)), W, A, B, alpha


def _of_the_product(g, W, A, B, alpha):
    return _the_product(W, A, B, alpha).T @ g


def _of_the_frozen(g, W, A, B, alpha):
    return W.T @ g


EXERCISES = {
    "1": Value(8 * (384 + 1536)),
    "2": Written(merge, some_layer, wrong=(_without_rank, _the_product)),
    "3": Value(8.0, within=1e-6),
    "4": Written(slope_at_input, a_slope, wrong=(_of_the_product, _of_the_frozen)),
}
