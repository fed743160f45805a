"""Rollout and flow against products and cuts worked by hand."""

import numpy as np
import pytest

from workbench.errors import DataError
from workbench.inspection import flow, rollout
from workbench.inspection.inside.attention import Attention


def seen(*layers):
    weights = np.array(layers, np.float32)[:, None]
    n = weights.shape[-1]
    return Attention(weights, list("abcdefgh"[:n]), np.zeros(n, bool), [0] * n, "text")


def test_rollout_is_the_product_with_the_residual_path():
    two = seen([[1, 0], [1, 0]], [[0, 1], [0, 1]])
    # layer 1: half of each itself, half token 0; layer 2: half itself, half token 1
    # [[.5, .5], [0, 1]] @ [[1, 0], [.5, .5]] = [[.75, .25], [.5, .5]]
    out = rollout(two)
    np.testing.assert_allclose(out[0], [[1, 0], [0.5, 0.5]])
    np.testing.assert_allclose(out[1], [[0.75, 0.25], [0.5, 0.5]])
    np.testing.assert_allclose(rollout(two, residual=0)[1], [[1, 0], [1, 0]])


def test_rollout_rows_sum_to_one_and_heads_are_averaged():
    rng = np.random.default_rng(0)
    weights = rng.dirichlet(np.ones(5), size=(3, 4, 5)).astype(np.float32)
    text = Attention(weights, list("abcde"), np.zeros(5, bool), [0] * 5, "text")
    out = rollout(text)
    np.testing.assert_allclose(out.sum(-1), 1, atol=1e-12)
    step = [0.5 * np.eye(5) + 0.5 * layer.mean(0) for layer in weights]
    np.testing.assert_allclose(out[-1], step[2] @ step[1] @ step[0], atol=1e-6)


def test_flow_is_the_narrowest_cut():
    # edges into the last layer's token 0: from 0 with 0.5, from 1 with 0.5;
    # token 0 reaches 0 with 1.0 and 1 with 0.5; token 1 reaches only 1, with 0.5
    out = flow(seen([[1, 0], [1, 0]], [[0, 1], [0, 1]]), 0)
    np.testing.assert_allclose(out, [1.0, 0.5], atol=1e-6)


def test_flow_looks_from_the_asked_position():
    # into token 1: from 0 with 0, from 1 with 1.0; both tokens reach 1 with 0.5
    out = flow(seen([[1, 0], [1, 0]], [[0, 1], [0, 1]]), 1)
    np.testing.assert_allclose(out, [0.5, 0.5], atol=1e-6)


def test_refusals_are_one_sentence():
    two = seen([[1, 0], [1, 0]])
    with pytest.raises(DataError, match="no position 2; the text has 2 tokens"):
        flow(two, 2)
    with pytest.raises(DataError, match="residual share is 1"):
        rollout(two, residual=1)
    n = 65
    long = Attention(
        np.full((1, 1, n, n), 1 / n, np.float32), ["a"] * n, np.zeros(n, bool), [0] * n, "text"
    )
    with pytest.raises(DataError, match="65 tokens long; attention flow takes at most 64"):
        flow(long)
