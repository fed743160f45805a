"""Attention weights of one text, as the model itself computes them.

>>> from workbench.inspection.inside.attention import attention
>>> seen = attention("sample:minilm-l6", "What is a fear of shadows ?")  # doctest: +SKIP
>>> seen.weights.shape, seen.tokens[:3]  # doctest: +SKIP
((6, 12, 9, 9), ['[CLS]', 'what', 'is'])
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from workbench.errors import ModelError
from workbench.tasks.shared.label_thresholds import PLAIN

from ..predictions.multi_label import labels_text
from .attended import Attention
from .loaded_model import (
    LoadedModel,
    check_text,
    eager,
    encode,
    opened,
    readable_tokens,
    source_name,
)


def attention(
    source: Any,
    text: str,
    pair: str | None = None,
    *,
    max_tokens: int = 512,
    compare: bool = True,
) -> Attention:
    """Run one text through a model and return every head's attention.

    The plain ("eager") attention is switched on for this forward pass alone, because the fused
    implementations return no weights; the implementation that was set before is put back. The
    model is loaded in float32 on the CPU and kept for the next call.

    Parameters
    ----------
    source : Run, str or pathlib.Path
        A run (anything with ``model_path``), a model reference (``"sample:minilm-l6"``,
        ``"hub:org/name"``) or a folder with ``config.json``, weights and tokenizer. Of a model
        with encoder and decoder the encoder's attention is returned; for the rest see
        :func:`workbench.inspection.sequence_attention`.
    text, pair : str
        The text, and the second text of a sentence pair.
    max_tokens : int
        Longest text that is accepted, special tokens included; a model's own limit may be lower.
    compare : bool
        Run the text a second time as the model usually computes, and warn (UserWarning) when its
        outputs differ by more than ``TOLERANCE``.

    Returns
    -------
    Attention

    Raises
    ------
    DataError
        The text is empty or longer than ``max_tokens`` or than the model's positions.
    ModelError
        The folder is no model, or the model returns no attention.
    """
    check_text(text, "The text")
    if pair is not None:
        check_text(pair, "The second text")
    loaded = opened(source)
    encoded = encode(loaded, text, pair, max_tokens)
    special = encoded.pop("special_tokens_mask")[0].numpy().astype(bool)
    segments = encoded.sequence_ids(0)
    spans = words = None
    if "offset_mapping" in encoded:
        spans = [(start, end) for start, end in encoded["offset_mapping"][0].tolist()]
        words = encoded.word_ids(0)
    tokens = readable_tokens(loaded.tokenizer, encoded, text, pair)
    model = loaded.model.get_encoder() if loaded.head == "text" else loaded.model
    with loaded.lock:
        output, difference = forward(model, encoded, compare=compare)
    expected = getattr(model.config, "num_hidden_layers", None)
    layers = getattr(output, "attentions", None) or getattr(output, "encoder_attentions", None)
    weights = stacked(layers, expected, model, str(source))
    prediction, scores = _predicted(output, loaded) if loaded.classifier else (None, None)
    return warned(
        Attention(
            weights, tokens, special, segments, text, pair, prediction, scores,
            source_name(source), spans, words, difference=difference,
        )
    )  # fmt: skip


def warned(seen: Attention) -> Attention:
    """The same attention; its warning, where it has one, is given."""
    if seen.warning:
        warnings.warn(seen.warning, UserWarning, stacklevel=3)
    return seen


def forward(model: Any, inputs: Any, *, compare: bool = True) -> tuple[Any, float | None]:
    """The model's output with attention weights, and how far it is from its usual output."""
    import torch

    usual = None
    try:
        with torch.inference_mode():
            if compare and model.config._attn_implementation != "eager":
                usual = _main(model(**inputs))
            with eager(model):
                output = model(**inputs, output_attentions=True)
    except (TypeError, ValueError, AttributeError) as error:
        raise no_attention(model, str(error)) from error
    if usual is None:
        return output, None
    size = max(1.0, float(usual.abs().max()))
    return output, float((_main(output) - usual).abs().max()) / size


def _main(output: Any) -> Any:
    """Logits, or the states of the last layer."""
    return output.logits if hasattr(output, "logits") else output[0]


def no_attention(model: Any, why: str) -> ModelError:
    """The refusal of a model that gives no weights."""
    reason = next((line for line in why.splitlines() if line.strip()), "")
    return ModelError(
        f"{type(model).__name__} gives no attention weights ({reason}).",
        "Choose a Transformer with self-attention, such as BERT, RoBERTa, GPT-2 or Llama.",
    )


def stacked(layers: Any, expected: int | None, model: Any, source: str) -> np.ndarray:
    """Weights float32 [layer, head, query, key] of all layers, once they are what they must be.

    Raises
    ------
    ModelError
        Layers are missing or of different shapes, or rows do not sum to one.
    """
    layers = tuple(layers or ())
    if not layers or any(layer is None for layer in layers):
        raise no_attention(model, "it returned none")
    if any(getattr(layer, "ndim", 0) != 4 for layer in layers):  # [text, head, query, key]
        raise no_attention(model, "what it calls attentions are no weights")
    if expected is not None and len(layers) != expected:
        raise no_attention(model, f"{len(layers)} of {expected} layers returned them")
    try:
        weights = np.stack([layer[0].float().numpy() for layer in layers])  # [L, H, Q, K]
    except ValueError as error:  # layers of different shape
        raise no_attention(model, str(error)) from error
    worst = float(np.abs(weights.sum(axis=-1) - 1).max())
    if not worst < 1e-3:  # NaN too
        raise ModelError(
            f"The attention rows of {source} do not sum to one (off by {worst:.2g}).",
            "The weights may be damaged: look for NaN in the model.",
        )
    return weights


def _predicted(output: Any, loaded: LoadedModel) -> tuple[str | float, dict[str, float]]:
    import torch

    config, logits = loaded.model.config, output.logits[0].float()
    if config.problem_type == "regression" or logits.numel() == 1:
        value = float(logits[0])
        return value, {"value": value}
    multi = config.problem_type == "multi_label_classification"
    probabilities = torch.sigmoid(logits) if multi else torch.softmax(logits, -1)
    names = [str(config.id2label.get(i, i)) for i in range(len(probabilities))]
    scores = dict(zip(names, probabilities.tolist(), strict=True))
    if multi:
        limits = loaded.thresholds
        given = [name for name, score in scores.items() if score >= limits.get(name, PLAIN)]
        return labels_text(given), scores
    return max(scores, key=scores.__getitem__), scores
