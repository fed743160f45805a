"""Tokens that no text in use needs go: their vectors, and their places in the tokenizer.

The texts of the run's data, and others that are named, are read as before, token by token, and so
are answered as before. The characters that occur in them stay, so that other words of the same
language can be spelt; what a model of many languages knows beyond is gone.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from workbench.catalog.loading.safe_loading import load_tokenizer
from workbench.catalog.model_folders.judging_folders import VOCABULARIES
from workbench.errors import ModelError
from workbench.i18n import t
from workbench.paths import cache_dir
from workbench.settings import setting

from ..vocabularies import letters, trimmed

if TYPE_CHECKING:
    from ..work import Work

_OTHERS = ("target.spm", "added_tokens.json", "sentencepiece.model")


@dataclass(frozen=True)
class Settings:
    """What ``{"kind": "vocabulary"}`` may say."""

    texts: list = setting([], "texts", kinds=(list,))
    """Texts beside those of the run's data whose tokens stay."""


def apply(work: Work, settings: Settings) -> str:
    """See :mod:`workbench.shipping.compressing.kinds`."""
    work.check_plain("vocabulary")
    tokenizer = load_tokenizer(work.folder)
    if not getattr(tokenizer, "is_fast", False) or not hasattr(tokenizer, "backend_tokenizer"):
        raise ModelError(t("compress.tokenizer", kind=type(tokenizer).__name__),
                         t("compress.tokenizer_remedy"))  # fmt: skip
    backend = json.loads(tokenizer.backend_tokenizer.to_str())
    before, rows = _read(work, tokenizer), len(work.model.get_input_embeddings().weight)
    extra = [tokenizer(str(text), verbose=False)["input_ids"] for text in settings.texts]
    used = {int(one) for ids in (*before, *extra) for one in np.unique(ids)}
    used |= {one for one in _named(work.model) if 0 <= one < rows} | {*tokenizer.all_special_ids}
    texts = [str(text) for split in work.examples.splits.values()
             for name in split.columns if split[name].dtype.kind not in "iufb"
             for text in split[name].map(_joined)]  # fmt: skip
    found, kept = trimmed(backend, used | letters(backend, [*texts, *map(str, settings.texts)]))
    kept = [one for one in kept if one < rows]
    shrink(work.model, kept)
    _files(work, found, {old: number for number, old in enumerate(kept)})
    place = cache_dir() / "compressed"
    place.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=f"{work.run.name}-", dir=place))
    work.load(work.write(stage / "trimmed").folder)
    work.files = {}
    again, new = _read(work, load_tokenizer(work.folder)), np.full(rows, -1)
    new[kept] = np.arange(len(kept))
    if not all(np.array_equal(new[one], two) for one, two in zip(before, again, strict=True)):
        raise ModelError(t("compress.other_tokens"), t("compress.tokenizer_remedy"))
    return t("compress.vocabulary", n=len(kept), of=rows)


def shrink(model: Any, kept: list[int]) -> None:
    """Leave the vectors of some tokens, and the outputs for them, in place."""
    rows, old = torch.as_tensor(kept), len(model.get_input_embeddings().weight)
    new = {one: number for number, one in enumerate(kept)}
    words, out = model.get_input_embeddings(), model.get_output_embeddings()
    made: dict[int, Any] = {}
    wanted = {id(words.weight)} | {id(one) for one in (out.parameters() if out else ())}
    for part in model.modules():
        for name, value in list(part._parameters.items()):
            if value is None or value.shape[:1] != (old,):
                continue
            if id(value) in wanted or name == "bias":
                if id(value) not in made:
                    made[id(value)] = torch.nn.Parameter(value.detach()[rows].clone())
                part._parameters[name] = made[id(value)]
                if isinstance(part, torch.nn.Embedding):
                    part.num_embeddings = len(kept)
                    part.padding_idx = new.get(part.padding_idx)
                elif hasattr(part, "out_features"):
                    part.out_features = len(kept)
        for name, value in list(part._buffers.items()):
            if value is not None and value.shape[-1:] == (old,) and name == "final_logits_bias":
                part._buffers[name] = value[..., rows].clone()
    for config in _configs(model):
        for name, value in list(vars(config).items()):
            if name.endswith(("_token_id", "_token_ids")) and value is not None:
                many = isinstance(value, list)
                setattr(config, name, [new[one] for one in value if one in new]
                        if many else new.get(value, value))  # fmt: skip
            elif name == "vocab_size" and value == old:
                config.vocab_size = len(kept)


def _configs(model: Any) -> list[Any]:
    found = [model.config, model.config.get_text_config(decoder=True),
             getattr(model, "generation_config", None)]  # fmt: skip
    return list({id(one): one for one in found if one is not None}.values())


def _named(model: Any) -> set[int]:
    """Ids that the configurations name."""
    found: set[int] = set()
    for config in _configs(model):
        for name, value in vars(config).items():
            if name.endswith(("_token_id", "_token_ids")) and value is not None:
                found |= set(value) if isinstance(value, list) else {value}
    return {one for one in found if isinstance(one, int)}


def _read(work: Work, tokenizer: Any) -> list[np.ndarray]:
    """The ids of all rows of the run's data, split by split."""
    task, found = work.predictor().task, []
    for split in work.examples.splits.values():
        rows = task.encode(tokenizer, split, work.recipe.max_length)
        rows = getattr(rows, "units", None) or rows
        found.append(np.asarray(rows.arrays["input_ids"]).ravel())
        if rows.targets is not None:
            found.append(np.asarray(rows.targets.ids).ravel())
        if rows.prompts is not None:
            found += [np.asarray(_ids(rows.prompts[row])) for row in range(len(rows.prompts))]
    return found


def _ids(row: Any) -> Any:
    return row["input_ids"] if isinstance(row, dict) else row


def _joined(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list | tuple | np.ndarray) else str(value)


def _files(work: Work, backend: dict[str, Any], new: dict[int, int]) -> None:
    """The tokenizer's files: one of the library's own form, and no other list of words."""
    work.files |= dict.fromkeys((*VOCABULARIES, *_OTHERS))
    work.files["tokenizer.json"] = json.dumps(backend, ensure_ascii=False).encode()
    place = work.folder / "tokenizer_config.json"
    if place.is_file():
        said = json.loads(place.read_text("utf-8"))
        if isinstance(there := said.get("added_tokens_decoder"), dict):
            said["added_tokens_decoder"] = {str(new[int(one)]): value
                                            for one, value in there.items()
                                            if int(one) in new}  # fmt: skip
        work.files["tokenizer_config.json"] = json.dumps(said, indent=2).encode()
