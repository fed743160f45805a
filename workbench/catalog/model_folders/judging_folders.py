"""A model's folder on disk, judged before the library opens anything in it.

What is refused: code of the model's own (wherever a JSON names it), weights as pickle, files that
lie outside the folder, and files that are cut or damaged. Nothing is run and no weight is read.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from workbench import libraries, paths
from workbench.catalog.model_folders.compact_folders import TENSORS, is_compact
from workbench.catalog.model_folders.weight_files import (
    INDEX,
    PICKLED,
    WEIGHTS,
    is_plain_name,
    judge_weights,
    tensor_names,
)
from workbench.catalog.own_nets.net_type import LIKE
from workbench.errors import ModelError

CONFIG = "config.json"
#: Files with which a tokenizer knows its words.
VOCABULARIES = (
    "tokenizer.json", "vocab.txt", "vocab.json", "spiece.model", "spm.model", "tokenizer.model",
    "sentencepiece.bpe.model", "tekken.json", "tiktoken.model", "source.spm", "merges.txt",
)  # fmt: skip
#: What the library reads of a model folder beside its config and weights.
READ_BESIDE = (
    "generation_config.json", "tokenizer_config.json", "special_tokens_map.json",
    "added_tokens.json", "chat_template.jinja", "chat_template.json", *VOCABULARIES, "target.spm",
    "target_vocab.json", "bpe.codes", "sentencepiece.model", "spm_char.model", "dict.txt",
    "prophetnet.tokenizer", "normalizer.json",
)  # fmt: skip
#: Model types whose positions are counted from the padding id onwards, so that some are lost.
SHIFTED = (
    "roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "mpnet", "longformer", "luke", "mluke",
    "data2vec-text", "roberta-prelayernorm", "ibert", "xmod", "markuplm", "bros",
)  # fmt: skip
# JSON files that the library reads; of other ones only what they name as code matters
_SETTINGS = (CONFIG, "generation_config.json", "tokenizer_config.json", "special_tokens_map.json")
_WORDS = ("tokenizer.json", "vocab.json", "added_tokens.json", "entity_vocab.json", "tekken.json")
_CODE = ("auto_map", "custom_pipelines", "custom_generate")  # keys that name code to be run
_FILES = ("configuration_files", "fast_tokenizer_files", "transformers_weights")  # to be opened
_OPENED = (".json", ".safetensors", ".txt", ".model", ".spm", ".jinja", ".codes")
_OF_PROCESSES = re.compile(r"shard-\d+-model-\d+-of-\d+\.safetensors")
_ALIKE = {"roberta", "xlm-roberta", "camembert"}  # one architecture under three names
_SAVE_AGAIN = "Save the model again with save_pretrained()."


def judge_folder(folder: Path, what: str) -> dict[str, Any]:
    """Refuse a folder that is no whole model of one of the library's own kinds.

    Parameters
    ----------
    folder : Path
    what : str
        Named in the message, e.g. ``"folder ./my-model"``.

    Returns
    -------
    dict
        The configuration.

    Raises
    ------
    ModelError
        One sentence of what is wrong with which file.
    """
    there = {path.name for path in folder.iterdir()}
    if is_compact(folder):
        tensor_names(folder / TENSORS, what)
        return judge_settings(folder, what)
    judge_files(there, what)
    if "adapter_config.json" in there:
        raise ModelError(
            f"The {what} holds an adapter beside the model (adapter_config.json).",
            "Merge the adapter into the model and save the whole, or take it out of the folder.",
        )
    if parts := sorted(name for name in there if _OF_PROCESSES.fullmatch(name)):
        raise ModelError(
            f"The {what} holds the checkpoint of several processes ({parts[0]}), "
            "which is not one model yet.",
            "Load it with the program that wrote it and save_pretrained() the whole.",
        )
    config = judge_settings(folder, what)
    judge_weights(folder, what, config)
    return config


def judge_settings(folder: Path, what: str) -> dict[str, Any]:
    """As :func:`judge_folder`, of all but the weights."""
    _judge_places(folder, what)
    config = read_settings(folder / CONFIG)
    judge_config(config, what)
    for path in sorted(folder.glob("*.json")):
        if path.name in (CONFIG, INDEX, *_WORDS):
            continue
        try:
            found = read_settings(path)
        except ModelError:
            if path.name in _SETTINGS:
                raise
            continue  # nobody reads it
        _judge_named(found, path.name, what)
    if (folder / "custom_generate").exists():
        raise _own_code(what, "custom_generate in the folder")
    return config


def judge_files(names: Iterable[str], what: str, *, remedy: str = "") -> None:
    """Refuse a set of file names that is no model folder, or has its weights only as pickle.

    Parameters
    ----------
    names : iterable of str
        Files at the top of the folder or repository.
    what : str
        Named in the message, e.g. ``"model hub:org/name"``.
    remedy : str, optional
        What to do about pickled weights, when more is known than usual.
    """
    there = set(names)
    if CONFIG not in there:
        if "adapter_config.json" in there:
            raise ModelError(
                f"The {what} holds an adapter, not a whole model.",
                "Name the base model; its adapter_config.json says which it is.",
            )
        raise ModelError(
            f"The {what} has no config.json, so it is not a transformers model.",
            "Name a model that was saved with save_pretrained().",
        )
    if there & {WEIGHTS, INDEX}:
        return
    pickled = sorted(name for name in there if name.endswith(PICKLED))
    if pickled:
        raise ModelError(
            f"The {what} has its weights only as pickle ({pickled[0]}), "
            "which can run code when it is opened.",
            remedy
            or "Use a model with model.safetensors, or convert this one where you trust it: "
            "load it with transformers and save_pretrained() it to a folder.",
        )
    raise ModelError(
        f"The {what} has no model.safetensors.",
        "Name a model with PyTorch weights in the safetensors format.",
    )


def judge_config(config: dict[str, Any], what: str) -> None:
    """Refuse a configuration that needs code of its own or that transformers does not know."""
    _judge_named(config, CONFIG, what)
    kind = config.get("model_type")
    if not isinstance(kind, str) or not kind:
        raise ModelError(
            f"The config.json of the {what} names no model_type, so nothing says what it is.",
            "Save the model again with save_pretrained(), or write its model_type there.",
        )
    if kind not in LIKE and kind not in libraries.transformers("CONFIG_MAPPING"):
        raise ModelError(
            f"The {what} is of type {kind!r}, which this version of transformers does not know.",
            "Use a model whose architecture is part of transformers, or upgrade transformers.",
        )
    if config.get("quantization_config"):
        raise ModelError(
            f"The {what} holds quantised weights (quantization_config in config.json), "
            "which cannot be trained further.",
            "Use the model in full precision.",
        )
    _judge_architectures(config, kind, what)


def read_settings(path: Path) -> dict[str, Any]:
    """A JSON object of a model's folder.

    Raises
    ------
    ModelError
        If it cannot be read, is no JSON or no object.
    """
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise ModelError(f"{path} cannot be read: {reason}.", _SAVE_AGAIN) from error
    if not isinstance(found, dict):
        raise ModelError(f"{path} is not a configuration.", "Save the model again.")
    return found


def _target(path: Path) -> Path:
    """Where a link leads; a link to itself leads nowhere, which is outside of every folder."""
    found = paths.leads_to(path)
    return Path("/") if found.is_symlink() else found


def _judge_places(folder: Path, what: str) -> None:
    """Refuse what is no file, or a link to a place outside the folder."""
    root = folder.resolve()
    inside = [root]
    if root.parent.name == "snapshots" and root.parent.parent.name.startswith("models--"):
        inside.append(root.parent.parent)  # the hub's cache: its files are links to its blobs
    for path in sorted(folder.iterdir()):
        if path.suffix not in _OPENED:
            continue
        if path.is_symlink() and not any(_target(path).is_relative_to(one) for one in inside):
            raise ModelError(
                f"In the {what}, {path.name} is a link to a place outside of it.",
                "Copy the file itself into the folder.",
            )
        if not path.is_file():
            raise ModelError(
                f"In the {what}, {path.name} is "
                f"{'a link to nothing' if path.is_symlink() else 'not a file'}.",
                _SAVE_AGAIN,
            )


def _judge_named(settings: dict[str, Any], name: str, what: str) -> None:
    """Refuse settings that name code, or files elsewhere."""
    for key, value in _entries(settings):
        if key in _CODE and value:
            raise _own_code(what, f"{key} in {name}")
    for key in _FILES if name in _SETTINGS else ():
        value = settings.get(key) or []
        for one in value if isinstance(value, list) else [value]:
            if not is_plain_name(one) or (key == "transformers_weights" and one != WEIGHTS):
                raise ModelError(
                    f"In the {what}, {name} names other files to be opened ({key}: {str(one)!r}).",
                    "Name the files as save_pretrained() does, and leave that entry out.",
                )


def _own_code(what: str, where: str) -> ModelError:
    return ModelError(
        f"The {what} needs code of its own ({where}), which the workbench never runs.",
        "Use a model whose architecture is part of transformers.",
    )


def _entries(settings: Any) -> Iterator[tuple[str, Any]]:
    """Keys and values of an object and of everything in it."""
    waiting = [settings]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield from one.items()
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def _judge_architectures(config: dict[str, Any], kind: str, what: str) -> None:
    """Refuse a model type beside the name of another type's class: one of them was changed."""
    named = config.get("architectures")
    for one in named if isinstance(named, list) else []:
        kinds = _kinds_of_classes().get(one) if isinstance(one, str) else None
        if kinds and kind not in kinds and not {kind, *kinds} <= _ALIKE:
            raise ModelError(
                f"The config.json of the {what} says model_type {kind!r} and architecture {one}, "
                f"which is of type {' or '.join(map(repr, sorted(kinds)))}.",
                "Bring the config.json back that belongs to these weights.",
            )


@cache
def _kinds_of_classes() -> dict[str, set[str]]:
    """Model types of each class that the library has for text and the like."""
    found: dict[str, set[str]] = defaultdict(set)
    module = libraries.transformers("models.auto.modeling_auto")
    for name, mapping in vars(module).items():
        if name.startswith("MODEL_") and name.endswith("_MAPPING_NAMES"):
            for kind, classes in mapping.items():
                for one in [classes] if isinstance(classes, str) else classes:
                    found[one].add(kind)
    return dict(found)
