"""The library's pipeline on the model of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import libraries, tasks
from ...catalog.loading.padding import settle_padding
from ...catalog.loading.safe_loading import load_model, load_tokenizer
from ...catalog.loading.taken_inputs import settle_inputs
from ...errors import RunError
from ...i18n import t
from ...task_spec import CUT
from ...task_words import called

if TYPE_CHECKING:
    from ...recipe import Recipe


def pipeline(folder: Path, recipe: Recipe, info: dict[str, Any], name: str) -> Any:
    """The ``transformers`` pipeline of a task on a model, cutting texts where training did.

    Parameters
    ----------
    folder : Path
    recipe : Recipe
        Of the run that trained it.
    info : dict
        What the run knows of its data (``label_names``, ``learnt``).
    name : str
        What the run is called, for sentences.

    Raises
    ------
    RunError
        If the library has no pipeline for the task.
    """
    transformers = libraries.transformers()
    task = tasks.get(recipe.task)
    if task.pipeline is None:
        raise RunError(
            t("predicting.no_pipeline", task=called(recipe.task)),
            t("predicting.no_pipeline_remedy"),
        )
    kind, options = task.pipeline
    if kind not in libraries.transformers("pipelines.get_supported_tasks")():
        raise RunError(
            f"transformers {transformers.__version__} has no pipeline {kind!r}.",
            "Call run.predict(...): it needs none.",
        )
    what = f"model of the run {name}"
    model, tokenizer = load_model(folder, task.auto_class, what), load_tokenizer(folder, what)
    settle_padding(tokenizer, model, what)
    settle_inputs(tokenizer, model)
    if hasattr(task, "pipeline_options"):
        options = {**options, **task.pipeline_options(info["label_names"], info.get("learnt"))}
    return libraries.transformers("pipeline")(
        kind,
        model=model,
        tokenizer=tokenizer,
        trust_remote_code=False,
        **{key: recipe.max_length if value is CUT else value
           for key, value in options.items()},
    )
