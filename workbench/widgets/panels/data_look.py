"""What the Pick panel shows of a dataset, computed without any widget."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench import task_registry
from workbench.recipe import Recipe
from workbench.reference import Origin, origin_of

if TYPE_CHECKING:
    import pandas as pd

SAMPLED = 2000  # training texts whose tokens are counted
BINS = 30


@dataclass
class DataLook:
    """A dataset as a recipe would use it.

    Attributes
    ----------
    examples : dict of str to int
        Examples of each split.
    counts : dict of str to int
        Training examples of each class, in class order; empty where texts are written.
    preview : pandas.DataFrame
        The first training examples: ``text``, ``pair`` where there is one, ``label``.
    columns : list of str
        Columns of the source.
    notes : list of str
        What was left out or cut.
    lengths : ndarray of int
        Tokens of training texts, special tokens included; empty when the model is not here yet.
    words : int or None
        Different tokens in all training texts, about; None when no length is known.
    positions_error : WorkbenchError or None
        What is wrong with the model or with ``max_length`` for it.
    are_scores : bool
        Whether labels are numbers; ``counts`` is then of ten steps between the least and the most.
    classes : int or None
        Classes of which an example has one, where there are such.
    """

    examples: dict[str, int]
    counts: dict[str, int]
    preview: pd.DataFrame
    columns: list[str]
    notes: list[str] = field(default_factory=list)
    lengths: np.ndarray = field(default_factory=lambda: np.empty(0, int))
    words: int | None = None
    positions_error: Exception | None = None
    are_scores: bool = False
    classes: int | None = None

    def cut(self, max_length: int) -> float:
        """Share of the texts that ``max_length`` cuts; NaN when no length is known."""
        return float((self.lengths > max_length).mean()) if len(self.lengths) else float("nan")

    def histogram(self) -> list[list[int]]:
        """``[from, to, texts]`` of each bin of equal width; empty when no length is known.

        A few very long texts do not squeeze the others: the last bin then takes all of them.
        """
        if not len(self.lengths):
            return []
        longest = int(self.lengths.max())
        top = min(longest, int(4 * np.percentile(self.lengths, 90))) + 1
        width = max(1, -(-top // BINS))
        bins = -(-top // width)
        counts = np.bincount(np.minimum(self.lengths // width, bins - 1), minlength=bins)
        found = [[i * width, (i + 1) * width - 1, int(n)] for i, n in enumerate(counts)]
        found[-1][1] = max(found[-1][1], longest)
        return found


def look_at(recipe: Recipe, *, with_model: bool = True) -> DataLook:
    """Load the data of a recipe and count what matters before training.

    A model of the hub is not fetched for this: its token lengths stay unknown until it is here.

    Parameters
    ----------
    recipe : Recipe
    with_model : bool
        Count tokens with the model's tokenizer, which fetches a sample that is not here yet.

    Raises
    ------
    WorkbenchError
        What the data or the recipe's columns make impossible, in one sentence.
    """
    from workbench import task_registry, tasks
    from workbench.data.reading import sources

    source = sources.load(recipe.dataset, reading=recipe.reading)
    columns = list(next(iter(source.values())).column_names)
    try:
        examples = tasks.get(recipe.task).load_examples(recipe)
    except Exception as error:
        error.columns = columns  # the form offers them all the same
        raise
    train = examples.splits["train"]
    writes = not task_registry.spec(recipe.task).names_outputs  # and has no classes
    lengths, words, problem = np.empty(0, int), None, None
    if with_model:
        lengths, words, problem = _lengths(recipe, train)
    return DataLook(
        examples={split: len(frame) for split, frame in examples.splits.items()},
        counts={} if writes else examples.balance("train"),
        preview=_with_targets(examples.preview(200), recipe.task),
        columns=columns,
        notes=list(examples.notes),
        lengths=lengths,
        words=words,
        positions_error=problem,
        are_scores=examples.are_scores,
        classes=examples.classes,
    )


def _with_targets(preview: pd.DataFrame, task: str) -> pd.DataFrame:
    """What is to be written beside what is read, where a task has both."""
    from workbench import task_registry

    roles = task_registry.spec(task).roles
    target = next((one.name for one in roles if one.kind == "target"), None)
    if target is None or target not in preview:
        return preview
    return preview.rename(columns={target: "target"})


TRAINING_ONLY = {
    "epochs", "max_steps", "batch_size", "gradient_accumulation", "learning_rate", "weight_decay",
    "averaging",
    "max_grad_norm", "warmup", "schedule", "max_length", "length_grouping", "class_weights",
    "focal_gamma", "label_smoothing", "speed", "precision", "evaluate_every", "early_stopping",
    "best_metric", "checkpoint_every", "snapshots", "report_to", "slices", "dropout", "hardware",
    "regularisation", "adversarial", "augmentation",
}  # fmt: skip


def data_key(recipe: Recipe) -> str:
    """What of a recipe the look depends on; ``max_length`` alone needs no second look."""
    return repr({k: v for k, v in recipe.to_dict().items() if k not in TRAINING_ONLY})


def _lengths(
    recipe: Recipe, train: pd.DataFrame
) -> tuple[np.ndarray, int | None, Exception | None]:
    """Tokens of texts, how many different ones there are in all, and what is wrong with a model."""
    from workbench.catalog import model_folder
    from workbench.errors import WorkbenchError

    if origin_of(recipe.model, "model") is Origin.HUB:
        return np.empty(0, int), None, None
    try:
        folder = model_folder(recipe.model)
        tokenizer = _tokenizer(folder)
    except WorkbenchError as error:
        return np.empty(0, int), None, error
    drawn = train
    if len(train) > SAMPLED:
        drawn = train.iloc[np.linspace(0, len(train) - 1, SAMPLED).astype(int)]
    texts: list = drawn["text"].tolist()
    if "pair" in drawn.columns:
        texts = list(zip(texts, drawn["pair"].tolist(), strict=True))
    read = tokenizer.encode_batch(texts)
    different = len({token for one in read for token in one.ids})
    # of a few of many: new words become rarer, about with the root of the texts (Heaps' law)
    words = round(different * (len(train) / max(1, len(drawn))) ** 0.5)
    return np.array([len(one.ids) for one in read]), words, None


def _tokenizer(folder: Path) -> Any:
    """The fast tokenizer alone: a tenth of a second, where ``transformers`` takes three."""
    from tokenizers import Tokenizer

    if not (folder / "tokenizer.json").is_file():
        from workbench.catalog.loading.safe_loading import load_tokenizer

        return load_tokenizer(folder).backend_tokenizer
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def check_max_length(recipe: Recipe) -> None:
    """Raise :class:`RecipeError` when a model that is here has fewer positions than asked for."""
    from workbench.catalog import model_folder
    from workbench.training.preparing import check_positions

    if origin_of(recipe.model, "model") is not Origin.HUB:
        check_positions(recipe, model_folder(recipe.model))


def rows_and_classes(recipe: Recipe, look: DataLook | None) -> tuple[int | None, int | None]:
    """What trains, as far as it is known; texts that are laid into rows are not counted yet."""
    if look is None:
        return None, None
    laid = task_registry.spec(recipe.task).lays_rows and "conversation" not in look.columns
    return None if laid else look.examples.get("train"), look.classes


def model_width(reference: str) -> int | None:
    """Size of the hidden states of a model that is listed or here; None where it is not known."""
    from workbench.atomic_files import read_json
    from workbench.catalog import model_folder
    from workbench.catalog.listing import HUB_MODELS
    from workbench.errors import WorkbenchError

    if origin_of(reference, "model") is Origin.HUB:
        listed = (entry.width for entry in HUB_MODELS if f"hub:{entry.id}" == reference)
        return next(listed, None)
    try:
        config = read_json(model_folder(reference) / "config.json")
    except WorkbenchError:  # Pick says what is wrong with the model, or offers to fetch it
        return None
    found = config if isinstance(config, dict) else {}
    names = ("hidden_size", "d_model", "dim", "n_embd")
    width = next((found[name] for name in names if name in found), None)
    return width if isinstance(width, int) else None
