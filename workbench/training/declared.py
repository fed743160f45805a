"""What a recipe says of the training itself: batches, speed, evaluations, checkpoints."""

from __future__ import annotations

from dataclasses import dataclass

from .. import task_registry
from ..errors import RecipeError, nearest, shown
from ..settings import NONE, setting
from ..written_parts import DECIDES

SPEEDS = ("auto", "exact")
PRECISIONS = ("auto", "fp32", "bf16", "fp16")


@dataclass(frozen=True, kw_only=True)
class Batches:
    """Read by :mod:`workbench.training.session`."""

    batch_size: int = setting(None, "examples", kinds=(int,), low=1)
    """Examples a forward pass; the default is the task's."""

    gradient_accumulation: int = setting(1, "batches", kinds=(int,), low=1)
    """Forward passes an optimizer step. The gradient is that of the whole
    ``batch_size * gradient_accumulation`` examples."""


@dataclass(frozen=True, kw_only=True)
class Lengths:
    """Read by :mod:`workbench.training.preparing` and :mod:`workbench.training.engine`."""

    max_length: int = setting(None, "tokens", kinds=(int,), low=3, scope="examples", front=7)
    """Longest input in tokens, special tokens included; what is beyond is cut."""

    length_grouping: bool = setting(True, "on or off", kinds=(bool,))
    """Batches of texts of similar length, where batches are padded: less padding, same examples an
    epoch."""


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Read by :mod:`workbench.training.session`."""

    speed: str = setting("auto", "way", kinds=(str,), choices=SPEEDS)
    """``auto`` leaves padding out where the model allows it and takes the fastest number format and
    batch order. ``exact`` is the arithmetic of a plain training loop: padded batches in shuffled
    order through the library's own forward pass, in fp32 unless ``precision`` says otherwise."""

    precision: str = setting("auto", "number format", kinds=(str,), choices=PRECISIONS)
    """``auto`` is bf16 where the device is faster with it, otherwise fp32."""


@dataclass(frozen=True, kw_only=True)
class Evaluating:
    """Read by :mod:`workbench.training.steering` and :mod:`workbench.training.engine`."""

    evaluate_every: int | None = setting(None, "optimizer steps", kinds=(int, NONE), low=1)
    """Optimizer steps between evaluations; ``None`` is once an epoch, and ten times a run where the
    passes follow from the data and are more than that."""

    early_stopping: int | None = setting(None, "evaluations", kinds=(int, NONE), low=1)
    """Stop after so many evaluations without a better ``best_metric``."""

    best_metric: str | None = setting(None, "metric", kinds=(str, NONE))
    """Decides which checkpoint is kept: the latest that is not worse than the best by more
    than their standard error (:mod:`workbench.training.choosing`). One of the task's own
    (``workbench.tasks.get(task).metric_names``), or ``loss``. ``None`` is the first of them:
    ``macro_f1`` of a classification, ``pearson`` of a regression, ``f1`` of entities for tags and
    of answers; of texts for a text what ``writes`` says."""

    writes: str = setting("other", "kind of text", kinds=(str,), choices=tuple(DECIDES))
    """What is written, of a task that writes a text for a text. A ``translation`` is judged by
    chrF, a ``summarisation`` by ROUGE-L, a ``pronunciation`` (symbols between blanks) by its
    phoneme error rate, ``other`` texts by chrF, unless ``best_metric`` names another."""

    def _check(self) -> None:
        """Refuse a metric that no task has; of a task that is not installed nothing is known."""
        if self.best_metric is None or task_registry.find(self.task) is None:
            return
        known = list(dict.fromkeys(n for one in task_registry.specs() for n in one.metric_names))
        if self.best_metric not in known:
            own = task_registry.find(self.task).metric_names
            raise RecipeError(
                f"best_metric is {shown(self.best_metric)}.",
                nearest(self.best_metric, own or known),
                field="best_metric",
            )


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """Read by :mod:`workbench.training.steering`, and wherever something is drawn."""

    checkpoint_every: int = setting(150, "optimizer steps", kinds=(int,), low=1)
    """Optimizer steps from one checkpoint to the next: the most that a resumed run repeats. A new
    best evaluation writes one as well, and the count starts anew."""

    snapshots: bool = setting(False, "on or off", kinds=(bool,))
    """Keep the model at the end of each pass, or of each cycle of ``cosine_with_restarts``, in the
    run's folder ``snapshots``: members of an ensemble for the price of one training (Huang et al.,
    2017)."""

    seed: int = setting(0, "integer", kinds=(int,), low=0, high=2**32 - 1, scope="examples")
    """Of splits, order, new weights and dropout."""

    report_to: list = setting([], "integrations", kinds=(list,))
    """Passed to the Trainer: ``tensorboard``, ``mlflow``, ``trackio``, ..."""
