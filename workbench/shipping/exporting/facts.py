"""What an exported model has to know of its run, beside its weights: the fields of export.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.catalog.loading.judging import positions
from workbench.catalog.loading.padding import padding_side
from workbench.catalog.model_folders.virtual_tokens import NAME as VIRTUAL
from workbench.catalog.own_nets.net_type import LIKE
from workbench.errors import ModelError
from workbench.i18n import t
from workbench.task_words import called
from workbench.tasks.question_answering.spans import stride_of
from workbench.tasks.shared.target_collators import end_of_text
from workbench.tasks.token_classification.word_pieces import blank_piece, take_words
from workbench.training.generation import sampling
from workbench.training.predicting.temperature import stored_temperature
from workbench.training.predicting.writing import first_token, library_options

if TYPE_CHECKING:
    from workbench.task_spec import TaskSpec
    from workbench.training.predicting.predictor import Predictor
    from workbench.training.run import Run

FILE = "export.json"
FORMAT = 1
#: Kinds of answers, by what a model gives; see ``standalone/predict.py``.
KINDS = {"tokens": "tags", "spans": "span", "words": "gaps", "text": "text"}


def kind_of(spec: TaskSpec, task: Any) -> str:
    """What an answer is.

    Raises
    ------
    ModelError
        Of a task whose outputs are of a kind of its own.
    """
    if spec.output == "scores" and spec.predicts in ("class", "labels", "number"):
        return spec.predicts
    if spec.output == "vectors":
        return "pair" if task.scores_pairs else "vector"
    if spec.output in KINDS:
        return KINDS[spec.output]
    raise ModelError(t("export.task", task=called(spec)), t("export.task_remedy"))


def facts_of(run: Run, predictor: Predictor) -> dict[str, Any]:
    """The fields of export.json that do not depend on the format.

    The tokenizer of ``predictor`` is settled for its task.

    Raises
    ------
    ModelError
        If no plain model computes the same, or the task is not known.
    """
    task, model, tokenizer = predictor.task, predictor.model, predictor.tokenizer
    if hasattr(model, VIRTUAL):
        kind = run.recipe.method["kind"]
        raise ModelError(t("export.virtual", kind=kind), t("export.virtual_remedy"))
    kind, settled = kind_of(task.spec, task), predictor.settled or {}
    inputs = [name for name in tokenizer.model_input_names if name != "attention_mask"]
    found: dict[str, Any] = {
        "format": FORMAT,
        "task": task.name,
        "kind": kind,
        "model_class": type(model).__name__,
        "own_net": model.config.model_type in LIKE,
        "labels": list(predictor.label_names),
        "max_length": predictor.max_length,
        "inputs": ["input_ids", "attention_mask"] if kind in ("vector", "text")
        else [*inputs, "attention_mask"],
        "padding_side": padding_side(model),
        "thresholds": settled.get("thresholds"),
        "no_answer_threshold": settled.get("no_answer_threshold"),
        "temperature": stored_temperature(run.settled_path),
        "run": {"name": run.name, "model": run.recipe.model, "dataset": run.recipe.dataset
                if isinstance(run.recipe.dataset, str) else ""},
    }  # fmt: skip
    if kind == "span":
        special = tokenizer.num_special_tokens_to_add(pair=True)
        found["stride"] = stride_of(predictor.max_length, special)
    elif kind == "tags":
        take_words(tokenizer)
        found["blank"] = blank_piece(tokenizer)
        found["no_tag"] = "O" if "O" in predictor.label_names else ""
    elif kind == "vector":
        found["pooling"] = task.settings.pooling
    elif kind == "text":
        found |= _of_writing(run, predictor)
    return found


def _of_writing(run: Run, predictor: Predictor) -> dict[str, Any]:
    """How texts are asked for, and how words are chosen."""
    task, model, tokenizer = predictor.task, predictor.model, predictor.tokenizer
    settings, asked = predictor.generation, task.prompt
    options = library_options(model, tokenizer, settings)
    if isinstance(settings, sampling.Settings):
        options |= {"do_sample": True, "temperature": settings.temperature,
                    "top_k": settings.top_k, "top_p": settings.top_p}  # fmt: skip
    chat = any(role.kind == "messages" for role in task.spec.roles)
    decodes = not model.config.is_encoder_decoder
    before, after = "", ""
    if not chat and task.target is not None:
        before, _, after = getattr(asked, "template", "{source}").partition("{source}")
        before = (getattr(asked, "prefix", None) or "") + before
    most, places = predictor.max_length, positions(model.config.to_dict())
    if decodes and places is not None:
        most = min(most, max(1, places - settings.max_new_tokens))
    bos = tokenizer.bos_token_id
    end = end_of_text(tokenizer)
    first = first_token(model) if not decodes else end if bos is None else bos
    return {
        "conversation": chat,
        "before": before,
        "after": after,
        "prompt_tokens": most,
        "goes_on": decodes,
        "first": first,
        "end": end,
        "ends": options["eos_token_id"],
        "stop": settings.stops,
        "generation": {name: value for name, value in options.items() if value is not None},
    }
