r"""Attention of short rows by plain products, while a CPU trains in bf16.

There the backward pass of torch's fused attention is slow: with rows of 16 tokens it takes ten
times as long as that of two products and a softmax, with 128 twice, with 512 as long. The products
keep the weights of each row in memory, so longer rows are left to the fused kernel, as is whatever
is computed without gradients. The arithmetic is that of the library's ``eager`` attention: scores
are rounded to bf16, as they are not in the fused call, and their softmax is taken in fp32:

.. math:: \mathrm{softmax}(s\,QK^T + \text{bias} + \text{mask})\,V
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from contextvars import ContextVar

import torch
from torch import nn

from ... import libraries

LONGEST = 128  # tokens of a row that are still short
_ON: ContextVar[bool] = ContextVar("products of short rows", default=False)


@contextlib.contextmanager
def products() -> Iterator[None]:
    """Within, short rows that have gradients in bf16 on a CPU are attended to by products."""
    _register()
    before = _ON.set(True)
    try:
        yield
    finally:
        _ON.reset(before)


@functools.cache
def _register() -> None:
    """Stand before the library's function for fused attention; each call is decided on."""
    known = libraries.transformers("AttentionInterface")
    known.register("sdpa", functools.partial(_attend, known()["sdpa"]))


def _attend(
    library: Callable,
    module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    **how,
) -> tuple[torch.Tensor, None]:
    """What the library calls for fused attention: short rows by :func:`attention`."""
    plain = _ON.get() and not any(how.get(name) is not None for name in ("cache", "softcap"))
    if not plain or not _short(query, key, value):
        return library(module, query, key, value, attention_mask, **how)
    causal = how.get("is_causal")
    causal = getattr(module, "is_causal", True) if causal is None else causal
    mixed = attention(
        *(part.to(torch.bfloat16) for part in (query, key, value)), attention_mask,
        dropout=how.get("dropout", 0.0), scaling=how.get("scaling"),
        causal=bool(causal) and attention_mask is None and query.shape[2] > 1,
        bias=how.get("position_bias"),
    )  # fmt: skip
    return mixed.transpose(1, 2).contiguous(), None


def _short(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> bool:
    return (
        query.device.type == "cpu"
        and _in_bf16(query, key, value)
        and torch.is_grad_enabled()
        and (query.requires_grad or key.requires_grad or value.requires_grad)
        and query.shape[2] * key.shape[2] <= LONGEST**2
    )


def _in_bf16(*parts: torch.Tensor) -> bool:
    """Whether the fused call would compute in bf16: rotated queries may come to it in fp32."""
    if torch.is_autocast_enabled("cpu"):
        return torch.get_autocast_dtype("cpu") == torch.bfloat16
    return all(part.dtype == torch.bfloat16 for part in parts)


def attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None = None,
    *,
    dropout: float = 0.0,
    scaling: float | None = None,
    causal: bool = False,
    bias: torch.Tensor | None = None,
) -> torch.Tensor:
    """Scaled dot-product attention by two products.

    In fp32 it is what the library's fused call computes, to the order of sums.

    Parameters
    ----------
    query : torch.Tensor, shape (batch, n_heads, n_queries, head_size)
    key, value : torch.Tensor, shape (batch, n_key_heads, n_keys, head_size)
        Each of the ``n_key_heads`` is shared by ``n_heads / n_key_heads`` heads.
    mask : torch.Tensor, optional
        Of a shape that broadcasts to (batch, n_heads, n_queries, n_keys): bool, False where a
        query does not look, or what is added to the scores.
    dropout : float
        Share of the weights that is dropped.
    scaling : float, optional
        Of the scores; ``head_size ** -0.5`` when not given.
    causal : bool
        Whether query ``i`` sees keys up to ``i`` only.
    bias : torch.Tensor, optional
        Added to the scores, of relative positions.

    Returns
    -------
    torch.Tensor, shape (batch, n_heads, n_queries, head_size)
    """
    shared = query.shape[1] // key.shape[1]
    if shared > 1:
        key, value = (part.repeat_interleave(shared, dim=1) for part in (key, value))
    scaling = query.shape[-1] ** -0.5 if scaling is None else scaling
    scores = torch.matmul(query, key.transpose(2, 3)) * scaling
    if bias is not None:
        scores = scores + bias
    if causal:
        places = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device)
        mask = places.tril()
    if mask is not None and mask.dtype == torch.bool:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    elif mask is not None:
        scores = scores + mask
    weights = torch.softmax(scores, dim=-1, dtype=torch.float32).to(value.dtype)
    return torch.matmul(nn.functional.dropout(weights, dropout, training=dropout > 0), value)
