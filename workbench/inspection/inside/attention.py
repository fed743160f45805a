"""Attention weights of one text, as the model itself computes them.

>>> from workbench.inspection.inside.attention import attention
>>> seen = attention("sample:minilm-l6", "What is a fear of shadows ?")  # doctest: +SKIP
>>> seen.weights.shape, seen.tokens[:3]  # doctest: +SKIP
((6, 12, 9, 9), ['[CLS]', 'what', 'is'])
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import ModelError
from workbench.tasks.shared.label_thresholds import PLAIN

from ..predictions.multi_label import labels_text
from .loaded_model import (
    LoadedModel,
    check_text,
    eager,
    encode,
    opened,
    readable_tokens,
    source_name,
)

if TYPE_CHECKING:
    import pandas as pd

TOLERANCE = 1e-3  # of the outputs' size: what two ways to compute the same attention may differ by


@dataclass(frozen=True, repr=False)
class Attention:
    """Attention of one text: what :func:`attention` returns.

    Attributes
    ----------
    weights : numpy.ndarray of float32, shape [layer, head, query, key]
        Each row ``weights[l, h, q]`` sums to one over the keys.
    tokens : list of str, length n_tokens
        The tokenizer's pieces, readable (no byte-level marks).
    special : numpy.ndarray of bool, shape [n_tokens]
        True for what the tokenizer added ([CLS], [SEP], ...).
    segments : list of int or None, length n_tokens
        0 for the text, 1 for its pair, None for special tokens.
    text : str
    pair : str or None
    prediction : str, float or None
        Class name, or the value of a regression; None when the model is not a classifier.
    scores : dict of str to float, or None
        Probability of each class (softmax; sigmoid for multi-label), or ``{"value": ...}``.
    source : str
        What was asked for, to name the model in a picture.
    spans : list of (int, int), or None
        Where each piece lies in its text (characters); None from a slow tokenizer.
    words : list of int or None, or None
        Number of the word that each piece belongs to, within its text.
    part : str
        "encoder" (or a model without parts), "decoder" or "cross".
    key_tokens : list of str, or None
        What is read, where that is another text than what reads (cross-attention).
    key_special : numpy.ndarray of bool, or None
    difference : float or None
        Largest difference between the outputs of this pass and of the model's own attention
        implementation, as a share of their size; None where there was nothing to compare.
    """

    weights: np.ndarray
    tokens: list[str]
    special: np.ndarray
    segments: list[int | None]
    text: str
    pair: str | None = None
    prediction: str | float | None = None
    scores: dict[str, float] | None = None
    source: str = ""
    spans: list[tuple[int, int]] | None = None
    words: list[int | None] | None = None
    part: str = "encoder"
    key_tokens: list[str] | None = None
    key_special: np.ndarray | None = None
    difference: float | None = None
    n_layers: int = field(init=False)
    n_heads: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "n_layers", int(self.weights.shape[0]))
        object.__setattr__(self, "n_heads", int(self.weights.shape[1]))

    def __len__(self) -> int:
        return len(self.tokens)

    def __repr__(self) -> str:
        return (
            f"Attention({self.n_layers} layers, {self.n_heads} heads, {len(self)} tokens, "
            f"{self.source})"
        )

    @property
    def keys(self) -> list[str]:
        """The tokens that are read: the text's own, or those of ``key_tokens``."""
        return self.tokens if self.key_tokens is None else self.key_tokens

    @property
    def warning(self) -> str:
        """A sentence where this pass did not compute what the model usually does; else ""."""
        if self.difference is None or self.difference <= TOLERANCE:
            return ""
        return (
            f"With attention weights the outputs of {self.source} differ from its usual ones by "
            f"{self.difference:.2g} of their size: these weights may not be those that it uses."
        )

    def to_uint8(self, *, per_head: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """The weights in a quarter of the memory, for a view.

        Parameters
        ----------
        per_head : bool
            Stretch each head to its own maximum, so that long texts with small weights keep
            three digits; otherwise 255 stands for 1.

        Returns
        -------
        (codes, scale) : ndarray of uint8 [layer, head, query, key], float32 [layer, head]
            ``codes / 255 * scale`` is the weight, wrong by at most ``scale / 510``.
        """
        if per_head:
            scale = np.maximum(self.weights.max(axis=(2, 3)), 1e-9).astype(np.float32)
        else:
            scale = np.ones(self.weights.shape[:2], np.float32)
        codes = np.empty(self.weights.shape, np.uint8)
        for layer, weights in enumerate(self.weights):  # floats of one layer at a time
            part = weights * (255 / scale[layer])[:, None, None]
            codes[layer] = np.minimum(np.rint(part, out=part), 255, out=part)
        return codes, scale

    def frame(self, layer: int, head: int, *, top: int | None = None) -> pd.DataFrame:
        """The pairs of one head, strongest first.

        Returns
        -------
        pandas.DataFrame
            ``query``, ``key`` (positions), ``query_token``, ``key_token``, ``weight``; all pairs,
            or the ``top`` strongest.
        """
        import pandas as pd

        matrix = self.weights[layer, head]
        order = np.argsort(-matrix, axis=None, kind="stable")[:top]
        query, key = np.unravel_index(order, matrix.shape)
        return pd.DataFrame(
            {
                "query": query,
                "key": key,
                "query_token": [self.tokens[i] for i in query],
                "key_token": [self.keys[i] for i in key],
                "weight": matrix[query, key],
            }
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
