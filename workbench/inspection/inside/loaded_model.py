"""A model that is looked into: found, loaded once, and fed with one text."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.catalog.loading.padding import word_vectors
from workbench.catalog.loading.safe_loading import POOLER, load_config, load_model, load_tokenizer
from workbench.catalog.loading.taken_inputs import settle_inputs
from workbench.catalog.loading.token_fit import check_ids
from workbench.errors import DataError, ModelError
from workbench.tasks.shared import decisions

_CACHE_SIZE = 2
# how an architecture's name ends -> the class that loads it, and what it puts out
_HEADS = {
    "ForSequenceClassification": ("AutoModelForSequenceClassification", "classes"),
    "ForTokenClassification": ("AutoModelForTokenClassification", "tokens"),
    "ForQuestionAnswering": ("AutoModelForQuestionAnswering", "span"),
    "ForCausalLM": ("AutoModelForCausalLM", "next"),
    "LMHeadModel": ("AutoModelForCausalLM", "next"),
    "ForConditionalGeneration": ("AutoModelForSeq2SeqLM", "text"),
    "MTModel": ("AutoModelForSeq2SeqLM", "text"),
    "EncoderDecoderModel": ("AutoModelForSeq2SeqLM", "text"),
}
_cache: OrderedDict[tuple, LoadedModel] = OrderedDict()
_cache_lock = threading.Lock()


class TooLong(DataError):
    """A text has more tokens than the model reads at once, or than were asked for."""


@dataclass
class LoadedModel:
    """A model in float32 on the CPU, its tokenizer, and a lock for who uses it.

    ``head`` says what it puts out: classes, tokens (a class each), span, next (a token), text
    (written by a decoder from what an encoder read), or "". ``thresholds`` are those of the labels,
    where a text has several.
    """

    model: Any
    tokenizer: Any
    head: str
    lock: threading.Lock = field(default_factory=threading.Lock)
    thresholds: dict[str, float] = field(default_factory=dict)

    @property
    def classifier(self) -> bool:
        """Whether it gives a text one set of classes, or a number."""
        return self.head == "classes"


def check_text(text: object, what: str) -> None:
    """Refuse what is no text, or an empty one (DataError)."""
    if not isinstance(text, str):
        raise DataError(
            f"{what} must be a string, not {type(text).__name__}.", "Pass one text at a time."
        )
    if not text.strip():
        raise DataError(f"{what} is empty, so there is nothing to attend to.", "Type a few words.")


def source_name(source: Any) -> str:
    """What was asked for, short enough for a picture."""
    path = getattr(source, "path", None) or getattr(source, "model_path", None)
    return Path(path).name if path is not None else str(source)


def folder_of(source: Any) -> Path:
    """The model's folder of a run, a reference or a path (ModelError when there is none)."""
    if hasattr(source, "model_path"):
        folder = source.model_path
        if folder is None or not Path(folder).is_dir():
            raise ModelError(
                f"The run {source_name(source)} has no saved model yet.",
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


def opened(source: Any) -> LoadedModel:
    """The model of a run, a reference or a path.

    The checkpoint of a run that trains may be replaced while it is read: then the newer one is.
    """
    folder = folder_of(source)
    try:
        return load(folder)
    except (ModelError, FileNotFoundError):
        newer = folder_of(source)
        if newer == folder:
            raise
        return load(newer)


def _about(path: Path) -> os.stat_result | None:
    """The state of a file; None of one that cannot be looked at, such as a link to itself."""
    try:
        return path.stat()
    except OSError:
        return None


def load(folder: Path) -> LoadedModel:
    """The model in a folder; kept until its files change or two others were asked for."""
    stamps = tuple(
        (path.name, about.st_mtime_ns, about.st_size)
        for path in sorted(folder.iterdir())
        if path.suffix in (".json", ".safetensors", ".txt", ".model")
        and (about := _about(path)) is not None
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


def _load_fresh(folder: Path) -> LoadedModel:
    config = load_config(folder)
    names = config.architectures or []
    kind, head = next(
        (how for end, how in _HEADS.items() if any(name.endswith(end) for name in names)),
        ("AutoModel", ""),
    )
    if config.is_encoder_decoder and head not in ("classes", "text"):
        kind, head = "AutoModel", ""
    spare = () if head else POOLER  # which nothing here reads
    if config.is_encoder_decoder and not head:
        spare = (*spare, "decoder")
    model = load_model(folder, kind, spare=spare)
    tokenizer = load_tokenizer(folder)
    settle_inputs(tokenizer, model)
    if config.is_encoder_decoder and not head:
        model = model.get_encoder()
    settled = decisions.kept(folder) or {}
    return LoadedModel(model.eval(), tokenizer, head, thresholds=settled.get("thresholds", {}))


@contextmanager
def eager(model: Any) -> Iterator[None]:
    """While inside, attention is computed in the open, with weights; then as it was before.

    The fused implementations return no weights. Parts of a model (an encoder and a decoder) may
    have implementations of their own, and get them back.
    """
    configs = {id(m.config): m.config for m in model.modules() if hasattr(m, "config")}
    before = {key: getattr(c, "_attn_implementation", None) for key, c in configs.items()}
    own = model.config._attn_implementation
    try:
        model.set_attn_implementation("eager")
        yield
    finally:
        model.set_attn_implementation(own)
        for key, config in configs.items():
            if before[key] is not None and config._attn_implementation != before[key]:
                config._attn_implementation = before[key]


def encode(loaded: LoadedModel, text: str, pair: str | None, max_tokens: int) -> Any:
    """One text as the model reads it, not truncated (DataError when it is too long)."""
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
    check_ids(encoded["input_ids"].numpy(), word_vectors(loaded.model), loaded.tokenizer, "model")
    limit = positions(loaded)
    if n > min(max_tokens, limit):
        whose = "this model reads" if limit < max_tokens else "the attention view shows"
        raise TooLong(
            f"The text is {n} tokens long; {whose} at most {min(max_tokens, limit)}.",
            "Shorten the text." if limit <= max_tokens else "Shorten it, or raise max_tokens.",
        )
    return encoded


def positions(loaded: LoadedModel) -> int:
    """The longest input the model has positions for."""
    config = loaded.model.config
    limit = getattr(config, "max_position_embeddings", None) or 1_000_000
    rows = getattr(getattr(loaded.model.base_model, "embeddings", None), "padding_idx", None)
    if rows is not None and "roberta" in config.model_type:  # positions start after the padding's
        limit -= rows + 1
    return min(limit, loaded.tokenizer.model_max_length)


def readable_tokens(tokenizer: Any, encoded: Any, text: str, pair: str | None) -> list[str]:
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
