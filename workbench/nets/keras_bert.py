"""BERT once more in Keras 3, for readers who come from TensorFlow (Devlin et al. 2019).

``BertModel`` is made of ``BertEmbeddings``, ``BertEncoder`` (a ``BertBlock`` a layer) and
``BertPooler``. Each takes over the weights of its twin of :mod:`workbench.nets.bert`.

Keras reads its backend from the environment when it is first imported: torch unless
``KERAS_BACKEND`` says tensorflow or jax. Install it with the extra ``teach``.
"""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras  # noqa: E402
from keras import ops  # noqa: E402

from .positions import check_length  # noqa: E402


def numbers(module):
    """The arrays of a torch module as Keras keeps them: a Dense's matrix is transposed there."""
    arrays = [p.detach().cpu().numpy() for p in module.parameters()]
    return [arrays[0].T, *arrays[1:]] if type(module).__name__ == "Linear" else arrays


class BertBlock(keras.layers.Layer):
    """Attention and feed-forward with a residual and a layer norm after each.

    Called with ``x`` (B, T, D), float32, and ``attention_mask`` (B, T), 1 at tokens and 0 at
    padding; gives (B, T, D). A row without a single token gets zeros from the attention, as in the
    torch block.
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
        around = {"attention_norm": layer.around_attention.norm}
        around["feed_forward_norm"] = layer.around_feed_forward.norm
        for name, source in (dense | around).items():
            getattr(self, name).set_weights(numbers(source))
        return self


class BertEmbeddings(keras.layers.Layer):
    """word + position + segment, normed: ids (B, T) of int -> (B, T, D)."""

    def __init__(self, config, **options):
        super().__init__(**options)
        width, self.max_length = config.hidden_size, config.max_position_embeddings
        self.word = keras.layers.Embedding(config.vocab_size, width)
        self.position = keras.layers.Embedding(self.max_length, width)
        self.segment = keras.layers.Embedding(config.type_vocab_size, width)
        self.norm = keras.layers.LayerNormalization(epsilon=config.layer_norm_eps)
        self.dropout = keras.layers.Dropout(config.hidden_dropout_prob)
        self.width = width

    def build(self, shape):
        for table in (self.word, self.position, self.segment):
            table.build((None, None))
        self.norm.build((None, None, self.width))
        self.built = True

    def call(self, input_ids, token_type_ids=None, training=False):
        length = input_ids.shape[1]
        if length is not None:  # a symbolic input may leave it open
            check_length(length, self.max_length)
        segments = ops.zeros_like(input_ids) if token_type_ids is None else token_type_ids
        places = ops.arange(ops.shape(input_ids)[1])
        x = self.word(input_ids) + self.position(places) + self.segment(segments)
        return self.dropout(self.norm(x), training=training)

    def copy_from(self, embeddings):
        """Take over a torch ``bert.BertEmbeddings``."""
        self.build(None)
        for name in ("word", "position", "segment", "norm"):
            getattr(self, name).set_weights(numbers(getattr(embeddings, name)))
        return self


class BertEncoder(keras.layers.Layer):
    """The blocks one after the other: (B, T, D) and a mask (B, T) -> (B, T, D)."""

    def __init__(self, config, **options):
        super().__init__(**options)
        if config.hidden_act != "gelu":
            raise ValueError(f"hidden_act={config.hidden_act!r}: the Keras block computes gelu.")
        after, inside = config.hidden_dropout_prob, config.attention_probs_dropout_prob
        if after != inside:
            raise ValueError(
                f"hidden_dropout_prob={after} and attention_probs_dropout_prob={inside}: "
                "the Keras block has one for both."
            )
        sizes = config.hidden_size, config.num_attention_heads, config.intermediate_size
        more = {"dropout": after, "epsilon": config.layer_norm_eps}
        self.blocks = [BertBlock(*sizes, **more) for _ in range(config.num_hidden_layers)]

    def build(self, shape):
        for block in self.blocks:
            block.build(shape)
        self.built = True

    def call(self, x, attention_mask=None, training=False):
        for block in self.blocks:
            x = block(x, attention_mask, training=training)
        return x

    def copy_from(self, encoder):
        """Take over a torch ``transformer.Encoder`` of as many layers."""
        for block, layer in zip(self.blocks, encoder.layers, strict=True):
            block.copy_from(layer)
        self.built = True
        return self


class BertPooler(keras.layers.Layer):
    """The state of the first token, through a dense layer and tanh: (B, T, D) -> (B, D)."""

    def __init__(self, config, **options):
        super().__init__(**options)
        self.dense = keras.layers.Dense(config.hidden_size, activation="tanh")
        self.width = config.hidden_size

    def build(self, shape):
        self.dense.build((None, self.width))
        self.built = True

    def call(self, x):
        return self.dense(x[:, 0])

    def copy_from(self, dense):
        """Take over a torch ``bert.Bert.pooler``."""
        self.build(None)
        self.dense.set_weights(numbers(dense))
        return self


class BertModel(keras.Model):
    """The body of a BERT: called as the torch one, gives the states and the pooled first one.

    Parameters
    ----------
    config : bert.BertConfig

    Called with ``input_ids`` (B, T) of int, ``attention_mask`` (B, T), 1 at tokens and 0 at
    padding, and ``token_type_ids`` (B, T); gives (B, T, D) and (B, D) of float32.
    """

    def __init__(self, config, **options):
        super().__init__(**options)
        self.embeddings, self.encoder = BertEmbeddings(config), BertEncoder(config)
        self.pooler = BertPooler(config)

    def call(self, input_ids, attention_mask=None, token_type_ids=None, training=False):
        x = self.embeddings(input_ids, token_type_ids, training=training)
        x = self.encoder(x, attention_mask, training=training)
        return x, self.pooler(x)

    @classmethod
    def from_torch(cls, bert):
        """A model with the weights of a torch ``bert.Bert``, which needs a pooler."""
        if bert.pooler is None:
            raise ValueError("This Bert was made with pooler=False; the Keras model has a pooler.")
        model = cls(bert.config)
        for name in ("embeddings", "encoder", "pooler"):
            getattr(model, name).copy_from(getattr(bert, name))
        return model
