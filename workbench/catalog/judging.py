"""A model judged from its configuration and tokenizer files, before a weight is read."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from workbench import libraries
from workbench.catalog.nets import MODEL_TYPE
from workbench.files import read_json

#: Files from which a fast tokenizer can be loaded or made.
FAST = ("tokenizer.json",)
SLOW = ("vocab.txt", "vocab.json", "spiece.model", "tokenizer.model", "sentencepiece.bpe.model")
#: Model types whose positions are counted from the padding id onwards, so that two are lost.
SHIFTED = ("roberta", "xlm-roberta", "camembert")
_MAPPINGS = {
    "text-classification": "MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES",
    "multi-label-classification": "MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES",
    "regression": "MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES",
    "token-classification": "MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING_NAMES",
    "question-answering": "MODEL_FOR_QUESTION_ANSWERING_MAPPING_NAMES",
    "text-to-text": "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES",
    "language-modelling": "MODEL_FOR_CAUSAL_LM_MAPPING_NAMES",
}


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
    return found - 2 if config.get("model_type") in SHIFTED else found


def judge(folder: Path, name: str, *, task: str, max_length: int) -> list[Verdict]:
    """What speaks against a model for a task.

    Parameters
    ----------
    folder : Path
        With ``config.json`` and the tokenizer's files; weights need not be there.
    name : str
        How the model is called in the sentences.

    Returns
    -------
    list of Verdict
        Empty when nothing does.
    """
    config = read_json(folder / "config.json")
    config = config if isinstance(config, dict) else {}
    return [
        *_task(config, name, task),
        *_tokenizer(folder, config, name),
        *_length(config, name, max_length),
    ]


def _task(config: dict[str, Any], name: str, task: str) -> list[Verdict]:
    mapping = _MAPPINGS.get(task)
    if mapping is None:
        return []
    kind = config.get("model_type")
    kind = "bert" if kind == MODEL_TYPE else kind
    known = libraries.transformers(f"models.auto.modeling_auto.{mapping}")
    if kind not in known:
        return [
            Verdict(
                "error",
                "wrong task",
                f"{name} is of type {kind!r}, which transformers has no {task} for.",
                f"Choose another model; catalog.models({task!r}) lists some.",
            )
        ]
    made_for = [str(a) for a in config.get("architectures") or []]
    heads = ("ForTokenClassification", "ForQuestionAnswering", "ForSequenceClassification")
    other = next((a for a in made_for if a.endswith(heads)), None)
    if other and other not in str(known[kind]):
        return [
            Verdict(
                "info",
                "other head",
                f"{name} was fine-tuned for something else ({other}); its head is replaced.",
                "The model without a head is usually the better start.",
            )
        ]
    labels = config.get("id2label")
    if other and isinstance(labels, dict) and task.endswith("classification"):
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


def _tokenizer(folder: Path, config: dict[str, Any], name: str) -> list[Verdict]:
    found: list[Verdict] = []
    if not any((folder / file).is_file() for file in FAST):
        slow = [file for file in SLOW if (folder / file).is_file()]
        found.append(
            Verdict(
                "warning" if slow else "error",
                "no fast tokenizer",
                f"{name} has no tokenizer.json"
                + (f", only {slow[0]}, which is converted at each start." if slow else "."),
                "Load its tokenizer with transformers and save_pretrained() it to the folder."
                if slow
                else "Add the tokenizer's files to the folder.",
            )
        )
    settings = read_json(folder / "tokenizer_config.json")
    special = read_json(folder / "special_tokens_map.json")
    said = {
        **(special if isinstance(special, dict) else {}),
        **(settings if isinstance(settings, dict) else {}),
    }
    if said and not said.get("pad_token"):
        end = said.get("eos_token")
        if isinstance(end, dict):
            end = end.get("content")
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
