"""Attention of one text: its weights with the tokens that they are of, and what was predicted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

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
