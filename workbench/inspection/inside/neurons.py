"""Queries and keys behind the attention of a text, for BertViz's neuron view."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.errors import ModelError

from .attention import Attention
from .loaded_model import encode, opened

# how the libraries' families name the projections: (query, key), or both and the values in one
_PAIRS = ((".self.query", ".self.key"), (".q_lin", ".k_lin"), (".query_proj", ".key_proj"))
_JOINT = ".attn.c_attn"  # GPT-2: queries, keys and values side by side
_OFF = 1e-3


def query_key_vectors(source: Any, seen: Attention) -> tuple[np.ndarray, np.ndarray]:
    """The vectors whose products are the attention weights before the softmax.

    Parameters
    ----------
    source : Run, str or pathlib.Path
    seen : Attention
        Of that model.

    Returns
    -------
    (queries, keys) : ndarray of float32, shape [layer, head, n, head_size]
        ``softmax(queries @ keys.T / sqrt(head_size))`` was compared with ``seen.weights`` (over the
        tokens before, in a decoder).

    Raises
    ------
    ModelError
        The model computes its weights in another way (rotated positions, biases of distance), or
        is of an unknown family.
    """
    import torch

    loaded = opened(source)
    model = loaded.model.get_encoder() if loaded.head == "text" else loaded.model
    name = type(model).__name__
    modules = dict(model.base_model.named_modules())
    pair = next(((q, k) for q, k in _PAIRS if any(m.endswith(q) for m in modules)), None)
    ends = pair or (_JOINT,)
    found: dict[str, list[torch.Tensor]] = {end: [] for end in ends}
    handles = [
        module.register_forward_hook(lambda _m, _i, out, end=end: found[end].append(out[0]))
        for path, module in modules.items()
        for end in ends
        if path.endswith(end)
    ]
    encoded = encode(loaded, seen.text, seen.pair, len(seen))
    for extra in ("special_tokens_mask", "offset_mapping"):
        encoded.pop(extra, None)
    try:
        with loaded.lock, torch.inference_mode():
            model(**encoded)
    finally:
        for handle in handles:
            handle.remove()
    if any(len(layers) != seen.n_layers for layers in found.values()):
        raise _unknown(name, "its query and key projections were not found")
    if pair is None:
        joint = [layer.chunk(3, dim=-1) for layer in found[_JOINT]]
        raw = ([q for q, _, _ in joint], [k for _, k, _ in joint])
    else:
        raw = tuple(found[end] for end in pair)
    queries, keys = (_heads(layers, seen.n_heads) for layers in raw)
    off = float(np.abs(_weights(queries, keys, seen.weights) - seen.weights).max())
    if not off < _OFF:
        raise _unknown(name, f"its weights are not those of query by key, off by {off:.2g}")
    return queries, keys


def _heads(layers: list[Any], n_heads: int) -> np.ndarray:
    parts = [layer.float().unflatten(-1, (n_heads, -1)).transpose(0, 1) for layer in layers]
    return np.stack([part.numpy() for part in parts])  # [L, H, n, d]


def _weights(queries: np.ndarray, keys: np.ndarray, weights: np.ndarray) -> np.ndarray:
    scores = queries @ np.swapaxes(keys, -1, -2) / np.sqrt(queries.shape[-1])
    n = scores.shape[-1]
    if n > 1 and weights[..., 0, 1:].max() == 0:  # a decoder
        scores = np.where(np.tri(n, dtype=bool), scores, -np.inf)
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def _unknown(name: str, why: str) -> ModelError:
    return ModelError(
        f"The neuron view cannot show {name}: {why}.",
        "Choose BERT, RoBERTa, ELECTRA, DistilBERT or GPT-2, or look at the head view.",
    )
