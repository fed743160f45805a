"""The BERT block once more in Keras 3, for readers who come from TensorFlow.

Keras reads its backend from the environment when it is first imported: torch unless
``KERAS_BACKEND`` says tensorflow or jax. Install it with the extra ``teach``.
"""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras  # noqa: E402
from keras import ops  # noqa: E402


class BertBlock(keras.layers.Layer):
    """Attention and feed-forward with a residual and a layer norm after each.

    Called with ``x`` (B, T, D) and ``attention_mask`` (B, T), 1 at tokens and 0 at padding. A row
    without a single token gets zeros from the attention, as in the torch block.
    """

    def __init__(self, d_model, n_heads, d_ff, *, dropout=0.1, epsilon=1e-12, **options):
        super().__init__(**options)
        if d_model % n_heads:
            raise ValueError(
                f"d_model={d_model} is not divisible by n_heads={n_heads}: heads share the width."
            )
        self.n_heads, self.head_size = n_heads, d_model // n_heads
        self.q, self.k, self.v, self.out = (keras.layers.Dense(d_model) for _ in range(4))
        self.inner, self.outer = keras.layers.Dense(d_ff), keras.layers.Dense(d_model)
        self.attention_norm = keras.layers.LayerNormalization(epsilon=epsilon)
        self.feed_forward_norm = keras.layers.LayerNormalization(epsilon=epsilon)
        self.dropout = keras.layers.Dropout(dropout)
        self.d_model, self.d_ff = d_model, d_ff

    def build(self, shape):
        for dense in (self.q, self.k, self.v, self.out, self.inner):
            dense.build((None, None, self.d_model))
        self.outer.build((None, None, self.d_ff))
        self.attention_norm.build((None, None, self.d_model))
        self.feed_forward_norm.build((None, None, self.d_model))
        self.built = True

    def split(self, x):
        """(B, T, H·d) -> (B, H, T, d)"""
        length = ops.shape(x)[1]
        x = ops.reshape(x, (-1, length, self.n_heads, self.head_size))
        return ops.transpose(x, (0, 2, 1, 3))

    def attend(self, x, mask, training):
        q, k, v = self.split(self.q(x)), self.split(self.k(x)), self.split(self.v(x))
        scores = q @ ops.transpose(k, (0, 1, 3, 2)) / self.head_size**0.5  # (B, H, T, T)
        if mask is not None:
            allowed = ops.cast(mask, "bool")[:, None, None, :]
            scores = ops.where(allowed, scores, -1e9)
            weights = ops.softmax(scores) * ops.cast(allowed, scores.dtype)
        else:
            weights = ops.softmax(scores)
        context = ops.transpose(self.dropout(weights, training=training) @ v, (0, 2, 1, 3))
        return self.out(ops.reshape(context, (-1, ops.shape(x)[1], self.d_model)))

    def call(self, x, attention_mask=None, training=False):
        attended = self.dropout(self.attend(x, attention_mask, training), training=training)
        x = self.attention_norm(x + attended)
        inner = keras.activations.gelu(self.inner(x), approximate=False)
        return self.feed_forward_norm(x + self.dropout(self.outer(inner), training=training))

    def copy_from(self, layer):
        """Take over a torch ``transformer.Layer``; Keras keeps its matrices transposed."""
        self.build(None)
        dense = {name: getattr(layer.attention, name) for name in ("q", "k", "v", "out")}
        dense |= {"inner": layer.feed_forward.inner, "outer": layer.feed_forward.outer}
        for name, source in dense.items():
            weight, bias = (p.detach().cpu().numpy() for p in (source.weight, source.bias))
            getattr(self, name).set_weights([weight.T, bias])
        norms = {
            "attention_norm": layer.around_attention.norm,
            "feed_forward_norm": layer.around_feed_forward.norm,
        }
        for name, source in norms.items():
            getattr(self, name).set_weights([p.detach().cpu().numpy() for p in source.parameters()])
        return self
