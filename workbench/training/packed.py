"""Padding-free forward passes: texts laid end to end, every product over real tokens only.

A batch of texts becomes one row of all their tokens. Everything in an encoder that works on a
single token (embeddings, projections, feed-forward, norms) then computes no padding at all. Only
attention has to know where a text ends: :func:`packed_attention`, registered with the library as an
attention implementation, takes the texts of one length together. The modules are the library's own,
so losses and gradients are the library's too, up to the order of floating-point sums.

A classifier reads the first token of the last layer alone; where the library's layer allows it,
what comes after that layer's attention is computed for the first tokens only.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import nn
from transformers import AttentionInterface

IMPLEMENTATION = "workbench_packed"


@dataclass
class Packed:
    """Where texts lie in a row of tokens.

    Parameters
    ----------
    groups : list of (int, int)
        ``(n_texts, n_tokens)`` of texts of one length that follow one another, in order.
    first : torch.Tensor of int64, shape (n_texts,)
        Position of the first token of each text.
    """

    groups: list[tuple[int, int]]
    first: torch.Tensor


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
    packed : Packed

    Returns
    -------
    (context, None)
        ``context`` has shape (1, n_tokens, n_heads, head_size).
    """
    _, heads, tokens, size = query.shape
    # (n_tokens, n_heads, head_size): the texts of one group are one block of it
    query, key, value = (part[0].transpose(0, 1) for part in (query, key, value))
    scaling = size**-0.5 if scaling is None else scaling
    sizes = [n_texts * length for n_texts, length in packed.groups]
    # split, not slices: the gradient of a slice fills a whole tensor with zeros, for every group
    blocks = zip(*(part.split(sizes) for part in (query, key, value)), strict=True)
    parts = []
    for (n_texts, length), block in zip(packed.groups, blocks, strict=True):
        q, k, v = (
            part.reshape(n_texts, length, heads, size).transpose(1, 2) for part in block
        )  # (n_texts, n_heads, length, head_size)
        if query.is_cuda:
            context = nn.functional.scaled_dot_product_attention(
                q, k, v, dropout_p=dropout, scale=scaling
            )
        else:  # on a CPU two plain products train faster than the fused kernel
            weights = torch.softmax(q @ k.transpose(-2, -1) * scaling, dim=-1, dtype=torch.float32)
            weights = nn.functional.dropout(weights, dropout).to(v.dtype)
            context = weights @ v
        parts.append(context.transpose(1, 2).reshape(n_texts * length, heads, size))
    return torch.cat(parts)[None], None


AttentionInterface.register(IMPLEMENTATION, packed_attention)


# model_type -> (attribute of the encoder's layers, the module between attention and feed-forward)
_LAST_LAYER = {
    "bert": "attention.output",
    "roberta": "attention.output",
    "electra": "attention.output",
}


def supports(model: nn.Module) -> bool:
    """Whether :class:`PackedClassifier` computes what this classifier computes.

    Only absolute positions, no cross-attention, no adapters, no wrappers around the known modules.
    """
    config = model.config
    known = {
        "bert": "BertForSequenceClassification",
        "roberta": "RobertaForSequenceClassification",
        "distilbert": "DistilBertForSequenceClassification",
        "electra": "ElectraForSequenceClassification",
        "albert": "AlbertForSequenceClassification",
    }
    return (
        known.get(config.model_type) == type(model).__name__
        and getattr(config, "position_embedding_type", "absolute") in ("absolute", None)
        and not getattr(config, "is_decoder", False)
        and not getattr(config, "add_cross_attention", False)
        and getattr(config, "chunk_size_feed_forward", 0) == 0
        and not hasattr(model, "peft_config")
    )


class PackedClassifier:
    """Computes the logits of a supported classifier over packed batches.

    Parameters
    ----------
    model : transformers.PreTrainedModel
        For which :func:`supports` holds; its modules and parameters are used as they are.
    """

    def __init__(self, model: nn.Module):
        self.model = model
        self._offset = model.config.pad_token_id + 1 if model.config.model_type == "roberta" else 0
        self._usual = model.config._attn_implementation

    def logits(self, input_ids: torch.Tensor, lengths: list[int], **per_token) -> torch.Tensor:
        """Logits of texts.

        Parameters
        ----------
        input_ids : torch.Tensor of int64, shape (n_tokens,)
            The texts end to end; neighbours of equal length are computed together.
        lengths : list of int
            Tokens of each text.
        per_token : torch.Tensor of int64, shape (n_tokens,)
            What else the model takes for each token (``token_type_ids``).

        Returns
        -------
        torch.Tensor, shape (n_texts, n_labels)
        """
        device = input_ids.device
        sizes = torch.tensor(lengths)
        first = sizes.cumsum(0) - sizes
        positions = torch.arange(len(input_ids)) - first.repeat_interleave(sizes) + self._offset
        packed = Packed(_groups(lengths), first.to(device))
        inputs = {name: values[None] for name, values in per_token.items()}
        with self._packed_attention(), self._only_first_tokens(packed) as cut:
            hidden = self.model.base_model(
                input_ids=input_ids[None],
                position_ids=positions[None].to(device),
                packed=packed,
                **inputs,
            ).last_hidden_state  # (1, n_tokens or n_texts, hidden_size)
        return self._head(hidden[0] if cut else hidden[0, packed.first])

    def _head(self, first: torch.Tensor) -> torch.Tensor:
        """Logits from the last layer's first tokens, shape (n_texts, hidden_size)."""
        model, kind = self.model, self.model.config.model_type
        if kind == "bert":
            return model.classifier(model.dropout(model.bert.pooler(first[:, None])))
        if kind == "albert":
            pooled = model.albert.pooler_activation(model.albert.pooler(first))
            return model.classifier(model.dropout(pooled))
        if kind == "distilbert":
            return model.classifier(model.dropout(torch.relu(model.pre_classifier(first))))
        return model.classifier(first[:, None])  # takes the first token itself

    @contextlib.contextmanager
    def _packed_attention(self) -> Iterator[None]:
        config = self.model.config
        config._attn_implementation = IMPLEMENTATION
        try:
            yield
        finally:
            config._attn_implementation = self._usual

    @contextlib.contextmanager
    def _only_first_tokens(self, packed: Packed) -> Iterator[bool]:
        """Let only first tokens through after the last layer's attention, if possible."""
        if self.model.config.model_type not in _LAST_LAYER:
            yield False
            return
        last = self.model.base_model.encoder.layer[-1].attention.output

        def cut(module, inputs):
            return tuple(part[:, packed.first] for part in inputs)

        handle = last.register_forward_pre_hook(cut)
        try:
            yield True
        finally:
            handle.remove()


def _groups(lengths: list[int]) -> list[tuple[int, int]]:
    groups: list[tuple[int, int]] = []
    for length in lengths:
        if groups and groups[-1][1] == length:
            groups[-1] = (groups[-1][0] + 1, length)
        else:
            groups.append((1, length))
    return groups
