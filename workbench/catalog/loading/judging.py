"""A model judged for a task before it is trained: by its settings, its tokenizer, its weights.

What training would refuse is refused here by the same code (:mod:`.loading`): nothing is guessed
from names where the library can be asked.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench import task_registry
from workbench.catalog.loading.model_families import known_types, name_for
from workbench.catalog.loading.padding import settle_padding
from workbench.catalog.loading.safe_loading import POOLER, load_config, load_model, load_tokenizer
from workbench.catalog.loading.token_fit import no_room
from workbench.catalog.model_folders.judging_folders import (
    INDEX,
    SHIFTED,
    VOCABULARIES,
    WEIGHTS,
    judge_settings,
)
from workbench.catalog.own_nets.net_type import LIKE
from workbench.errors import ModelError
from workbench.task_spec import TaskSpec

#: Model types that count the distance between tokens, so that no table of positions ends.
RELATIVE = ("t5", "mt5", "umt5", "longt5", "switch_transformers", "xlnet", "bloom")

_OF_CLASSES = ("class", "labels", "tags")  # predictions that a model's class names are for


@dataclasses.dataclass(frozen=True)
class Verdict:
    """One thing about a model: severity, short name, sentence, remedy."""

    severity: str
    check: str
    what: str
    remedy: str = ""


def positions(config: dict[str, Any]) -> int | None:
    """Longest input in tokens that a configuration allows, or None where it sets no bound."""
    found = config.get("max_position_embeddings") or config.get("n_positions")
    if not isinstance(found, int) or isinstance(found, bool) or found <= 0:
        return None
    if config.get("model_type") in RELATIVE:
        return None
    if config.get("model_type") not in SHIFTED:
        return found
    padding = config.get("pad_token_id", 1)
    return found - 1 - padding if isinstance(padding, int) and padding >= 0 else found - 2


def judge(folder: Path, name: str, *, task: str, max_length: int) -> list[Verdict]:
    """What speaks against a model for a task.

    Parameters
    ----------
    folder : Path
        With ``config.json`` and the tokenizer's files; weights are judged where they are there.
    name : str
        How the model is called in the sentences.

    Returns
    -------
    list of Verdict
        Empty when nothing does.
    """
    what = f"model {name}"
    try:
        config = judge_settings(folder, what)
    except ModelError as error:
        return [Verdict("error", "model", error.message, error.remedy)]
    declared = task_registry.find(task)
    heads = _task(folder, config, name, declared) if declared and declared.auto_class else []
    found = [*heads, *_tokenizer(folder, config, name, declared, max_length)]
    found += _length(config, name, max_length)
    there = any((folder / file).is_file() for file in (WEIGHTS, INDEX))
    suits = not any(one.check == "wrong task" for one in heads)
    if there and declared and declared.auto_class and suits:
        fills = not any(one.severity == "error" for one in found)
        found += _weights(folder, what, declared.model_class, fills)
    return found


def _task(folder: Path, config: dict[str, Any], name: str, task: TaskSpec) -> list[Verdict]:
    kind = config.get("model_type")
    kind = LIKE.get(kind, kind)
    chosen = task.model_class
    if not isinstance(chosen, str):
        try:
            chosen = name_for(chosen, load_config(folder, f"model {name}"), f"model {name}")
        except ModelError as error:
            return [Verdict("error", "wrong task", error.message, error.remedy)]
    known = known_types(chosen)
    if kind not in known:
        return [
            Verdict(
                "error",
                "wrong task",
                f"{name} is of type {kind!r}, which transformers has no {task.name} for.",
                f"Choose another model; catalog.models({task.name!r}) lists some.",
            )
        ]
    made_for = [str(a) for a in config.get("architectures") or []]
    heads = ("ForTokenClassification", "ForQuestionAnswering", "ForSequenceClassification")
    other = next((a for a in made_for if a.endswith(heads)), None)
    if other and other not in known[kind]:
        return [
            Verdict(
                "info",
                "other head",
                f"{name} was fine-tuned for something else ({other}); its head is replaced.",
                "The model without a head is usually the better start.",
            )
        ]
    labels = config.get("id2label")
    if other and isinstance(labels, dict) and task.predicts in _OF_CLASSES:
        names = ", ".join(str(label) for label in list(labels.values())[:4])
        return [
            Verdict(
                "info",
                "other head",
                f"{name} was fine-tuned for {len(labels)} classes ({names}); another set of "
                "classes gets a new head.",
            )
        ]
    return []


def _tokenizer(
    folder: Path, config: dict[str, Any], name: str, task: TaskSpec | None, max_length: int
) -> list[Verdict]:
    try:
        tokenizer = load_tokenizer(folder, f"model {name}")
    except ModelError as error:
        return [Verdict("error", "no tokenizer", error.message, error.remedy)]
    found: list[Verdict] = []
    slow = [file for file in VOCABULARIES[1:] if (folder / file).is_file()]
    if slow and not (folder / VOCABULARIES[0]).is_file():
        found.append(
            Verdict(
                "warning",
                "no fast tokenizer",
                f"{name} has no tokenizer.json, only {slow[0]}, which is converted at each start.",
                "Load its tokenizer with transformers and save_pretrained() it to the folder.",
            )
        )
    if task and task.output == "spans" and (said := no_room(tokenizer, max_length)):
        found.append(Verdict("error", "max_length", *said))
    if tokenizer.pad_token is None:
        own, end = config.get("pad_token_id"), tokenizer.eos_token
        if isinstance(own, int) and 0 <= own < len(tokenizer):
            end = tokenizer.convert_ids_to_tokens(own)
        found.append(
            Verdict(
                "info" if end else "error",
                "no pad token",
                f"The tokenizer of {name} has no pad token"
                + (f"; {end!r} is used for it." if end else " and no end-of-text token."),
                "" if end else "Set pad_token in its tokenizer_config.json.",
            )
        )
    return found


def _length(config: dict[str, Any], name: str, max_length: int) -> list[Verdict]:
    bound = positions(config)
    if bound is None or max_length <= bound:
        return []
    return [
        Verdict(
            "error",
            "positions too few",
            f"max_length is {max_length:,}, and {name} has {bound:,} positions.",
            f"Set max_length to at most {bound}.",
        )
    ]


def _weights(
    folder: Path, what: str, auto_class: str | Mapping[str, str], fills: bool
) -> list[Verdict]:
    """Refused weights, a pad token without one, and those that the configuration leaves out."""
    notes: list[str] = []
    try:
        model = load_model(
            folder, auto_class, what, new_head=True, spare=POOLER, notes=notes, only_look=True
        )
    except ModelError as error:
        return [Verdict("error", "weights", error.message, error.remedy)]
    if fills:
        try:
            settle_padding(load_tokenizer(folder, what), model, what)
        except ModelError as error:
            return [Verdict("error", "no pad token", error.message, error.remedy)]
    return [
        Verdict("warning", "layers left out", note, "Change num_hidden_layers in config.json.")
        for note in notes
    ]
