"""Attention weights of one text, as the model itself computes them.

>>> from workbench.inspection.attention import attention
>>> seen = attention("sample:minilm-l6", "What is a fear of shadows ?")  # doctest: +SKIP
>>> seen.weights.shape, seen.tokens[:3]  # doctest: +SKIP
((6, 12, 9, 9), ['[CLS]', 'what', 'is'])
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import DataError, ModelError

if TYPE_CHECKING:
    import pandas as pd

_CACHE_SIZE = 2
_cache: OrderedDict[tuple, _Loaded] = OrderedDict()
_cache_lock = threading.Lock()


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
        codes = np.rint(self.weights / scale[:, :, None, None] * 255)
        return np.clip(codes, 0, 255).astype(np.uint8), scale

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
                "key_token": [self.tokens[i] for i in key],
                "weight": matrix[query, key],
            }
        )


@dataclass
class _Loaded:
    model: Any
    tokenizer: Any
    classifier: bool
    lock: threading.Lock = field(default_factory=threading.Lock)


def attention(
    source: Any, text: str, pair: str | None = None, *, max_tokens: int = 512
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
        with encoder and decoder the encoder's attention is returned.
    text, pair : str
        The text, and the second text of a sentence pair.
    max_tokens : int
        Longest text that is accepted, special tokens included; a model's own limit may be lower.

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
    _check_text(text, "The text")
    if pair is not None:
        _check_text(pair, "The second text")
    loaded = _load(_folder(source))
    encoded = _encode(loaded, text, pair, max_tokens)
    special = encoded.pop("special_tokens_mask")[0].numpy().astype(bool)
    segments = encoded.sequence_ids(0)
    tokens = _readable_tokens(loaded.tokenizer, encoded, text, pair)
    with loaded.lock:
        output = _forward(loaded.model, encoded)
    weights = _stack(output.attentions, loaded.model.config, str(source))
    prediction, scores = _predicted(output, loaded) if loaded.classifier else (None, None)
    return Attention(
        weights, tokens, special, segments, text, pair, prediction, scores, _name(source)
    )


def _check_text(text: object, what: str) -> None:
    if not isinstance(text, str):
        raise DataError(
            f"{what} must be a string, not {type(text).__name__}.", "Pass one text at a time."
        )
    if not text.strip():
        raise DataError(f"{what} is empty, so there is nothing to attend to.", "Type a few words.")


def _name(source: Any) -> str:
    path = getattr(source, "path", None) or getattr(source, "model_path", None)
    return Path(path).name if path is not None else str(source)


def _folder(source: Any) -> Path:
    if hasattr(source, "model_path"):
        folder = source.model_path
        if folder is None or not Path(folder).is_dir():
            raise ModelError(
                f"The run {_name(source)} has no saved model yet.",
                "Wait for its first checkpoint, or pause it.",
            )
        return Path(folder)
    if isinstance(source, Path):
        folder = source
    elif isinstance(source, str):
        from workbench.catalog import model_folder

        folder = Path(model_folder(source))
    else:
        raise ModelError(
            f"Attention cannot be asked of {type(source).__name__}.",
            "Pass a run, a model reference such as 'sample:minilm-l6', or a folder.",
        )
    if not (folder / "config.json").is_file():
        raise ModelError(f"{folder} is no model: it has no config.json.", "Pass a model's folder.")
    return folder


def _load(folder: Path) -> _Loaded:
    stamps = tuple(
        (p.name, p.stat().st_mtime_ns, p.stat().st_size)
        for p in sorted(folder.iterdir())
        if p.suffix in (".json", ".safetensors", ".txt", ".model")
    )
    key = (str(folder.resolve()), stamps)
    with _cache_lock:
        if key in _cache:
            _cache.move_to_end(key)
            return _cache[key]
        loaded = _load_fresh(folder)
        for old in [k for k in _cache if k[0] == key[0]]:
            del _cache[old]
        _cache[key] = loaded
        while len(_cache) > _CACHE_SIZE:
            _cache.popitem(last=False)
        return loaded


def _load_fresh(folder: Path) -> _Loaded:
    import torch
    from transformers import (
        AutoConfig,
        AutoModel,
        AutoModelForSequenceClassification,
        AutoTokenizer,
    )

    local = {"local_files_only": True, "trust_remote_code": False}
    try:
        config = AutoConfig.from_pretrained(folder, **local)
        names = config.architectures or []
        classifier = any(name.endswith("ForSequenceClassification") for name in names)
        auto = AutoModelForSequenceClassification if classifier else AutoModel
        model = auto.from_pretrained(folder, dtype=torch.float32, use_safetensors=True, **local)
        tokenizer = AutoTokenizer.from_pretrained(folder, **local)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        reason = next((line for line in str(error).splitlines() if line.strip()), "")
        raise ModelError(
            f"The model in {folder.name} cannot be loaded: {reason}",
            "It needs config.json, safetensors weights and tokenizer.json of a transformers model.",
        ) from error
    if config.is_encoder_decoder and not classifier:
        model = model.get_encoder()
    return _Loaded(model.eval(), tokenizer, classifier)


def _encode(loaded: _Loaded, text: str, pair: str | None, max_tokens: int) -> Any:
    encoded = loaded.tokenizer(
        text,
        pair,
        return_tensors="pt",
        return_special_tokens_mask=True,
        return_offsets_mapping=loaded.tokenizer.is_fast,
        truncation=False,
        verbose=False,
    )
    n = int(encoded["input_ids"].shape[1])
    if n == 0:
        raise DataError("The tokenizer makes no token of this text.", "Type other words.")
    limit = _positions(loaded)
    if n > min(max_tokens, limit):
        whose = "this model reads" if limit < max_tokens else "the attention view shows"
        raise DataError(
            f"The text is {n} tokens long; {whose} at most {min(max_tokens, limit)}.",
            "Shorten the text." if limit <= max_tokens else "Shorten it, or raise max_tokens.",
        )
    return encoded


def _positions(loaded: _Loaded) -> int:
    """The longest input the model has positions for."""
    config = loaded.model.config
    limit = getattr(config, "max_position_embeddings", None) or 1_000_000
    rows = getattr(getattr(loaded.model.base_model, "embeddings", None), "padding_idx", None)
    if rows is not None and "roberta" in config.model_type:  # positions start after the padding's
        limit -= rows + 1
    return min(limit, loaded.tokenizer.model_max_length)


def _readable_tokens(tokenizer: Any, encoded: Any, text: str, pair: str | None) -> list[str]:
    """The tokenizer's own pieces; byte-level ones as the slice of text that they stand for."""
    tokens = tokenizer.convert_ids_to_tokens(encoded["input_ids"][0].tolist())
    offsets = encoded.pop("offset_mapping", None)
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if offsets is None or "ByteLevel" not in repr(getattr(backend, "decoder", "")):
        return [token.replace("\u2581", "") or token for token in tokens]
    texts = (text, pair or "")
    readable = []
    for token, (start, end), which in zip(
        tokens, offsets[0].tolist(), encoded.sequence_ids(0), strict=True
    ):
        piece = "" if which is None else texts[which][start:end].strip()
        readable.append(piece or token)
    return readable


def _forward(model: Any, encoded: Any) -> Any:
    import torch

    before = model.config._attn_implementation
    try:
        try:
            model.set_attn_implementation("eager")
            with torch.inference_mode():
                return model(**encoded, output_attentions=True)
        finally:
            model.set_attn_implementation(before)
    except (TypeError, ValueError, AttributeError) as error:
        raise _no_attention(type(model).__name__, str(error)) from error


def _no_attention(name: str, why: str) -> ModelError:
    reason = next((line for line in why.splitlines() if line.strip()), "")
    return ModelError(
        f"{name} gives no attention weights ({reason}).",
        "Choose a Transformer with self-attention, such as BERT, RoBERTa, GPT-2 or Llama.",
    )


def _stack(layers: Any, config: Any, source: str) -> np.ndarray:
    expected = getattr(config, "num_hidden_layers", None)
    layers = tuple(layers or ())
    if not layers or any(layer is None for layer in layers):
        raise _no_attention(type(config).__name__.removesuffix("Config"), "it returned none")
    if expected is not None and len(layers) != expected:
        raise _no_attention(
            type(config).__name__.removesuffix("Config"),
            f"{len(layers)} of {expected} layers returned them",
        )
    try:
        weights = np.stack([layer[0].float().numpy() for layer in layers])  # [L, H, Q, K]
    except ValueError as error:  # layers of different shape
        raise _no_attention(type(config).__name__.removesuffix("Config"), str(error)) from error
    worst = float(np.abs(weights.sum(axis=-1) - 1).max())
    if not worst < 1e-3:  # NaN too
        raise ModelError(
            f"The attention rows of {source} do not sum to one (off by {worst:.2g}).",
            "The weights may be damaged: look for NaN in the model.",
        )
    return weights


def _predicted(output: Any, loaded: _Loaded) -> tuple[str | float, dict[str, float]]:
    import torch

    config, logits = loaded.model.config, output.logits[0].float()
    if config.problem_type == "regression" or logits.numel() == 1:
        value = float(logits[0])
        return value, {"value": value}
    multi = config.problem_type == "multi_label_classification"
    probabilities = torch.sigmoid(logits) if multi else torch.softmax(logits, -1)
    names = [str(config.id2label.get(i, i)) for i in range(len(probabilities))]
    scores = dict(zip(names, probabilities.tolist(), strict=True))
    return max(scores, key=scores.__getitem__), scores
