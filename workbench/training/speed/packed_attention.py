"""Attention among texts that lie end to end in one row of tokens.

Everything else in an encoder works on a single token; attention alone has to know where a text
ends. Texts of similar length are laid side by side for it, so that a few large products do the work
of many small ones; what is computed beyond a text's end is masked and reaches nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import nn

from ... import libraries
from .noise import keep_factors

IMPLEMENTATION = "workbench_packed"
_CACHED = 2**18  # scores of a piece of attention
_WASTE = 4096  # squared tokens that padding may cost before a further group is cheaper


@dataclass
class Group:
    """Texts whose attention is computed together.

    Parameters
    ----------
    start, end : int
        The texts' tokens in the row.
    lengths : list of int
        Tokens of each text, the longest first.
    """

    start: int
    end: int
    lengths: list[int]
    _made: dict = field(default_factory=dict, repr=False)

    @property
    def longest(self) -> int:
        return self.lengths[0]

    def index(self, heads: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        """Where the rows of a ``(n_tokens * heads, head_size)`` block go, and where from.

        Returns
        -------
        there : torch.Tensor of int64, shape (n_texts * heads * longest,)
            For each place of ``(n_texts, heads, longest)`` the row it is filled with; places after
            a text's end take its first token.
        back : torch.Tensor of int64, shape (n_tokens * heads,)
            For each row its place.
        """
        if heads not in self._made:
            lengths = torch.tensor(self.lengths)
            first = lengths.cumsum(0) - lengths
            places = torch.arange(self.longest)
            inside = places < lengths[:, None]  # (n_texts, longest)
            tokens = torch.where(inside, first[:, None] + places, first[:, None])
            head = torch.arange(heads)[:, None]
            there = tokens[:, None] * heads + head  # (n_texts, heads, longest)
            total = sum(self.lengths)  # no number is asked for: a pass may be by shapes alone
            texts = torch.arange(len(lengths)).repeat_interleave(lengths, output_size=total)
            at = torch.arange(total) - first[texts]  # one a token, in the row's order
            back = (texts[:, None] * heads + head.T) * self.longest + at[:, None]
            self._made[heads] = there.flatten().to(device), back.flatten().to(device)
        return self._made[heads]

    def outside(self, heads: int, device: torch.device) -> torch.Tensor | None:
        """Bool, shape (n_texts * heads, longest): places after a text's end, ``None`` if none."""
        if self.lengths[-1] == self.longest:
            return None
        if "outside" not in self._made:
            lengths = torch.tensor(self.lengths).repeat_interleave(heads)
            self._made["outside"] = (torch.arange(self.longest) >= lengths[:, None]).to(device)
        return self._made["outside"]

    def pieces(self, heads: int) -> list[slice]:
        """Parts of the ``n_texts * heads`` score matrices; one's matrices fit into a core's cache.

        What is done to the scores of a long text then meets them there, and not in memory.
        """
        count = len(self.lengths) * heads
        step = max(1, _CACHED // self.longest**2)
        return [slice(start, min(start + step, count)) for start in range(0, count, step)]


@dataclass
class Packed:
    """Where texts lie in a row of tokens.

    Parameters
    ----------
    groups : list of Group
        In the row's order.
    first : torch.Tensor of int64, shape (n_texts,)
        Position of the first token of each text.
    """

    groups: list[Group]
    first: torch.Tensor

    @classmethod
    def of(cls, lengths: list[int], device: torch.device) -> Packed:
        """Groups of neighbouring texts; the longest text should come first."""
        sizes = torch.tensor(lengths)
        first = (sizes.cumsum(0) - sizes).to(device)
        groups: list[Group] = []
        start = waste = 0
        for length in lengths:
            last = groups[-1] if groups else None
            extra = last.longest**2 - length**2 if last else -1
            if last is not None and extra >= 0 and waste + extra <= _WASTE:
                last.lengths.append(length)
                last.end, waste = start + length, waste + extra
            else:
                groups.append(Group(start, start + length, [length]))
                waste = 0
            start += length
        return cls(groups, first)


class _Attention(torch.autograd.Function):
    r"""Softmax attention of the groups, forwards and backwards.

    With the gradient ``dO`` of the context, dropout factors ``M``, and ``P`` the softmax:

    .. math:: dV = (P \circ M)^T dO, \quad dP = (dO V^T) \circ M, \quad
              dS = P \circ (dP - \sum_k P \circ dP), \quad dQ = s\,dS K, \quad dK = s\,dS^T Q
    """

    @staticmethod
    def forward(context, query, key, value, packed, probability, scaling):
        # query, key, value: (n_tokens, heads, head_size)
        tokens, heads, size = query.shape
        rows = [part.reshape(tokens * heads, size) for part in (query, key, value)]
        out = torch.empty_like(rows[2])
        kept = []
        for group in packed.groups:
            block = slice(group.start * heads, group.end * heads)
            there, back = group.index(heads, query.device)
            shape = (len(group.lengths) * heads, group.longest, size)
            q, k, v = (part[block].index_select(0, there).view(shape) for part in rows)
            outside = group.outside(heads, query.device)
            mixed = torch.empty_like(v)
            kept += [q, k, v]
            for piece in group.pieces(heads):
                scores = _product(q[piece], k[piece].transpose(1, 2), scaling).float()
                if outside is not None:
                    scores.masked_fill_(outside[piece, None], float("-inf"))
                weights = torch.softmax(scores, dim=-1)
                factors = None
                if probability > 0:
                    factors = keep_factors(tuple(weights.shape), probability)
                used = weights if factors is None else weights * factors
                torch.bmm(used.to(v.dtype), v[piece], out=mixed[piece])
                kept += [weights, factors]
            torch.index_select(mixed.view(-1, size), 0, back, out=out[block])
        context.save_for_backward(*kept)
        context.packed, context.scaling, context.shape = packed, scaling, (tokens, heads, size)
        return out.view(tokens, heads, size)

    @staticmethod
    def backward(context, gradient):
        tokens, heads, size = context.shape
        rows = gradient.reshape(tokens * heads, size)
        saved = iter(context.saved_tensors)
        gradients = [torch.empty_like(rows) for _ in range(3)]
        for group in context.packed.groups:
            q, k, v = (next(saved) for _ in range(3))
            block = slice(group.start * heads, group.end * heads)
            there, back = group.index(heads, rows.device)
            mixed = rows[block].index_select(0, there).view(q.shape)
            outside = group.outside(heads, rows.device)
            if outside is not None:  # what lies after a text's end has no part in the loss
                mixed.masked_fill_(outside[:, :, None], 0)
            parts = [torch.empty_like(q) for _ in range(3)]  # for query, key and value
            for piece in group.pieces(heads):
                weights, factors = next(saved), next(saved)
                used = weights if factors is None else weights * factors
                torch.bmm(used.to(mixed.dtype).transpose(1, 2), mixed[piece], out=parts[2][piece])
                upon = torch.bmm(mixed[piece], v[piece].transpose(1, 2)).float()
                if factors is not None:
                    upon.mul_(factors)
                upon.mul_(weights)
                scores = upon.sub_(weights * upon.sum(-1, keepdim=True)).to(q.dtype)
                _product(scores, k[piece], context.scaling, out=parts[0][piece])
                _product(scores.transpose(1, 2), q[piece], context.scaling, out=parts[1][piece])
            for whole, part in zip(gradients, parts, strict=True):
                torch.index_select(part.view(-1, size), 0, back, out=whole[block])
        return *(part.view(tokens, heads, size) for part in gradients), None, None, None


def _product(left: torch.Tensor, right: torch.Tensor, scale: float, out=None) -> torch.Tensor:
    """``scale * left @ right`` of batches of matrices, in one pass."""
    return torch.baddbmm(left.new_empty(1, 1, 1), left, right, beta=0, alpha=scale, out=out)


def packed_attention(
    module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    packed: Packed | None = None,
    **_,
) -> tuple[torch.Tensor, None]:
    """Attention of texts laid end to end, each within itself.

    Parameters
    ----------
    query, key, value : torch.Tensor, shape (1, n_heads, n_tokens, head_size)
    dropout : float
        Share of the attention weights that is dropped.
    scaling : float, optional
        Of the scores; ``head_size ** -0.5`` when not given.
    packed : Packed

    Returns
    -------
    (context, None)
        ``context`` has shape (1, n_tokens, n_heads, head_size).
    """
    query, key, value = (part[0].transpose(0, 1) for part in (query, key, value))
    scaling = query.shape[-1] ** -0.5 if scaling is None else scaling
    if query.is_cuda:  # of a run that began without padding
        context = _on_cuda(query, key, value, packed, dropout, scaling)
    else:  # two plain products train faster here than the fused kernel
        context = _Attention.apply(query, key, value, packed, dropout, scaling)
    return context[None], None


def _on_cuda(query, key, value, packed, dropout, scaling):
    """The same through torch's fused kernels. Shapes (n_tokens, heads, head_size)."""
    tokens, heads, size = query.shape
    rows = [part.reshape(tokens * heads, size) for part in (query, key, value)]
    parts = []
    for group in packed.groups:
        block = slice(group.start * heads, group.end * heads)
        there, back = group.index(heads, query.device)
        shape = (len(group.lengths), heads, group.longest, size)
        q, k, v = (part[block].index_select(0, there).view(shape) for part in rows)
        outside = group.outside(heads, query.device)
        mask = None if outside is None else ~outside.view(*shape[:2], 1, -1)
        mixed = nn.functional.scaled_dot_product_attention(
            q, k, v, attn_mask=mask, dropout_p=dropout, scale=scaling
        )
        parts.append(mixed.reshape(-1, size).index_select(0, back))
    return torch.cat(parts).view(tokens, heads, size)


libraries.transformers("AttentionInterface").register(IMPLEMENTATION, packed_attention)
