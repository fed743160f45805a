"""Attention, step by step: answers, equal keys, heads, the formula as a function."""

from __future__ import annotations

import math

from ..exercise import Value, Written


def looks_ahead(weights):
    """The head with most weight on the token after, ``(layer, head)``; weights (L, H, T, T)."""
    after = weights.diagonal(offset=1, dim1=-2, dim2=-1).mean(-1)
    return divmod(after.argmax().item(), after.size(1))


def attention(query, key, value):
    """softmax(Q Kᵀ / √d_k) V for (T, d), (S, d) and (S, d_v)."""
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    return scores.softmax(-1) @ value


def three_matrices(rng):
    """Q (3, 4), K (5, 4), V (5, 2), large enough that a missing root shows."""
    import torch

    def drawn(*shape):
        return torch.from_numpy(rng.normal(0, 2, shape)).float()

    return drawn(3, 4), drawn(5, 4), drawn(5, 2)


def _without_root(query, key, value):
    return (query @ key.transpose(-2, -1)).softmax(-1) @ value


def _over_queries(query, key, value):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    return scores.softmax(0) @ value


def _by_the_value_size(query, key, value):  # one text prints the root of D
    return (query @ key.transpose(-2, -1) / math.sqrt(value.size(-1))).softmax(-1) @ value


EXERCISES = {
    "1": Value(4.0, within=0.01),
    "2": Value([0.2] * 5, within=5e-3),
    "3": Value(looks_ahead, needs=("weights",)),
    "4": Value(4),
    "5": Written(
        attention, three_matrices, wrong=(_without_root, _over_queries, _by_the_value_size)
    ),
}
