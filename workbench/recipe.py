"""A recipe says everything that a run depends on, and checks itself before anything is loaded."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

from . import recipe_text, settings, task_registry
from .errors import RecipeError, nearest, shown
from .recipe_text import check_plain
from .settings import Kinds, check_setting
from .task_spec import USUAL

SPEEDS = ("auto", "exact")
SCHEDULES = ("linear", "cosine", "constant")
PRECISIONS = ("auto", "fp32", "bf16", "fp16")
SPLITS = ("stratified", "random", "group", "time")
SAMPLINGS = ("all", "oversample", "undersample")


def task_defaults(task: str) -> dict[str, float]:
    """``epochs``, ``learning_rate`` and ``max_length`` of a recipe of this task that names none.

    Examples
    --------
    >>> task_defaults("text-classification")
    {'epochs': 2, 'learning_rate': 0.0001, 'max_length': 128}
    """
    declared = task_registry.find(task)
    return {**USUAL, **(declared.defaults if declared else {})}


_setting, _NONE = settings.setting, settings.NONE
METHODS = Kinds("method", "workbench.training.methods", "full")  # ways of changing weights
_NESTED = (METHODS,)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What to do: task, model, data, optimisation. Immutable; change it with :meth:`replace`.

    Parameters
    ----------
    task : str
        Name of the task, one of ``workbench.catalog.tasks()``.
    model : str
        ``sample:name``, ``hub:org/name`` or a local folder.
    dataset : str or pandas.DataFrame
        ``sample:name``, ``hub:org/name``, a file or folder. A DataFrame is stored once in the cache
        and becomes ``data:sha256-...``.
    columns : dict
        Where the task's columns are found, ``{"text": "review", "label": "stars"}``; a column that
        has the task's own name needs no entry.
    label_separator : str or None
        What stands between the labels of a row of a multi-label dataset, such as ``";"``, where its
        column holds texts; ``None`` where it holds lists.
    reading : dict
        How files are read, where that is not found out right: ``encoding``, ``delimiter``,
        ``quotes``, ``skip``, ``header``, ``sheet``, ``rows``, ``shape`` and others; see
        :data:`workbench.data.reading_settings.READING`.
    fixes : list of str
        What is mended in the data before it is split, in this order, such as
        ``["drop_duplicates"]``; see :mod:`workbench.data.fixes`.
    corrections : str or None
        File of corrected labels, laid over the data after it is split; see
        :mod:`workbench.data.corrections`.
    split : {'stratified', 'random', 'group', 'time'}
        How missing splits are made: each class keeps its share; by chance; rows with the same value
        of ``split_column`` stay together; or the last rows by ``split_column`` are held out.
    split_column : str or None
        Column of the data that ``group`` and ``time`` go by.
    folds, fold : int or None
        With ``folds=5, fold=2`` the test split is the second of five equal parts of the rows, which
        ``max_eval_examples`` does not cut: over all folds each row is tested once.
    test_size, validation_size : float or int
        Share (below 1) or number of examples held out where the dataset has no such split.
    max_train_examples, max_eval_examples : int or None
        At most so many examples are drawn (stratified, seeded) for training, and for each of
        validation and test. The default keeps a first run to about a minute on a CPU;
        ``None`` takes all.
    sampling : {'all', 'oversample', 'undersample'}
        Which training examples an epoch has: all as they are; those of smaller classes several
        times, until each class has as many as the largest; or of each class as many as the smallest
        has. Validation and test keep their shares.
    method : dict
        How weights are changed, ``{"kind": "full"}`` or ``{"kind": "lora", "rank": 8}``; a kind's
        settings are the fields of its ``Settings`` in :mod:`workbench.training.methods`.
    epochs : float
        Passes over the training examples. ``max_steps``, when given, wins. The default is the
        task's own (:func:`task_defaults`), as those of ``learning_rate`` and ``max_length`` are.
    batch_size, gradient_accumulation : int
        Examples a forward pass, and forward passes an optimizer step. The gradient is that of the
        whole ``batch_size * gradient_accumulation`` examples.
    learning_rate, weight_decay, max_grad_norm : float
        Of AdamW. The default suits small encoders; take ``2e-5`` to ``5e-5`` for BERT-base and
        larger.
    warmup : float or int
        Share (below 1) or number of optimizer steps in which the learning rate rises linearly.
    schedule : {'linear', 'cosine', 'constant'}
        How the learning rate falls after the warm-up.
    max_length : int
        Longest input in tokens, special tokens included; what is beyond is cut.
    length_grouping : bool
        Batches of texts of similar length, where batches are padded: less padding, same examples
        an epoch.
    class_weights : None, 'balanced', list of float or dict of class to float
        Weights of the classes in the loss. ``balanced`` is ``n_examples / (n_classes * count)``; of
        a multi-label task what having the label weighs, ``(n_examples - count) / count``.
    focal_gamma : float
        Above 0 the focal loss: examples that are right already, with a probability ``p`` of their
        class, count ``(1 - p) ** focal_gamma`` (Lin et al., 2017); 0 is the cross-entropy.
    label_smoothing : float
        Probability mass spread over all classes (Szegedy et al., 2016).
    speed : {'auto', 'exact'}
        ``auto`` leaves padding out where the model allows it and takes the fastest number format
        and batch order. ``exact`` is the arithmetic of a plain training loop: padded batches in
        shuffled order through the library's own forward pass, in fp32 unless ``precision`` says
        otherwise.
    precision : {'auto', 'fp32', 'bf16', 'fp16'}
        ``auto`` is bf16 where the device is faster with it, otherwise fp32.
    evaluate_every : int or None
        Optimizer steps between evaluations; ``None`` is once an epoch.
    early_stopping : int or None
        Stop after so many evaluations without a better ``best_metric``.
    best_metric : str or None
        Decides which checkpoint is the best one and is kept: one of the task's own
        (``workbench.tasks.get(task).metric_names``), or ``loss``. ``None`` is the first of them:
        ``macro_f1`` of a classification, ``pearson`` of a regression, ``f1`` of entities for tags
        and of answers.
    checkpoint_every : int
        Optimizer steps from one checkpoint to the next: the most that a resumed run repeats. A new
        best evaluation writes one as well, and the count starts anew.
    seed : int
        Of splits, order, new weights and dropout.
    report_to : list of str
        Passed to the Trainer: ``tensorboard``, ``mlflow``, ``trackio``, ...
    slices : dict of str to str
        Name and query of groups of examples whose errors are looked at beside the rest, such as
        ``{"long": "words >= 40"}``; see :mod:`workbench.inspection.slices`.

    Raises
    ------
    RecipeError
        Names the field, the value and what is allowed.

    Examples
    --------
    >>> recipe = Recipe(epochs=1)
    >>> recipe.replace(epochs=3).epochs
    3
    >>> Recipe.from_yaml(recipe.to_yaml()) == recipe
    True
    """

    task: str = _setting(task_registry.default().name, "name", kinds=(str,))
    model: str = _setting("sample:minilm-l6", "reference", kinds=(str,))
    dataset: str = _setting("sample:movie-sentiment", "reference", kinds=(str,))
    columns: dict = _setting({}, "task column: data column", kinds=(dict,))
    label_separator: str | None = _setting(None, "text", kinds=(str, _NONE), blank=True)
    reading: dict = _setting({}, "setting: value", kinds=(dict,))
    fixes: list = _setting([], "names of fixes", kinds=(list,))
    corrections: str | None = _setting(None, "file", kinds=(str, _NONE))
    split: str = _setting("stratified", "method", kinds=(str,), choices=SPLITS)
    split_column: str | None = _setting(None, "data column", kinds=(str, _NONE))
    folds: int | None = _setting(None, "parts", kinds=(int, _NONE), low=2, high=100)
    fold: int | None = _setting(None, "number of the part", kinds=(int, _NONE), low=1, high=100)
    test_size: float = _setting(0.2, "share or examples", kinds=(float, int), low=0, open_low=True)
    validation_size: float = _setting(
        0.1, "share or examples", kinds=(float, int), low=0, open_low=True
    )
    max_train_examples: int | None = _setting(2000, "examples", kinds=(int, _NONE), low=2)
    max_eval_examples: int | None = _setting(2000, "examples", kinds=(int, _NONE), low=2)
    sampling: str = _setting("all", "way", kinds=(str,), choices=SAMPLINGS)
    method: dict = _setting({"kind": "full"}, "kind and its settings", kinds=(dict,))
    epochs: float = _setting(None, "passes", kinds=(float, int), low=0, open_low=True)
    max_steps: int | None = _setting(None, "optimizer steps", kinds=(int, _NONE), low=1)
    batch_size: int = _setting(16, "examples", kinds=(int,), low=1)
    gradient_accumulation: int = _setting(1, "batches", kinds=(int,), low=1)
    learning_rate: float = _setting(
        None, "per step", kinds=(float, int), low=0, open_low=True, high=10
    )
    weight_decay: float = _setting(0.01, "per step", kinds=(float, int), low=0, high=10)
    max_grad_norm: float = _setting(1.0, "L2 norm", kinds=(float, int), low=0, open_low=True)
    warmup: float = _setting(0.06, "share or steps", kinds=(float, int), low=0)
    schedule: str = _setting("linear", "shape", kinds=(str,), choices=SCHEDULES)
    max_length: int = _setting(None, "tokens", kinds=(int,), low=3)
    length_grouping: bool = _setting(True, "on or off", kinds=(bool,))
    class_weights: Any = _setting(None, "weight", kinds=(str, list, dict, _NONE))
    focal_gamma: float = _setting(0.0, "exponent", kinds=(float, int), low=0, high=10)
    label_smoothing: float = _setting(0.0, "share", kinds=(float, int), low=0, high=0.999)
    speed: str = _setting("auto", "way", kinds=(str,), choices=SPEEDS)
    precision: str = _setting("auto", "number format", kinds=(str,), choices=PRECISIONS)
    evaluate_every: int | None = _setting(None, "optimizer steps", kinds=(int, _NONE), low=1)
    early_stopping: int | None = _setting(None, "evaluations", kinds=(int, _NONE), low=1)
    best_metric: str | None = _setting(None, "metric", kinds=(str, _NONE))
    checkpoint_every: int = _setting(150, "optimizer steps", kinds=(int,), low=1)
    seed: int = _setting(0, "integer", kinds=(int,), low=0, high=2**32 - 1)
    report_to: list = _setting([], "integrations", kinds=(list,))
    slices: dict = _setting({}, "name: query", kinds=(dict,))

    def __post_init__(self):
        if hasattr(self.dataset, "columns") and hasattr(self.dataset, "to_parquet"):
            from .frames import store_frame

            object.__setattr__(self, "dataset", store_frame(self.dataset))
        for name in ("model", "dataset"):
            value = getattr(self, name)
            if hasattr(value, "__fspath__"):
                object.__setattr__(self, name, str(value))
        for name in ("report_to", "fixes"):
            value = getattr(self, name)
            if isinstance(value, (str, tuple)):
                value = [value] if isinstance(value, str) else list(value)
                object.__setattr__(self, name, value)
        for name, value in task_defaults(str(self.task)).items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, value)
        for kinds in _NESTED:
            value = getattr(self, kinds.field)
            check_plain(value, kinds.field)
            object.__setattr__(self, kinds.field, kinds.filled(value))
        for spec in dataclasses.fields(self):
            check_plain(getattr(self, spec.name), spec.name)
            check_setting(spec, getattr(self, spec.name), spec.name, field=spec.name)
        self._check_together()

    def _check_metric(self) -> None:
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

    def _check_together(self) -> None:
        self._check_metric()
        if isinstance(self.class_weights, str) and self.class_weights != "balanced":
            raise RecipeError(
                f"class_weights is {self.class_weights!r}.",
                "Allowed: None, 'balanced', a list with a weight for each class, "
                "or a dict of class name to weight.",
                field="class_weights",
            )
        weights = self.class_weights
        values = weights.values() if isinstance(weights, dict) else weights
        if isinstance(weights, (list, dict)):
            for value in values:
                if (
                    isinstance(value, bool)
                    or not isinstance(value, (int, float))
                    or not (math.isfinite(value) and value > 0)
                ):
                    raise RecipeError(
                        f"class_weights holds {value!r}.",
                        "Each weight is a finite number above 0.",
                        field="class_weights",
                    )
        if self.focal_gamma and self.label_smoothing:
            raise RecipeError(
                f"focal_gamma is {self.focal_gamma!r} and "
                f"label_smoothing {self.label_smoothing!r}.",
                "The focal loss is of one right class: set one of them to 0.",
                field="focal_gamma",
            )
        for key, value in self.columns.items():
            if not isinstance(key, str) or not isinstance(value, str):
                raise RecipeError(
                    f"columns holds {key!r}: {value!r}.",
                    "It maps a column name of the task to a column name of the data.",
                    field="columns",
                )
        for name, query in self.slices.items():
            if not all(isinstance(text, str) and text.strip() for text in (name, query)):
                raise RecipeError(
                    f"slices holds {name!r}: {query!r}.",
                    "It maps the name of a slice to its query.",
                    field="slices",
                )
        for value in self.fixes:
            if not isinstance(value, str):
                raise RecipeError(f"fixes holds {value!r}.", "Each fix is a name.", field="fixes")
        if self.split in ("group", "time") and self.split_column is None:
            raise RecipeError(
                f"split is {self.split!r} without a split_column.",
                "Name the column of the data that it goes by.",
                field="split_column",
            )
        if self.fold is not None and self.fold > (self.folds or 0):
            raise RecipeError(
                f"fold is {self.fold} and folds is {self.folds}.",
                "It is a number from 1 to folds.",
                field="fold",
            )
        if self.folds is not None and self.split == "time":
            raise RecipeError(
                "folds cannot be made by time.",
                "Set split to 'stratified', 'random' or 'group', or leave folds away.",
                field="folds",
            )
        for name in ("test_size", "validation_size", "warmup"):
            value = getattr(self, name)
            if value > 1 and value != int(value):
                raise RecipeError(
                    f"{name} is {value!r}.",
                    "Give a share between 0 and 1, or a whole number.",
                    field=name,
                )

    def replace(self, **changes) -> Recipe:
        """A copy with some fields changed, checked again.

        With another task, settings that are the task's own defaults become those of the new one.
        """
        _refuse_unknown(changes)
        if changes.get("task", self.task) != self.task:
            own = task_defaults(self.task)
            changes = {n: None for n in own if getattr(self, n) == own[n]} | changes
        return dataclasses.replace(self, **changes)

    def to_dict(self) -> dict:
        """All fields, in order, as plain Python values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict) -> Recipe:
        """The recipe of a mapping; unknown fields are an error that names the nearest ones."""
        _refuse_unknown(values)
        return cls(**values)

    def to_yaml(self) -> str:
        """YAML text, a field a line, that :meth:`from_yaml` reads back without loss.

        A choice of kinds that is left as it is has no line.
        """
        usual = {kinds.field: {"kind": kinds.default} for kinds in _NESTED}
        values = self.to_dict().items()
        return recipe_text.to_yaml({n: v for n, v in values if n not in usual or v != usual[n]})

    @classmethod
    def from_yaml(cls, text: str) -> Recipe:
        """The recipe of a YAML text (not a file name)."""
        return cls.from_dict(recipe_text.from_yaml(text))

    def to_python(self) -> str:
        """Runnable Python that builds this recipe and fine-tunes it."""
        return recipe_text.to_python(self.changed_fields())

    def changed_fields(self) -> dict:
        """Task, model and dataset, and each other field that differs from its default."""
        always = ("task", "model", "dataset")
        plain = Recipe(task=self.task)
        return {
            name: value
            for name, value in self.to_dict().items()
            if name in always or value != getattr(plain, name)
        }

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={value!r}" for name, value in self.changed_fields().items())
        return f"Recipe({inside})"


def field_names() -> list[str]:
    """Names of all recipe fields, in order."""
    return [spec.name for spec in dataclasses.fields(Recipe)]


def field_spec(name: str) -> dict:
    """Unit, kinds, bounds and choices of a field, for a form that shows it."""
    return dict(next(s for s in dataclasses.fields(Recipe) if s.name == name).metadata)


def _refuse_unknown(values: dict) -> None:
    names = field_names()
    for name in values:
        if name not in names:
            raise RecipeError(
                f"A recipe has no field {shown(name)}.", nearest(_bare(name), names),
                field=_bare(name),
            )  # fmt: skip


def _bare(name: Any) -> str:
    return name if isinstance(name, str) else shown(name)
