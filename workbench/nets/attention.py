"""Attention: every position asks, every position answers, the answers are averaged.

Vaswani et al. 2017, "Attention Is All You Need", section 3.2.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional as F


def causal_mask(queries: int, keys: int | None = None, device=None) -> torch.Tensor:
    """Who may look where when nobody may see the future.

    With more keys than queries (a cache holds the past) the last query sits on the last key.

    Returns
    -------
    torch.Tensor of bool, shape (T, S), True where the query may look

    >>> causal_mask(2, 3).int().tolist()
    [[1, 1, 0], [1, 1, 1]]
    """
    keys = queries if keys is None else keys
    return torch.ones(queries, keys, dtype=torch.bool, device=device).tril(keys - queries)


def padding_mask(attention_mask: torch.Tensor) -> torch.Tensor:
    """Turn a tokenizer's 0/1 mask, shape (B, S), into one for attention, shape (B, 1, 1, S)."""
    if attention_mask.dim() != 2:
        raise ValueError(
            f"attention_mask has shape {tuple(attention_mask.shape)}; (batch, positions) is needed."
        )
    return attention_mask[:, None, None, :].bool()


def check_mask(mask: torch.Tensor, scores_shape: torch.Size) -> None:
    """Raise ValueError unless ``mask`` is bool or float and fits scores of that shape."""
    if mask.dtype != torch.bool and not mask.is_floating_point():
        raise ValueError(
            f"A mask is bool (True = may look) or float (added to the scores), not {mask.dtype}; "
            "padding_mask() turns a tokenizer's 0/1 mask into one."
        )
    sizes = list(zip(reversed(mask.shape), reversed(scores_shape), strict=False))
    if mask.dim() > len(scores_shape) or any(m not in (1, s) for m, s in sizes):
        raise ValueError(
            f"A mask of shape {tuple(mask.shape)} does not fit scores of shape "
            f"{tuple(scores_shape)} (..., queries, keys)."
        )


def masked_softmax(scores: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
    """Softmax over the last axis, of the places the mask allows.

    A row that may look nowhere gets zeros (it learns nothing and disturbs nothing) where the bare
    formula would give NaN.
    """
    if mask is None:
        return scores.softmax(-1)
    check_mask(mask, scores.shape)
    allowed = mask if mask.dtype == torch.bool else mask > -math.inf
    nowhere = ~allowed.any(-1, keepdim=True)  # (..., T, 1)
    if mask.dtype == torch.bool:
        scores = scores.masked_fill(~(allowed | nowhere), -math.inf)
    else:
        scores = scores + mask.masked_fill(nowhere, 0.0)
    return scores.softmax(-1).masked_fill(nowhere, 0.0)


def scaled_dot_product_attention(query, key, value, mask=None, *, dropout: float = 0.0):
    """Attention(Q, K, V) = softmax(Q Kᵀ / √d_k) V, equation (1) of the paper.

    Parameters
    ----------
    query : torch.Tensor, shape (..., T, d_k)
    key : torch.Tensor, shape (..., S, d_k)
    value : torch.Tensor, shape (..., S, d_v)
    mask : torch.Tensor, optional, broadcast to (..., T, S)
        Bool (True = may look) or float (added to the scores, -inf forbids).
    dropout : float, share of the weights that is dropped

    Returns
    -------
    context : torch.Tensor, shape (..., T, d_v)
    weights : torch.Tensor, shape (..., T, S)
        Each row sums to one, or is zero where the mask allows nothing.

    Raises
    ------
    ValueError
        If the shapes do not fit, or the mask has the wrong shape or dtype.
    """
    if query.size(-1) != key.size(-1) or key.size(-2) != value.size(-2):
        raise ValueError(
            f"query {tuple(query.shape)}, key {tuple(key.shape)} and value {tuple(value.shape)} do "
            "not fit: query and key share the last size, key and value the last but one."
        )
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))  # (..., T, S)
    weights = F.dropout(masked_softmax(scores, mask), dropout)
    return weights @ value, weights


def attention_gradient(query, key, value, grad_context, mask=None):
    """The gradient of attention, by hand: what autograd does on the way back.

    With W = softmax(Q Kᵀ / √d_k): dV = Wᵀ dC, dW = dC Vᵀ, then through the softmax
    dS = W ∘ (dW - rowsum(dW ∘ W)), and dQ = dS K / √d_k, dK = dSᵀ Q / √d_k.

    Returns
    -------
    (grad_query, grad_key, grad_value), each of its input's shape
    """
    _, weights = scaled_dot_product_attention(query, key, value, mask)
    grad_value = weights.transpose(-2, -1) @ grad_context
    grad_weights = grad_context @ value.transpose(-2, -1)
    mean = (grad_weights * weights).sum(-1, keepdim=True)
    grad_scores = weights * (grad_weights - mean) / math.sqrt(query.size(-1))
    return grad_scores @ key, grad_scores.transpose(-2, -1) @ query, grad_value


class KeyValueCache:
    """The keys and values one attention layer has already computed, each (B, H, S, d)."""

    def __init__(self):
        self.key = self.value = None

    def __len__(self) -> int:
        return 0 if self.key is None else self.key.size(-2)

    def extend(self, key, value):
        """Append along the positions and return all there is."""
        if self.key is not None:
            key = torch.cat([self.key, key], dim=-2)
            value = torch.cat([self.value, value], dim=-2)
        self.key, self.value = key, value
        return key, value

    def reorder(self, rows: torch.Tensor) -> None:
        """Keep these rows of the batch, in this order (beam search moves its beams)."""
        if self.key is not None:
            self.key, self.value = self.key[rows], self.value[rows]


class MultiHeadAttention(nn.Module):
    """H attentions beside each other, each on its own projection of the width.

    Parameters
    ----------
    d_model : int, width of the model; divisible by ``n_heads``
    n_heads : int, heads that ask
    n_kv_heads : int, optional
        Heads that answer; fewer than ``n_heads`` is grouped-query attention (Ainslie et al. 2023).
    bias : bool, whether the four projections have one
    dropout : float, share of the attention weights dropped in training
    rotary : callable, optional
        ``rotary(x, positions)`` turns queries and keys by their position; see ``positions.Rotary``.
    """

    def __init__(self, d_model, n_heads, *, n_kv_heads=None, bias=True, dropout=0.0, rotary=None):
        super().__init__()
        n_kv_heads = n_heads if n_kv_heads is None else n_kv_heads
        if d_model % n_heads:
            raise ValueError(
                f"d_model={d_model} is not divisible by n_heads={n_heads}: heads share the width."
            )
        if n_heads % n_kv_heads:
            raise ValueError(
                f"n_heads={n_heads} is not divisible by n_kv_heads={n_kv_heads}: "
                "every answering head serves as many asking heads."
            )
        self.n_heads, self.n_kv_heads, self.head_size = n_heads, n_kv_heads, d_model // n_heads
        self.q = nn.Linear(d_model, d_model, bias=bias)
        self.k = nn.Linear(d_model, n_kv_heads * self.head_size, bias=bias)
        self.v = nn.Linear(d_model, n_kv_heads * self.head_size, bias=bias)
        self.out = nn.Linear(d_model, d_model, bias=bias)
        self.dropout, self.rotary = dropout, rotary

    def split(self, x: torch.Tensor) -> torch.Tensor:
        """(B, T, H·d) -> (B, H, T, d)"""
        return x.unflatten(-1, (-1, self.head_size)).transpose(1, 2)

    def forward(self, x, memory=None, *, mask=None, cache=None, positions=None):
        """Let ``x`` (B, T, D) ask ``memory`` (B, S, D), or itself when there is none.

        Returns
        -------
        output : torch.Tensor, shape (B, T, D)
        weights : torch.Tensor, shape (B, H, T, S)
        """
        q = self.split(self.q(x))  # (B, H, T, d)
        if memory is not None and cache is not None and len(cache):
            k, v = cache.key, cache.value  # the memory does not change while decoding
        else:
            source = x if memory is None else memory
            k, v = self.split(self.k(source)), self.split(self.v(source))  # (B, H_kv, S, d)
            if self.rotary is not None:
                q, k = self.rotary(q, positions), self.rotary(k, positions)
            if cache is not None:
                k, v = cache.extend(k, v)
        group = self.n_heads // self.n_kv_heads
        if group > 1:
            k, v = k.repeat_interleave(group, dim=1), v.repeat_interleave(group, dim=1)
        dropout = self.dropout if self.training else 0.0
        context, weights = scaled_dot_product_attention(q, k, v, mask, dropout=dropout)
        return self.out(context.transpose(1, 2).flatten(2)), weights  # (B, T, D)
