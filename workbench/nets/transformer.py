"""The Transformer of Vaswani et al. 2017: encoder, decoder and both together."""

from __future__ import annotations

import math
from functools import partial

from torch import nn
from torch.nn import functional as F

from .attention import KeyValueCache, MultiHeadAttention, causal_mask, padding_mask
from .positions import LearnedPositions, SinusoidalPositions
from .vocabulary import check_ids

ACTIVATIONS = {
    "relu": F.relu,
    "gelu": F.gelu,
    "gelu_new": partial(F.gelu, approximate="tanh"),
    "silu": F.silu,
}


class FeedForward(nn.Module):
    """FFN(x) = W₂ f(W₁ x + b₁) + b₂, at each position alone."""

    def __init__(self, d_model, d_ff, *, activation="relu", dropout=0.0):
        super().__init__()
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation={activation!r} is not one of {sorted(ACTIVATIONS)}.")
        self.inner, self.outer = nn.Linear(d_model, d_ff), nn.Linear(d_ff, d_model)
        self.activation, self.dropout = ACTIVATIONS[activation], nn.Dropout(dropout)

    def forward(self, x):
        return self.outer(self.dropout(self.activation(self.inner(x))))


class Residual(nn.Module):
    """The way around a sub-layer, with dropout and a layer norm before or after.

    post-norm (the paper, BERT)   ``norm(x + dropout(f(x)))``
    pre-norm (GPT-2 and later)    ``x + dropout(f(norm(x)))``; trains without a warm-up
    """

    def __init__(self, d_model, *, pre_norm, dropout=0.0, eps=1e-5):
        super().__init__()
        self.norm, self.dropout = nn.LayerNorm(d_model, eps=eps), nn.Dropout(dropout)
        self.pre_norm = pre_norm

    def forward(self, x, sublayer):
        if self.pre_norm:
            return x + self.dropout(sublayer(self.norm(x)))
        return self.norm(x + self.dropout(sublayer(x)))


class Layer(nn.Module):
    """Self-attention, then (``cross=True``) attention to a memory, then feed-forward.

    Parameters
    ----------
    d_model, n_heads, d_ff : int
    cross : bool, whether it also looks at a memory, as a decoder's layer does
    pre_norm : bool, see :class:`Residual`
    dropout : float or three floats
        Shares dropped in training: after a sub-layer, of the attention weights, inside the
        feed-forward; one number is all three, as in the paper.
    """

    def __init__(
        self,
        d_model,
        n_heads,
        d_ff,
        *,
        cross=False,
        pre_norm=False,
        activation="relu",
        dropout=0.1,
        eps=1e-5,
    ):
        super().__init__()
        after, attention, inner = dropout if isinstance(dropout, tuple) else (dropout,) * 3
        residual = partial(Residual, d_model, pre_norm=pre_norm, dropout=after, eps=eps)
        self.attention = MultiHeadAttention(d_model, n_heads, dropout=attention)
        self.around_attention = residual()
        if cross:
            self.cross = MultiHeadAttention(d_model, n_heads, dropout=attention)
            self.around_cross = residual()
        self.feed_forward = FeedForward(d_model, d_ff, activation=activation, dropout=inner)
        self.around_feed_forward = residual()

    def forward(self, x, mask=None, memory=None, memory_mask=None, cache=(None, None)):
        """Returns the new ``x`` (B, T, D) and the weights of the self- and the cross-attention."""
        weights = [None, None]

        def look(x):
            out, weights[0] = self.attention(x, mask=mask, cache=cache[0])
            return out

        def look_at_memory(x):
            out, weights[1] = self.cross(x, memory, mask=memory_mask, cache=cache[1])
            return out

        x = self.around_attention(x, look)
        if memory is not None:
            x = self.around_cross(x, look_at_memory)
        return self.around_feed_forward(x, self.feed_forward), weights


class Stack(nn.Module):
    """Layers on top of each other: an encoder, or with ``cross=True`` a decoder.

    Pre-norm layers leave their sum unnormed, so such a stack ends in one more norm.
    """

    def __init__(self, n_layers, d_model, n_heads, d_ff, *, pre_norm=False, eps=1e-5, **options):
        super().__init__()
        layer = partial(Layer, d_model, n_heads, d_ff, pre_norm=pre_norm, eps=eps, **options)
        self.layers = nn.ModuleList(layer() for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model, eps=eps) if pre_norm else nn.Identity()

    def new_cache(self):
        """One empty cache for the self- and one for the cross-attention of each layer."""
        return [(KeyValueCache(), KeyValueCache()) for _ in self.layers]

    def forward(self, x, mask=None, memory=None, memory_mask=None, cache=None):
        """
        Returns
        -------
        x : torch.Tensor, shape (B, T, D)
        weights : list of n_layers pairs (self, cross) of torch.Tensor, shape (B, H, T, S)
        """
        weights, caches = [], cache or [(None, None)] * len(self.layers)
        for layer, kept in zip(self.layers, caches, strict=True):
            x, layer_weights = layer(x, mask, memory, memory_mask, kept)
            weights.append(layer_weights)
        return self.norm(x), weights


Encoder = Stack
Decoder = partial(Stack, cross=True)


class Transformer(nn.Module):
    """Encoder and decoder: reads a source, writes a target.

    Parameters
    ----------
    source_vocab, target_vocab : int, sizes of the two vocabularies
    d_model, n_heads, n_layers, d_ff : int
        ``n_layers`` counts the encoder's, and the decoder has as many.
    max_length : int, positions, of source and of target
    positions : "sinusoidal" or "learned"
    pre_norm : bool
    pad_id : int, the id that fills up a batch, in both vocabularies
    """

    def __init__(
        self,
        source_vocab,
        target_vocab,
        *,
        d_model=64,
        n_heads=4,
        n_layers=2,
        d_ff=256,
        max_length=64,
        positions="sinusoidal",
        pre_norm=True,
        dropout=0.1,
        pad_id=0,
    ):
        super().__init__()
        places = {"sinusoidal": SinusoidalPositions, "learned": LearnedPositions}
        if positions not in places:
            raise ValueError(f"positions={positions!r} is not one of {sorted(places)}.")
        self.source_embedding = nn.Embedding(source_vocab, d_model)
        self.target_embedding = nn.Embedding(target_vocab, d_model)
        for embedding in (self.source_embedding, self.target_embedding):
            nn.init.normal_(embedding.weight, std=d_model**-0.5)
        self.source_positions = places[positions](max_length, d_model)
        self.target_positions = places[positions](max_length, d_model)
        shape = (n_layers, d_model, n_heads, d_ff)
        self.encoder = Encoder(*shape, pre_norm=pre_norm, dropout=dropout)
        self.decoder = Decoder(*shape, pre_norm=pre_norm, dropout=dropout)
        self.to_logits = nn.Linear(d_model, target_vocab)
        self.dropout, self.scale, self.pad_id = nn.Dropout(dropout), math.sqrt(d_model), pad_id

    def encode(self, source):
        """``source`` (B, S) -> memory (B, S, D), and the encoder's weights."""
        check_ids(source, self.source_embedding.num_embeddings)
        x = self.source_positions(self.source_embedding(source) * self.scale)
        return self.encoder(self.dropout(x), padding_mask(source != self.pad_id))

    def decode(self, target, memory, source, cache=None):
        """Logits (B, T, V) of what follows each of ``target`` (B, T), and the decoder's weights.

        With a ``cache`` (``decoder.new_cache()``), ``target`` is only what the cache has not seen.
        """
        check_ids(target, self.target_embedding.num_embeddings)
        past = len(cache[0][0]) if cache else 0
        x = self.target_embedding(target) * self.scale
        x = self.dropout(self.target_positions(x, past))
        length = target.size(1)
        future = causal_mask(length, past + length, device=target.device)
        x, weights = self.decoder(x, future, memory, padding_mask(source != self.pad_id), cache)
        return self.to_logits(x), weights

    def forward(self, source, target):
        """Logits (B, T, V): the row at t is the guess at target t + 1, having seen 0 .. t."""
        memory, _ = self.encode(source)
        return self.decode(target, memory, source)[0]

    def step(self, source):
        """The function that ``decoding`` asks for the next token's logits, for these sources."""
        memory, _ = self.encode(source)

        def step(target, cache=None):
            beams = len(target) // len(source)
            spread = memory.repeat_interleave(beams, 0), source.repeat_interleave(beams, 0)
            return self.decode(target, *spread, cache)[0]

        return step
