"""Everything between a recipe and the first step: model folder, tokenizer, data, checks."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import catalog, libraries, tasks
from ..atomic_files import read_json
from ..catalog.loading.judging import positions
from ..catalog.loading.padding import settle_padding, word_vectors
from ..catalog.loading.safe_loading import family_has, load_config, load_tokenizer
from ..catalog.loading.taken_inputs import settle_inputs
from ..catalog.loading.token_fit import check_ids, unknown_share, unknown_words
from ..data import augmentation, example_cache
from ..data.by_roles import as_begun, with_unseen
from ..data.settings import check_settings
from ..errors import DataError, RecipeError, TrainingError, nearest
from ..i18n import t
from ..paths import check_working_folder
from ..tasks.shared.build_model import build_model
from ..tasks.shared.written_places import check_places
from . import adversarial, losses, methods, regularisation
from .batching import mix
from .objectives import dropout
from .predicting.many_rows import try_two_rows

if TYPE_CHECKING:
    import pandas as pd

    from ..data.examples import Examples
    from ..recipe import Recipe
    from ..tasks.shared.encoding import Encoded


#: What launchers of several processes say their number in.
RANKS = ("WORLD_SIZE", "PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE")


@dataclass
class Prepared:
    """What a session trains with; ``encoded`` has a value a split."""

    task: Any
    folder: Path
    tokenizer: Any
    examples: Examples
    encoded: dict[str, Encoded]
    model: Any  # with what the method put into it
    method: methods.Method
    copies: augmentation.Copies = augmentation.NONE  # of training examples, behind them

    @property
    def train_frame(self) -> pd.DataFrame:
        """The examples that ``encoded["train"]`` is of, with their changed copies."""
        return self.copies.beside(self.examples.splits["train"])


def check_recipe(recipe: Recipe, notes: list[str] | None = None) -> Path:
    """Check what can be checked without reading weights or data; returns the model's folder.

    Parameters
    ----------
    notes : list of str, optional
        Gets what was used instead of what was asked for; it is logged when there is no list.

    Raises
    ------
    UnknownName, ModelError, DownloadError, RecipeError
    """
    from ..device import choose_precision, device_name

    check_working_folder()
    check_processes()
    tasks.best_metric(recipe)
    check_settings(recipe)
    if recipe.precision == "fp16":  # only then does it matter which device there is
        choose_precision(recipe.precision, device_name())
    folder = catalog.model_folder(recipe.model, notes=notes)
    catalog.check(recipe.dataset, "dataset")
    check_positions(recipe, folder)
    methods.check(recipe)
    if recipe.dropout is not None:
        dropout.check(recipe, load_config(folder, f"model {recipe.model}"))
    family_has(tasks.get(recipe.task).auto_class, folder, f"model {recipe.model}")
    losses.check(recipe)
    return folder


def check_processes() -> None:
    """Refuse to be one of several processes that are to train one model together.

    Each would have the run for its own. Who wants several says it in the recipe
    (:mod:`workbench.hardware`): the worker starts them.

    Raises
    ------
    TrainingError
    """
    for name in RANKS:
        count = os.environ.get(name, "")
        if count.isdigit() and int(count) > 1:
            raise TrainingError(
                t("ranks.launched", count=count, name=name),
                t("ranks.launched_remedy", count=count),
            )


def check_positions(recipe: Recipe, folder: Path) -> None:
    """Refuse a ``max_length`` that the model has no positions for.

    Raises
    ------
    RecipeError
    """
    bound = positions(read_json(folder / "config.json") or {})
    if bound is not None and recipe.max_length > bound:
        raise RecipeError(
            f"max_length is {recipe.max_length}, and {recipe.model} has {bound} positions.",
            f"Set max_length to at most {bound}.",
            field="max_length",
        )


def check_integrations(recipe: Recipe) -> None:
    """Refuse a ``report_to`` that the Trainer does not know or that is not installed.

    Raises
    ------
    RecipeError
    """
    if not recipe.report_to:
        return
    known, available = libraries.transformers(
        "integrations.integration_utils.INTEGRATION_TO_CALLBACK",
        "integrations.get_available_reporting_integrations",
    )
    for name in recipe.report_to:
        if name not in known:
            raise RecipeError(
                f"report_to names {name!r}.",
                nearest(name, known),
                field="report_to",
            )
        if name not in available():
            raise RecipeError(
                f"report_to names {name!r}, which is not installed.",
                f"Install it (pip install {name}) or leave it out.",
                field="report_to",
            )


def _of_logits(task: Any, tokenizer: Any, model: Any, encoded: dict[str, Any]) -> list[str]:
    """What is to be said of a model whose output layer is not asked apart, by its first row."""
    from ..tasks.shared.word_head import WordHead

    train = encoded["train"]
    if not len(train):
        return []
    batch = task.collator(tokenizer, model)([train[0]])
    where = next(model.parameters()).device
    inputs = {name: value.to(where) for name, value in batch.items()
              if name != "labels" and not name.startswith("_")}  # fmt: skip
    said = WordHead(model).said(inputs)
    return [said] if said else []


def _look(recipe: Recipe, task: Any, folder: Path, examples: Examples) -> None:
    """Refuse a method that the model does not allow, by a model without weights."""
    new: list[str] = []
    model = build_model(task, folder, examples.label_names, 0, what=f"model {recipe.model}",
                        new=new, only_look=True)  # fmt: skip
    start = methods.Start(folder, recipe.model, tuple(new), 0)
    methods.fits(model, recipe, start)


def _with_classes(recipe: Recipe, task: Any, begun: str) -> Examples | None:
    """The examples of a run that began when each file of its folder was a class; or None."""
    if not begun or "files" in recipe.reading:
        return None
    reading = {**recipe.reading, "files": "classes"}
    try:
        examples = task.load_examples(recipe.replace(reading=reading))
    except DataError:
        return None
    if examples.fingerprint != begun:
        return None
    examples.notes.append(t("data_notes.begun_classes"))
    return examples


def prepare(
    recipe: Recipe, tell=lambda phase: None, begun: str = "", kept: Path | None = None
) -> Prepared:
    """Load, check and tokenise the data, and build the model.

    Parameters
    ----------
    tell : callable taking str
        Called with the phase that begins.
    begun : str
        Fingerprint of the examples that the run began with; "" for one that begins.
    kept : Path, optional
        Where changed copies of the training examples are kept, so that the run goes on with them.
    """
    tell("loading")
    used: list[str] = []
    folder = check_recipe(recipe, used)
    check_integrations(recipe)
    task = tasks.get(recipe.task).configured(recipe, load_config(folder, f"model {recipe.model}"))
    try:
        examples = as_begun(recipe, example_cache.remembered(recipe, task.load_examples), begun)
    except DataError:
        examples = with_unseen(recipe, begun) or _with_classes(recipe, task, begun)
        if examples is None:
            raise
    examples.notes += used
    loss = losses.prepare(recipe, task, examples)  # what does not fit is refused before training
    adversarial.check(recipe, loss)
    copies = augmentation.settled(recipe, examples, catalog.model_folder, kept)
    if said := augmentation.said(recipe, copies, len(examples.splits["train"])):
        examples.notes.append(said)
    frames = {**examples.splits, "train": copies.beside(examples.splits["train"])}
    if recipe.method["kind"] != methods.METHODS.default:
        _look(recipe, task, folder, examples)
    tell("tokenising")
    what = f"model {recipe.model}"
    tokenizer = load_tokenizer(folder, what)
    tokenizer.model_max_length = recipe.max_length  # so that a pipeline cuts where training did
    encoded = {
        split: (task.train_rows if split == "train" else task.encode)(
            tokenizer, frame, recipe.max_length
        )
        for split, frame in frames.items()
    }
    told: dict[str, list[str]] = {}
    for split, rows in encoded.items():
        for note in rows.notes:
            told.setdefault(note, []).append(split)
    examples.notes += [f"{', '.join(splits)}: {note}" for note, splits in told.items()]
    known = unknown_words(unknown_share(encoded["train"].arrays["input_ids"], tokenizer), what)
    if known:
        examples.notes.append(known)
    tell("loading the model")
    new: list[str] = []
    model = build_model(
        task, folder, examples.label_names, mix(recipe.seed, "head"),
        what=what, notes=examples.notes, new=new,
        settle=functools.partial(dropout.put, share=recipe.dropout),
    )  # fmt: skip
    dropout.check_read(recipe, model)
    settle_padding(tokenizer, model, what)
    left = settle_inputs(tokenizer, model)
    for rows in encoded.values():
        rows.arrays = {n: values for n, values in rows.arrays.items() if n not in left}
        check_ids(rows.arrays["input_ids"], word_vectors(model), tokenizer, what)
        if rows.targets is not None:
            check_ids(rows.targets.ids, word_vectors(model), tokenizer, what)
    if task.spec.output == "text":
        check_places(recipe, model.config, encoded, methods.tokens_taken(recipe))
    with adversarial.looking(recipe, model):
        try_two_rows(model, tokenizer, encoded["train"], task)
    if task.spec.output in ("text", "words"):
        examples.notes += _of_logits(task, tokenizer, model, encoded)
    task.prepare_writer(tokenizer, model)
    if hasattr(task, "prepare_head"):
        task.prepare_head(model, recipe, examples)
    start = methods.Start(folder, recipe.model, tuple(new), mix(recipe.seed, "method"))
    method = methods.wrap(model, recipe, start)
    regularisation.check(recipe, method.model)
    return Prepared(task, folder, tokenizer, examples, encoded, method.model, method, copies)
