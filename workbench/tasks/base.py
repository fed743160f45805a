"""The protocol of a task: from rows to features to a loss to predictions to metrics."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import RecipeError
from ..i18n import t
from ..task_spec import load_object
from ..task_words import called
from .shared.predicted import Predicted

if TYPE_CHECKING:
    import pandas as pd

    from ..data.examples import Examples
    from ..data.rendering.seen_rows import SeenRows
    from ..recipe import Recipe
    from ..task_spec import TaskSpec
    from .shared.encoding import Encoded
    from .shared.written import Prompt


class Task(Predicted):
    """What training, prediction and inspection ask of a task; a task inherits from it.

    What is to be known without loading it, it declares in ``spec``. It may have more than the
    methods below and those of :class:`.shared.predicted.Predicted`, which say what its predictions
    mean: ``prepare_head(model, recipe, examples)``, which sets where a new head starts,
    ``pipeline_options(label_names, learnt)``, which gives further options of the pipeline, and what
    :mod:`.shared.decisions` asks for.

    Attributes
    ----------
    spec : TaskSpec
        Given by :func:`workbench.tasks.get` where the class has none.
    """

    spec: TaskSpec
    #: ``forward(model, inputs, labels, forward=None) -> (outputs, labels)`` of a task whose models
    #: are asked for more or less than logits of each row; its loss takes what this gives.
    forward: Any = None

    @property
    def name(self) -> str:
        """The recipe's ``task``."""
        return self.spec.name

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it needs, in reading order."""
        return self.spec.required

    @property
    def metric_names(self) -> tuple[str, ...]:
        """What a checkpoint can be chosen by, the default first."""
        return self.spec.metric_names

    @property
    def auto_class(self) -> str | Mapping[str, str]:
        """The library's class of models with the task's head, or one for each family."""
        return self.spec.model_class

    @property
    def problem_type(self) -> str | None:
        """What the config of such a model says, if anything."""
        return self.spec.problem_type

    @property
    def output(self) -> str:
        """What a prediction is: "class", "labels", "number", "tags", "span" or "text"."""
        return self.spec.predicts

    @property
    def pipeline(self) -> tuple[str, dict] | None:
        """Name of the library's pipeline and its options."""
        return self.spec.pipeline

    @property
    def views(self) -> tuple[str, ...]:
        """Names of what the Inspect panel shows."""
        return self.spec.views

    def configured(self, recipe: Recipe, config: Any) -> Task:
        """The task with what a recipe says of it, for a model with this configuration.

        Training and prediction work with what it gives: an object of its own where there is
        something to be kept, else the task.

        Raises
        ------
        RecipeError
            If settings do not fit the model.
        """
        return self

    def rehearsed(
        self, recipe: Recipe, config: Any, tokenizer: Any, examples: Examples, rows: int
    ) -> Encoded | None:
        """Refuse what training would refuse of the first rows for a model's configuration.

        The rows as they were encoded, where that says more than the task's own checks do.

        Raises
        ------
        DataError, RecipeError
        """
        self.configured(recipe, config)

    def prepare_writer(self, tokenizer: Any, model: Any) -> None:
        """Settle what whoever writes with the model reads of both: what is asked, where to stop."""

    def load_examples(self, recipe: Recipe) -> Examples:
        """Checked, split examples of the recipe's dataset."""
        from ..data.reading.expected import seeing, settled

        with seeing() as reports:
            examples = load_object(self.spec.examples, f"The task {self.name!r}")(recipe)
        return dataclasses.replace(examples, read=settled(reports))

    def asked(self, data: list | pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
        """What somebody wants predicted, as a frame that :meth:`encode` takes, checked.

        A task whose examples say what was learnt of the data (``Examples.learnt``) gets that as
        ``learnt=...``.
        """
        raise NotImplementedError

    def encode(self, tokenizer: Any, frame: pd.DataFrame, max_length: int) -> Encoded:
        """Token ids (and labels, where the frame has them) of each row."""
        raise NotImplementedError

    def arranged(self, encoded: Encoded, max_length: int) -> Encoded:
        """Rows to be trained on, of what :meth:`encode` gives for the training examples."""
        return encoded

    def train_rows(self, tokenizer: Any, frame: pd.DataFrame, max_length: int) -> Encoded:
        """Rows to be trained on, of the training examples."""
        return self.arranged(self.encode(tokenizer, frame, max_length), max_length)

    def learnt(self, first: Any) -> SeenRows:
        """What is learnt of each row, for people to look through before anything is trained.

        Parameters
        ----------
        first : workbench.training.first_pass.FirstPass
            ``rows`` that are trained on, ``looked_at`` of them, ``frame`` that they are made of,
            ``batch(numbers)`` of rows as step 0 has it, ``steps`` of rows.

        Raises
        ------
        RecipeError
            If nothing is learnt token by token.
        """
        raise RecipeError(
            t("learnt.not_so", task=called(self.name)), t("learnt.not_so_back"), field="task"
        )

    def collator(self, tokenizer: Any, model: Any) -> Callable[[list[dict]], dict]:
        """What makes a batch of rows: ``collate(rows) -> dict`` of tensors and ``_tokens``,
        ``_padded_tokens``.

        Where something is drawn anew at each step it has ``for_step(batch, seed_of)``, which
        changes a batch in place; ``seed_of(row)`` is the seed of a row at this step, whatever
        batch it is in.
        """
        from ..catalog.loading.padding import padding_side
        from .shared.collators import Collator
        from .shared.target_collators import writing_collator

        if self.spec.output == "text":
            return writing_collator(tokenizer, model)
        return Collator(tokenizer, padding_side(model))

    def prepare_loss(self, recipe: Recipe, examples: Examples) -> Any:
        """An object with ``.total(logits, labels)`` and ``.normaliser(labels)``: a batch's loss is
        the sum of totals over the sum of normalisers, however it was cut into micro-batches."""
        raise NotImplementedError

    def samples(
        self, tokenizer: Any, frame: pd.DataFrame, encoded: Encoded, n_prompts: int
    ) -> list[Prompt]:
        """Prompts, at most so many, whose texts are shown as the model trains; [] for none."""
        return []

    def outputs(self, passes: Any) -> Any:
        """What predictions are made of, asked of a model at work.

        Parameters
        ----------
        passes : workbench.training.predicting.passes.Passes
            ``scores(reduce=...)``: numbers of each row or token, brought down to what is wanted of
            them where they are computed; ``written()``: losses of targets and texts.
        """
        return passes.written() if self.spec.output == "text" else passes.scores()

    def predictions(
        self, frame: pd.DataFrame, encoded: Encoded, outputs: Any, label_names: list[str]
    ) -> pd.DataFrame:
        """One row an example: what was asked, the prediction, the scores, the loss.

        ``outputs`` is what :meth:`outputs` gives: an array of float32 where the model scores.
        """
        raise NotImplementedError

    def metrics(self, predictions: pd.DataFrame, label_names: list[str]) -> dict[str, float]:
        """Metrics of a predictions table."""
        raise NotImplementedError

    def baselines(self, examples: Examples) -> dict[str, dict[str, float]]:
        """Metrics that cost no neural network, to be printed beside the model's."""
        raise NotImplementedError
