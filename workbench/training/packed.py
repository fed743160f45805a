"""Padding-free forward passes: texts laid end to end, every product over real tokens only.

A batch of texts becomes one row of all their tokens. Everything in an encoder that works on a
single token (embeddings, projections, feed-forward, norms) then computes no padding at all. Only
attention has to know where a text ends (:mod:`.packed_attention`, registered with the library as an
attention implementation). The modules are the library's own, so losses and gradients are the
library's too, up to the order of floating-point sums.

A classifier reads the first token of the last layer alone; where the library's layer allows it,
what comes after that layer's attention is computed for the first tokens only.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
from torch import nn

from .noise import cheap_dropout
from .packed_attention import IMPLEMENTATION, Packed

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
        positions = torch.cat([torch.arange(length) for length in lengths]) + self._offset
        packed = Packed.of(lengths, device)
        inputs = {name: values[None] for name, values in per_token.items()}
        with (
            self._packed_attention(),
            cheap_dropout(self.model),
            self._only_first_tokens(packed) as cut,
        ):
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
