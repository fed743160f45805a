"""Attention equals torch's, for any shapes and masks, and its gradient equals autograd's."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from workbench.nets.attention import (
    KeyValueCache,
    MultiHeadAttention,
    attention_gradient,
    causal_mask,
    masked_softmax,
    padding_mask,
    scaled_dot_product_attention,
)

size = st.integers(1, 7)


@st.composite
def problems(draw):
    """Queries, keys, values and a mask of any kind that fits, often with rows that see nothing."""
    batch, heads, queries, keys = draw(size), draw(st.integers(1, 3)), draw(size), draw(size)
    d_k, d_v = draw(size), draw(size)
    torch.manual_seed(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["none", "bool", "float", "padding", "causal"]))
    shape = [batch, heads, queries, keys]
    for axis in (0, 1, 2):
        if draw(st.booleans()):
            shape[axis] = 1
    shape = shape[draw(st.integers(0, 2)) :]
    allowed = torch.rand(shape) < draw(st.sampled_from([0.0, 0.3, 0.9]))
    mask = {
        "none": None,
        "bool": allowed,
        "float": torch.randn(shape).masked_fill(~allowed, -math.inf),
        "padding": padding_mask((torch.rand(batch, keys) < 0.6).long()),
        "causal": causal_mask(queries, keys),
    }[kind]
    q = torch.randn(batch, heads, queries, d_k) * 3
    return q, torch.randn(batch, heads, keys, d_k), torch.randn(batch, heads, keys, d_v), mask


@settings(max_examples=150, deadline=None)
@given(problems())
def test_equals_torch(problem):
    q, k, v, mask = problem
    context, weights = scaled_dot_product_attention(q, k, v, mask)
    torch.testing.assert_close(context, F.scaled_dot_product_attention(q, k, v, mask))
    sums = weights.sum(-1)
    assert torch.all(((sums - 1).abs() < 1e-5) | (sums == 0))
    assert not weights.isnan().any()


@settings(max_examples=60, deadline=None)
@given(problems())
def test_gradient_by_hand_equals_autograd(problem):
    q, k, v, mask = problem
    q, k, v = (x.double().requires_grad_() for x in (q, k, v))
    mask = mask.double() if mask is not None and mask.is_floating_point() else mask
    context, _ = scaled_dot_product_attention(q, k, v, mask)
    grad = torch.randn_like(context)
    by_autograd = torch.autograd.grad(context, (q, k, v), grad)
    by_hand = attention_gradient(q.detach(), k.detach(), v.detach(), grad, mask)
    for left, right in zip(by_hand, by_autograd, strict=True):
        torch.testing.assert_close(left, right)


def test_by_hand():
    """d_k = 4, so the scores are q·k / 2: 0 and ln 3, and the weights 1/4 and 3/4."""
    q = torch.tensor([[1.0, 0, 0, 0]])
    k = torch.tensor([[0.0, 5, 5, 5], [2 * math.log(3), 5, 5, 5]])
    v = torch.tensor([[4.0, 0.0], [8.0, 100.0]])
    context, weights = scaled_dot_product_attention(q, k, v)
    torch.testing.assert_close(weights, torch.tensor([[0.25, 0.75]]))
    torch.testing.assert_close(context, torch.tensor([[7.0, 75.0]]))


def test_a_row_that_may_look_nowhere_is_zero_and_hurts_nobody():
    q, k, v = (torch.randn(1, 3, 4, requires_grad=True) for _ in range(3))
    mask = torch.tensor([[True, False, True], [False, False, False], [True, True, True]])
    for m in (mask, torch.zeros(3, 3).masked_fill(~mask, -math.inf)):
        context, weights = scaled_dot_product_attention(q, k, v, m)
        assert torch.equal(weights[0, 1], torch.zeros(3))
        assert torch.equal(context[0, 1], torch.zeros(4))
        grads = torch.autograd.grad(context.sum(), (q, k, v))
        assert all(g.isfinite().all() for g in grads)
        assert torch.equal(grads[0][0, 1], torch.zeros(4))


def test_a_single_position_looks_at_itself():
    v = torch.randn(2, 1, 3)
    context, weights = scaled_dot_product_attention(v, v, v, causal_mask(1))
    assert torch.equal(weights, torch.ones(2, 1, 1))
    assert torch.equal(context, v)


def test_softmax_of_large_scores_does_not_overflow():
    weights = masked_softmax(torch.tensor([[1e4, 1e4, -1e4]]), torch.tensor([True, True, True]))
    torch.testing.assert_close(weights, torch.tensor([[0.5, 0.5, 0.0]]))


def test_causal_mask_with_a_past():
    assert causal_mask(2, 4).int().tolist() == [[1, 1, 1, 0], [1, 1, 1, 1]]
    assert causal_mask(3).int().tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("d_model", "n_heads"), [(12, 3), (15, 5), (7, 1), (6, 6)])
def test_multi_head_equals_torch_with_copied_weights(d_model, n_heads, bias):
    torch.manual_seed(0)
    theirs = torch.nn.MultiheadAttention(d_model, n_heads, bias=bias, batch_first=True).eval()
    ours = MultiHeadAttention(d_model, n_heads, bias=bias).eval()
    with torch.no_grad():
        if bias:
            theirs.in_proj_bias.normal_()
        for name, weight in zip("qkv", theirs.in_proj_weight.chunk(3), strict=True):
            getattr(ours, name).weight.copy_(weight)
        ours.out.load_state_dict(theirs.out_proj.state_dict())
        if bias:
            for name, value in zip("qkv", theirs.in_proj_bias.chunk(3), strict=True):
                getattr(ours, name).bias.copy_(value)
    x, memory = torch.randn(2, 5, d_model), torch.randn(2, 8, d_model)
    real = torch.tensor([[1, 1, 1, 1, 1, 1, 0, 0], [1] * 8])
    options = {"average_attn_weights": False}

    output, weights = ours(x, memory, mask=padding_mask(real))
    expected = theirs(x, memory, memory, key_padding_mask=real == 0, **options)
    torch.testing.assert_close((output, weights), expected)

    output, weights = ours(x, mask=causal_mask(5))
    expected = theirs(x, x, x, attn_mask=~causal_mask(5), **options)
    torch.testing.assert_close((output, weights), expected)


def test_grouped_heads_equal_torch():
    torch.manual_seed(0)
    ours = MultiHeadAttention(16, 8, n_kv_heads=2).eval()
    x = torch.randn(2, 5, 16)
    q, k, v = ours.split(ours.q(x)), ours.split(ours.k(x)), ours.split(ours.v(x))
    context = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
    expected = ours.out(context.transpose(1, 2).reshape(2, 5, 16))
    torch.testing.assert_close(ours(x, mask=causal_mask(5))[0], expected)


def test_the_cache_gives_what_the_whole_gives():
    torch.manual_seed(0)
    attention, cache = MultiHeadAttention(12, 3).eval(), KeyValueCache()
    x = torch.randn(2, 6, 12)
    whole, _ = attention(x, mask=causal_mask(6))
    parts = [x[:, :3], x[:, 3:4], x[:, 4:]]
    pieces = [
        attention(p, mask=causal_mask(p.size(1), len(cache) + p.size(1)), cache=cache)[0]
        for p in parts
    ]
    torch.testing.assert_close(torch.cat(pieces, 1), whole)
    assert len(cache) == 6
    cache.reorder(torch.tensor([1, 1]))
    assert torch.equal(cache.key[0], cache.key[1])


def test_dropout_only_in_training():
    torch.manual_seed(0)
    attention, x = MultiHeadAttention(8, 2, dropout=0.5), torch.randn(1, 20, 8)
    assert (attention.train()(x)[1] == 0).any()
    assert not (attention.eval()(x)[1] == 0).any()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: MultiHeadAttention(10, 3), ["d_model=10", "n_heads=3"]),
        (lambda: MultiHeadAttention(12, 6, n_kv_heads=4), ["n_heads=6", "n_kv_heads=4"]),
        (
            lambda: scaled_dot_product_attention(*(torch.ones(2, n) for n in (3, 4, 4))),
            ["(2, 3)", "(2, 4)"],
        ),
        (
            lambda: scaled_dot_product_attention(
                torch.ones(2, 3), torch.ones(4, 3), torch.ones(5, 3)
            ),
            ["(4, 3)", "(5, 3)"],
        ),
        (lambda: masked_softmax(torch.ones(2, 4, 4), torch.ones(4, 3).bool()), ["(4, 3)", "4)"]),
        (lambda: masked_softmax(torch.ones(4, 4), torch.ones(2, 4, 4).bool()), ["(2, 4, 4)"]),
        (lambda: masked_softmax(torch.ones(4, 4), torch.ones(4, 4).long()), ["torch.int64"]),
        (lambda: padding_mask(torch.ones(2, 1, 4)), ["(2, 1, 4)"]),
    ],
)
def test_bad_input_names_the_sizes(call, words):
    with pytest.raises(ValueError) as error:
        call()
    assert all(word in str(error.value) for word in words), str(error.value)
