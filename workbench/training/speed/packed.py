"""Padding-free forward passes: texts laid end to end, every product over real tokens only.

A batch of texts becomes one row of all their tokens. Everything in an encoder that works on a
single token (embeddings, projections, feed-forward, norms) then computes no padding at all. Only
attention has to know where a text ends (:mod:`.packed_attention`, registered with the library as an
attention implementation). The modules are the library's own, so losses and gradients are the
library's too, up to the order of floating-point sums.

What a head reads decides how much of the last layer is needed: a classifier reads the first token
of each text (:class:`PackedClassifier`), a tagger or a span finder every token
(:class:`PackedTokens`); :func:`packed_for` chooses. A head of another kind starts from
:meth:`PackedEncoder.hidden`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
from torch import nn

from .noise import cheap_dropout
from .packed_attention import IMPLEMENTATION, Packed

_FAMILIES = {
    "bert": "Bert",
    "roberta": "Roberta",
    "distilbert": "DistilBert",
    "electra": "Electra",
    "albert": "Albert",
}
DEVICES = ("cpu", "cuda")  # that the attention of texts end to end is written for
# Where it is the faster way. A GPU is given the library's padded pass: on an H100 a step over short
# texts took 1.4 to 2.6 times as long without padding, since more and smaller kernels are launched.
FASTER = ("cpu",)
_KNOWN = ("torch.", "transformers.")  # where the modules of a model without additions come from
# adapters that work on each token alone; the head that they let be trained is in a wrapper
_ADAPTERS = ("LORA", "IA3")
_PARTS = {
    ("peft.tuners.lora.layer", "Linear"),
    ("workbench.catalog.model_folders.four_bits", "FourBits"),
    ("workbench.catalog.model_folders.rounded", "RoundedEmbedding"),
    ("workbench.catalog.model_folders.rounded", "RoundedLinear"),
    ("peft.tuners.lora.dora", "DoraLinearLayer"),
    ("peft.tuners.ia3.layer", "Linear"),
    ("peft.utils.other", "ModulesToSaveWrapper"),
}
# families in whose last layer everything after attention can be computed for some tokens only
_CUTS_LAST_LAYER = ("bert", "roberta", "electra")


class PackedEncoder:
    """Computes the last layer of a BERT-like encoder over packed batches.

    Parameters
    ----------
    model : transformers.PreTrainedModel
        For which :meth:`supports` holds; its modules and parameters are used as they are.
    """

    def __init__(self, model: nn.Module):
        self.model = model
        self._usual = model.config._attn_implementation

    @staticmethod
    def supports(model: nn.Module) -> bool:
        """Whether the encoder in ``model`` is one whose numbers are the same without padding.

        Only the five families' own classes, absolute positions, no cross-attention, no adapters
        but LoRA and its like, no other wrappers around the known modules.
        """
        config = model.config
        family = _FAMILIES.get(config.model_type)
        return (
            family is not None
            and type(model.base_model).__name__ == f"{family}Model"
            and getattr(config, "position_embedding_type", "absolute") in ("absolute", None)
            and not getattr(config, "is_decoder", False)
            and not getattr(config, "add_cross_attention", False)
            and getattr(config, "chunk_size_feed_forward", 0) == 0
            and all(map(_is_token_wise, getattr(model, "peft_config", {}).values()))
            and all(map(_is_known, model.modules()))
        )

    def hidden(self, input_ids: torch.Tensor, lengths: list[int], **per_token) -> torch.Tensor:
        """Last hidden states of every token.

        Parameters
        ----------
        input_ids : torch.Tensor of int64, shape (n_tokens,)
            The texts end to end, the longest first: texts of similar length then share a product.
        lengths : list of int
            Tokens of each text, special tokens included.
        per_token : torch.Tensor of int64, shape (n_tokens,)
            What else the model takes for each token (``token_type_ids``).

        Returns
        -------
        torch.Tensor, shape (n_tokens, hidden_size)
            In the order of ``input_ids``; text ``i`` is ``hidden.split(lengths)[i]``.
        """
        packed = Packed.of(lengths, input_ids.device)
        return self._run(input_ids, lengths, packed, per_token)

    def first(self, input_ids: torch.Tensor, lengths: list[int], **per_token) -> torch.Tensor:
        """Last hidden state of each text's first token, shape (n_texts, hidden_size).

        Takes what :meth:`hidden` takes. Where the library's layer allows it, what comes after the
        last layer's attention is computed for these tokens only.
        """
        packed = Packed.of(lengths, input_ids.device)
        with self._only_first_tokens(packed) as cut:
            hidden = self._run(input_ids, lengths, packed, per_token)
        return hidden if cut else hidden[packed.first]

    def _run(self, input_ids, lengths, packed: Packed, per_token: dict) -> torch.Tensor:
        positions = self._positions(input_ids, lengths)
        inputs = {name: values[None] for name, values in per_token.items()}
        with self._packed_attention(), cheap_dropout(self.model):
            output = self.model.base_model(
                input_ids=input_ids[None],
                position_ids=positions[None],
                packed=packed,
                **inputs,
            )
        return output.last_hidden_state[0]

    def _positions(self, input_ids: torch.Tensor, lengths: list[int]) -> torch.Tensor:
        """Position of each token in its text, as the library counts them, shape (n_tokens,).

        RoBERTa counts from the padding id on, and passes over padding tokens that a text contains:
        they all get the padding id as their position.
        """
        places = torch.cat([torch.arange(length) for length in lengths]).to(input_ids.device)
        if self.model.config.model_type != "roberta":
            return places
        first = self.model.base_model.embeddings.padding_idx
        # the row of the padding token in the table that the model holds just now, if it is there
        padding = self.model.get_input_embeddings().padding_idx
        counted = torch.ones_like(input_ids) if padding is None else (input_ids != padding).long()
        before = counted.cumsum(0)
        starts = torch.tensor(lengths, device=input_ids.device).cumsum(0)[:-1]
        begun = torch.cat([before.new_zeros(1), before[starts - 1]])
        of_text = torch.repeat_interleave(
            begun, torch.tensor(lengths, device=input_ids.device), output_size=len(input_ids)
        )
        return (before - of_text) * counted + first

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
        if self.model.config.model_type not in _CUTS_LAST_LAYER:
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


class PackedClassifier(PackedEncoder):
    """Computes the logits of a sequence classifier (or regressor) over packed batches."""

    @staticmethod
    def supports(model: nn.Module) -> bool:
        """Whether this is a family's own sequence classifier."""
        return _is_own(model, "ForSequenceClassification") and PackedEncoder.supports(model)

    def logits(self, input_ids: torch.Tensor, lengths: list[int], **per_token) -> torch.Tensor:
        """Logits of each text, shape (n_texts, n_labels); see :meth:`PackedEncoder.hidden`."""
        first = self.first(input_ids, lengths, **per_token)
        model, kind = self.model, self.model.config.model_type
        with cheap_dropout(model):
            if kind == "bert":
                return model.classifier(model.dropout(model.bert.pooler(first[:, None])))
            if kind == "albert":
                pooled = model.albert.pooler_activation(model.albert.pooler(first))
                return model.classifier(model.dropout(pooled))
            if kind == "distilbert":
                return model.classifier(model.dropout(torch.relu(model.pre_classifier(first))))
            return model.classifier(first[:, None])  # takes the first token itself


class PackedTokens(PackedEncoder):
    """Computes the logits of a tagger or a span finder over packed batches, a row a token."""

    @staticmethod
    def supports(model: nn.Module) -> bool:
        """Whether this is a family's own token classifier or extractive question answerer."""
        known = _is_own(model, "ForTokenClassification") or _is_own(model, "ForQuestionAnswering")
        return known and PackedEncoder.supports(model)

    def logits(self, input_ids: torch.Tensor, lengths: list[int], **per_token) -> torch.Tensor:
        """Logits of each token, shape (n_tokens, n_labels); see :meth:`PackedEncoder.hidden`.

        A span finder's are padded, shape (n_texts, longest, 2): start and end, -inf at padding.
        """
        hidden = self.hidden(input_ids, lengths, **per_token)
        model = self.model
        with cheap_dropout(model):
            hidden = model.dropout(hidden) if hasattr(model, "dropout") else hidden
            if not hasattr(model, "qa_outputs"):
                return model.classifier(hidden)
            texts = model.qa_outputs(hidden).split(lengths)
        return nn.utils.rnn.pad_sequence(texts, batch_first=True, padding_value=-torch.inf)


def packed_for(
    model: nn.Module, device: str | None = None, *, begun: bool | None = None
) -> PackedClassifier | PackedTokens | None:
    """The padding-free path of a model with its head; ``None`` where there is none.

    A model that almost fits (relative positions, cross-attention, most adapters, a subclass with a
    forward pass of its own) has none: it takes the library's padded path. So does every model on a
    device where padding is the faster way (all but a CPU).

    Parameters
    ----------
    model : torch.nn.Module
    device : str, optional
        Type of the device that will compute; the model's own when not given.
    begun : bool, optional
        Whether the run that goes on began without padding: then it goes on without, or with it,
        also where the other way would be faster. Its order of rows and its optimizer hang on it.
    """
    device = next(model.parameters()).device.type if device is None else device
    if begun is False or device not in (FASTER if begun is None else DEVICES):
        return None
    for kind in (PackedClassifier, PackedTokens):
        if kind.supports(model):
            return kind(model)
    return None


def supports(model: nn.Module) -> bool:
    """Whether :class:`PackedClassifier` computes what this model computes."""
    return PackedClassifier.supports(model)


def _is_token_wise(settings: object) -> bool:
    return getattr(settings, "peft_type", None) in _ADAPTERS


def _is_known(part: nn.Module) -> bool:
    kind = type(part)
    return kind.__module__.startswith(_KNOWN) or (kind.__module__, kind.__qualname__) in _PARTS


def _is_own(model: nn.Module, head: str) -> bool:
    return type(model).__name__ == f"{_FAMILIES.get(model.config.model_type)}{head}"
