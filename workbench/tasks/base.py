"""The protocol of a task: from rows to features to a loss to predictions to metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from ..data.examples import Examples
    from ..recipe import Recipe
    from .encoding import Encoded

CUT = "max_length of the recipe"  # stands for that number in the options of a pipeline


class Task(Protocol):
    """What training, prediction and inspection ask of a task.

    ``name`` is the recipe's; ``columns`` are the columns it needs, in reading order;
    ``output`` is what a prediction is: "class", "labels", "number", "tags" or "span";
    ``metric_names`` are what a checkpoint can be chosen by, the default first (``loss``, ``mae``
    and ``hamming_loss`` are better when smaller); ``auto_class`` is the library's class of models
    with the task's head, and ``problem_type`` what their config says, if anything; ``pipeline`` is
    the name of the library's pipeline and its options; ``views`` are names of what the Inspect
    panel shows.

    A task may have more: ``prepare_head(model, recipe, examples)``, which sets where a new head
    starts, ``pipeline_options(label_names, learnt)``, which gives further options of the pipeline,
    and what :mod:`.decisions` asks for.
    """

    name: str
    columns: tuple[str, ...]
    metric_names: tuple[str, ...]
    auto_class: str
    output: str
    problem_type: str | None
    pipeline: tuple[str, dict]
    views: tuple[str, ...]

    def load_examples(self, recipe: Recipe) -> Examples:
        """Checked, split examples of the recipe's dataset."""

    def asked(self, data: list | pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
        """What somebody wants predicted, as a frame that :meth:`encode` takes, checked.

        A task whose examples say what was learnt of the data (``Examples.learnt``) gets that as
        ``learnt=...``.
        """

    def encode(self, tokenizer: Any, frame: pd.DataFrame, max_length: int) -> Encoded:
        """Token ids (and labels, where the frame has them) of each row."""

    def prepare_loss(self, recipe: Recipe, examples: Examples) -> Any:
        """An object with ``.total(logits, labels)`` and ``.normaliser(labels)``: a batch's loss is
        the sum of totals over the sum of normalisers, however it was cut into micro-batches."""

    def predictions(
        self, frame: pd.DataFrame, encoded: Encoded, outputs: np.ndarray, label_names: list[str]
    ) -> pd.DataFrame:
        """One row an example: what was asked, the prediction, the scores, the loss."""

    def metrics(self, predictions: pd.DataFrame, label_names: list[str]) -> dict[str, float]:
        """Metrics of a predictions table."""

    def baselines(self, examples: Examples) -> dict[str, dict[str, float]]:
        """Metrics that cost no neural network, to be printed beside the model's."""
