"""Attention by products is what the library's fused call computes, and is used where it pays."""

import itertools
from types import SimpleNamespace

import pytest
import torch

from tests.training.writers import WORDS
from tests.training.writers import model as model_of
from workbench import libraries
from workbench.training.speed import short_rows

LIBRARY = libraries.transformers("AttentionInterface")()["sdpa"]
MASKS = {
    "none": None,
    "bool": torch.tensor([[True, True, False, False, True, True]]),
    "added": torch.tensor([[0.0, 0.0, -1e9, 0.0, 0.5, -2.0]]),
}


def _heads(heads, tokens, dtype=torch.float32):
    return torch.randn(2, heads, tokens, 8, dtype=dtype, requires_grad=True)


def _both(parts, mask, **how):
    """Context and gradients of the same attention, the library's and by products."""
    module = SimpleNamespace(is_causal=how.pop("causal"))
    module.num_key_value_groups = parts[0].shape[1] // parts[1].shape[1]
    found = []
    for plain in (False, True):
        if plain:
            causal = module.is_causal and mask is None
            mixed = short_rows.attention(*parts, mask, causal=causal, scaling=how.get("scaling"),
                                         bias=how.get("position_bias")).transpose(1, 2)  # fmt: skip
        else:
            mixed = LIBRARY(module, *parts, mask, **how)[0]
        found.append([mixed, *torch.autograd.grad(mixed.square().sum(), parts)])
    return zip(*found, strict=True)


@pytest.mark.parametrize("heads, key_heads", [(4, 4), (4, 2), (6, 1)])
def test_products_are_the_librarys_attention(heads, key_heads):
    for kind, causal, scaling, biased in itertools.product(
        MASKS, (False, True), (None, 1.0), (False, True)
    ):
        parts = [_heads(heads, 6), _heads(key_heads, 6), _heads(key_heads, 6)]
        mask = MASKS[kind] if MASKS[kind] is None else MASKS[kind][None, None].expand(2, 1, 6, 6)
        bias = torch.randn(1, heads, 6, 6) if biased else None
        for theirs, ours in _both(parts, mask, causal=causal, scaling=scaling, position_bias=bias):
            torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def test_queries_of_another_text_are_the_librarys_too():
    parts = [_heads(4, 3), _heads(4, 7), _heads(4, 7)]
    for theirs, ours in _both(parts, None, causal=False):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def test_dropout_drops_weights_and_keeps_the_mean():
    parts = [_heads(4, 6) for _ in range(3)]
    whole = short_rows.attention(*parts)
    drawn = torch.stack([short_rows.attention(*parts, dropout=0.3) for _ in range(3000)])
    assert (drawn[0] - drawn[1]).abs().max() > 0.01
    torch.testing.assert_close(drawn.mean(0), whole, rtol=0, atol=0.08)


@pytest.fixture
def counted(monkeypatch):
    """How often products were taken."""
    calls, before = [], short_rows.attention
    monkeypatch.setattr(
        short_rows, "attention", lambda *a, **k: calls.append(1) or before(*a, **k)
    )
    return calls


def _loss(model, rows=2, tokens=10):
    torch.manual_seed(1)
    ids = torch.randint(5, len(WORDS), (rows, tokens))
    return model(input_ids=ids, attention_mask=torch.ones_like(ids), labels=ids).loss


@pytest.mark.parametrize("family", ["gpt2", "llama", "qwen2", "t5", "bart", "marian", "m2m"])
def test_a_step_in_bf16_is_nearly_the_librarys_in_fp32(family, counted):
    model = model_of(family).eval()  # no dropout
    exact, learnt = _loss(model), [part for part in model.parameters() if part.requires_grad]
    wanted = torch.autograd.grad(exact, learnt, allow_unused=True)
    with short_rows.products(), torch.autocast("cpu", torch.bfloat16):
        loss = _loss(model)
    assert counted, f"{family} does not call the fused attention"
    found = torch.autograd.grad(loss, learnt, allow_unused=True)
    apart = [(a - b).norm() for a, b in zip(found, wanted, strict=True) if a is not None]
    size = [b.norm() for b in wanted if b is not None]
    assert loss.item() == pytest.approx(exact.item(), rel=0.02)
    assert torch.stack(apart).norm() < 0.1 * torch.stack(size).norm()


def test_whatever_else_is_computed_stays_the_librarys(counted):
    model = model_of("llama").eval()
    with short_rows.products():
        _loss(model)  # in fp32
        with torch.autocast("cpu", torch.bfloat16):
            with torch.no_grad():
                _loss(model)
            _loss(model, tokens=short_rows.LONGEST + 1)
    with torch.autocast("cpu", torch.bfloat16):
        _loss(model)  # outside of a training step
    assert counted == []
