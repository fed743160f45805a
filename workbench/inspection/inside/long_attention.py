"""Attention of long texts: chosen layers, a byte a weight, or window by window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.errors import DataError, ModelError

from .attention import Attention, attention
from .loaded_model import (
    LoadedModel,
    check_text,
    eager,
    encode,
    opened,
    positions,
    readable_tokens,
    source_name,
)

LONGEST = 4096
# how the libraries' families name the module of a layer that computes the weights
_MODULES = ("attention.self", ".attn", ".self_attn", ".attention")


@dataclass(frozen=True, repr=False)
class LongAttention:
    """Some layers' attention of one text: what :func:`layer_attention` returns.

    Attributes
    ----------
    codes : ndarray of uint8, shape [layer, head, query, key]
        ``codes / 255 * scale[:, :, None, None]`` is the weight, wrong by at most ``scale / 510``.
    scale : ndarray of float32, shape [layer, head]
        The head's largest weight.
    layers : list of int
        Which of the model's layers these are, from zero.
    tokens : list of str
    special : ndarray of bool, shape [n_tokens]
    source : str
    """

    codes: np.ndarray
    scale: np.ndarray
    layers: list[int]
    tokens: list[str]
    special: np.ndarray
    source: str

    def __len__(self) -> int:
        return len(self.tokens)

    def __repr__(self) -> str:
        return f"LongAttention(layers {self.layers}, {len(self)} tokens, {self.source})"

    def head(self, layer: int, head: int) -> np.ndarray:
        """Weights of one head, float32 [query, key]; ``layer`` is the model's number."""
        if layer not in self.layers or not 0 <= head < self.codes.shape[1]:
            raise DataError(
                f"Layer {layer}, head {head} was not kept.",
                f"Choose a layer of {self.layers} and a head of 0 to {self.codes.shape[1] - 1}.",
            )
        row = self.layers.index(layer)
        return self.codes[row, head].astype(np.float32) / 255 * self.scale[row, head]


def layer_attention(
    source: Any, text: str, layers: Sequence[int], *, max_tokens: int = LONGEST
) -> LongAttention:
    """Attention of some layers alone, for texts whose whole attention would not fit into memory.

    Each layer is reduced to bytes as soon as it is computed, so that the weights of one layer at
    most are held in float32: n_heads * n * n * 4 bytes.

    Parameters
    ----------
    source : Run, str or pathlib.Path
        As :func:`workbench.inspection.inside.attention.attention` takes it.
    layers : sequence of int
        From zero.

    Raises
    ------
    DataError
        The text is empty or longer than ``max_tokens`` or the model's positions, or there is no
        such layer. For a text beyond the model's positions, see :func:`attention_windows`.
    ModelError
        The model's layers give no weights.
    """
    import torch

    check_text(text, "The text")
    loaded = opened(source)
    model = loaded.model.get_encoder() if loaded.head == "text" else loaded.model
    modules = _attention_modules(model)
    layers = sorted(set(layers))
    if not layers or not all(0 <= layer < len(modules) for layer in layers):
        raise DataError(
            f"The layers {layers} are not all the model's.", f"Choose of 0 to {len(modules) - 1}."
        )
    encoded = encode(loaded, text, None, max_tokens)
    special = encoded.pop("special_tokens_mask")[0].numpy().astype(bool)
    tokens = readable_tokens(loaded.tokenizer, encoded, text, None)
    kept: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def keep(layer: int):
        def hook(_module, _inputs, output):
            weights = output[1] if isinstance(output, tuple) and len(output) > 1 else None
            if getattr(weights, "ndim", 0) == 4:
                kept[layer] = _bytes(weights[0])

        return hook

    with loaded.lock:
        handles = [modules[layer].register_forward_hook(keep(layer)) for layer in layers]
        try:
            with eager(model), torch.inference_mode():
                model.base_model(**encoded)
        finally:
            for handle in handles:
                handle.remove()
    if sorted(kept) != layers:
        raise _none(model, f"{len(kept)} of {len(layers)} layers returned them")
    codes, scale = (np.stack([kept[layer][part] for layer in layers]) for part in (0, 1))
    return LongAttention(codes, scale, layers, tokens, special, source_name(source))


def _bytes(weights: Any) -> tuple[np.ndarray, np.ndarray]:
    """Codes uint8 [head, n, n] and the largest weight of each head, one head at a time."""
    n_heads, n = len(weights), weights.shape[-1]
    codes, scale = np.empty((n_heads, n, n), np.uint8), np.empty(n_heads, np.float32)
    for number, head in enumerate(weights):
        head = head.float()
        worst = float((head.sum(-1) - 1).abs().max())
        if not worst < 1e-3:  # NaN too
            raise ModelError(
                f"The attention rows of head {number} do not sum to one (off by {worst:.2g}).",
                "The weights may be damaged: look for NaN in the model.",
            )
        scale[number] = top = max(float(head.max()), 1e-9)
        codes[number] = (head * (255 / top)).round().clamp(0, 255).byte().numpy()
    return codes, scale


def _attention_modules(model: Any) -> list[Any]:
    names = [name for name, _ in model.base_model.named_modules() if name.endswith(_MODULES)]
    inner = [name for name in names if not any(other.startswith(name + ".") for other in names)]
    expected = getattr(model.config, "num_hidden_layers", None)
    if not inner or len(inner) != expected:
        raise _none(model, f"{len(inner)} attention modules for {expected} layers")
    return [model.base_model.get_submodule(name) for name in inner]


def _none(model: Any, why: str) -> ModelError:
    return ModelError(
        f"{type(model).__name__} gives no attention weights layer by layer ({why}).",
        "Choose BERT, RoBERTa, ELECTRA, DistilBERT, GPT-2 or Llama.",
    )


def attention_windows(
    source: Any,
    text: str,
    *,
    max_tokens: int = 512,
    overlap: int | None = None,
    up_to: int = LONGEST,
) -> Iterator[Attention]:
    """Attention of a long text in pieces that the model can read, one after the other.

    Windows are cut between words; each begins with words of the one before, about ``overlap``
    tokens of them (64, or a quarter of a shorter window, where left out). Nothing attends across
    windows.

    Yields
    ------
    Attention
        Of one window, its ``text`` a part of the text. A short text is one window.

    Raises
    ------
    DataError
        The text is empty or longer than ``up_to`` tokens, or ``overlap`` leaves no room.
    """
    for window in windows_of(
        opened(source), text, max_tokens=max_tokens, overlap=overlap, up_to=up_to
    ):
        yield attention(source, text[window.begins : window.ends], max_tokens=max_tokens)


@dataclass(frozen=True)
class Window:
    """A part of a text: its first token, the one after its last, and the same in characters."""

    first: int
    last: int
    begins: int
    ends: int


def windows_of(
    loaded: LoadedModel,
    text: str,
    *,
    max_tokens: int = 512,
    overlap: int | None = None,
    up_to: int = LONGEST,
) -> list[Window]:
    """Where :func:`attention_windows` cuts a text; it raises what this raises."""
    check_text(text, "The text")
    if not loaded.tokenizer.is_fast:
        raise DataError(
            "This model's tokenizer does not say where its pieces lie in the text.",
            "Cut the text yourself, or choose a model with a fast tokenizer.",
        )
    whole = loaded.tokenizer(
        text, add_special_tokens=False, return_offsets_mapping=True, verbose=False
    )
    spans, n = whole["offset_mapping"], len(whole["input_ids"])
    if n > up_to:
        raise DataError(
            f"The text is {n} tokens long; windows go up to {up_to}.",
            "Shorten the text, or raise up_to.",
        )
    room = min(max_tokens, positions(loaded)) - loaded.tokenizer.num_special_tokens_to_add()
    overlap = min(64, room // 4) if overlap is None else overlap
    if not 0 <= overlap < room // 2:
        raise DataError(
            f"An overlap of {overlap} tokens leaves no room in windows of {max_tokens}.",
            f"Choose less than {room // 2}.",
        )
    words = whole.word_ids(0)
    cuts = [i for i in range(n) if i == 0 or words[i] != words[i - 1]]  # where words begin
    start, windows = 0, []
    while start < n:
        end = n
        if n - start > room:
            end = max((c for c in cuts if start < c <= start + room), default=start + room)
        windows.append(Window(start, end, spans[start][0], spans[end - 1][1]))
        if end == n:
            break
        start = max((c for c in cuts if start < c <= end - overlap), default=end)
    return windows
