"""A recipe says everything that a run depends on, and checks itself before anything is loaded."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import hardware, recipe_text, task_registry
from .data.declared import Cleaning, Drawing, Source, Splitting
from .default_settings import METHODS as METHODS
from .default_settings import of_kind, recipe_defaults, sample_columns, usual_kind
from .default_settings import task_defaults as task_defaults
from .default_settings import task_samples as task_samples
from .default_settings import usual_rate as usual_rate
from .errors import RecipeError, nearest, shown
from .i18n import t
from .recipe_doc import RecipeDoc
from .recipe_kinds import ADVERSARIAL as ADVERSARIAL
from .recipe_kinds import AUGMENTATION as AUGMENTATION
from .recipe_kinds import AVERAGING as AVERAGING
from .recipe_kinds import GENERATION as GENERATION
from .recipe_kinds import LOSSES as LOSSES
from .recipe_kinds import MASKING as MASKING
from .recipe_kinds import MATCHING as MATCHING
from .recipe_kinds import PROMPTS as PROMPTS
from .recipe_kinds import REGULARISATION as REGULARISATION
from .recipe_kinds import ROWS as ROWS
from .recipe_kinds import (
    Asking,
    Augmenting,
    Averages,
    Changing,
    Finding,
    Laying,
    Masking,
    Regularising,
    Writing,
)
from .recipe_kinds import fitting as fitting
from .recipe_text import check_plain
from .settings import USUALLY, check_setting, setting
from .task_spec import USUAL
from .training.declared import PRECISIONS as PRECISIONS
from .training.declared import Batches, Evaluating, Keeping, Lengths, Speed
from .training.objectives.class_weights import Weighting
from .training.objectives.cross_entropy import Smoothing
from .training.objectives.dropout import Dropout
from .training.objectives.focal import Focal
from .training.optimisation.adamw import AdamW
from .training.optimisation.schedule import Passes, Schedule, usual_warmup

_NONE_MEANS_ALL = ("max_train_examples", "max_eval_examples")
# recipes of before have no line for them; these are as they were
_LATER = {"dropout": None, "split_seed": None, "snapshots": False, "hardware": hardware.USUAL}
NESTED = (METHODS, LOSSES, REGULARISATION, ADVERSARIAL, GENERATION, PROMPTS, ROWS, MASKING,
          MATCHING, AVERAGING, AUGMENTATION)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Naming:
    """What everybody reads."""

    task: str = setting(
        task_registry.default().name, "name", kinds=(str,), scope="examples", front=1
    )
    """Name of the task, one of ``workbench.catalog.tasks()``."""

    model: str = setting(None, "reference", kinds=(str,), front=2)
    """``sample:name``, ``hub:org/name`` or a local folder; the task's own sample where it is left
    out."""

    dataset: str = setting(None, "reference", kinds=(str,), scope="examples", front=3)
    """``sample:name``, ``hub:org/name``, a file or folder; the task's own sample where it is left
    out. A DataFrame is stored once in the cache and becomes ``data:sha256-...``."""


@dataclass(frozen=True, kw_only=True)
class Minimising(Naming):
    """Read by :mod:`workbench.training.losses`."""

    loss: dict = setting({"kind": "own"}, "kind and its settings", kinds=(dict,), scope="examples")
    """What is minimised: ``{"kind": "own"}`` is the task's own loss, with ``class_weights`` and the
    like; other kinds are modules of :mod:`workbench.training.losses`."""

    def _check(self) -> None:
        """Refuse a loss that is not for the task, and settings that it would leave unread."""
        module = LOSSES.module(self.loss["kind"])
        declared = task_registry.find(self.task)
        if declared and self.loss["kind"] not in losses_for(self.task):
            raise RecipeError(
                t("losses.not_for", kind=repr(self.loss["kind"]), task=self.task),
                t("losses.not_for_remedy"), field="loss",
            )  # fmt: skip
        unread = ("class_weights", "focal_gamma", "label_smoothing")
        given = [name for name in unread if getattr(self, name)]
        if given and not getattr(module, "ADDS", False):
            raise RecipeError(
                t("losses.unread", field=given[0], kind=repr(self.loss["kind"])),
                t("losses.unread_remedy", field=given[0]), field=given[0],
            )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Looking:
    """Read by :mod:`workbench.inspection.predictions.slices`."""

    slices: dict = setting({}, "name: query", kinds=(dict,), scope="looking")
    """Name and query of groups of examples whose errors are looked at beside the rest, such as
    ``{"long": "words >= 40"}``; see :mod:`workbench.inspection.predictions.slices`."""

    def _check(self) -> None:
        """Refuse what is no name and query (RecipeError)."""
        for name, query in self.slices.items():
            if not all(isinstance(text, str) and text.strip() for text in (name, query)):
                raise RecipeError(
                    f"slices holds {name!r}: {query!r}.",
                    "It maps the name of a slice to its query.",
                    field="slices",
                )


@dataclass(frozen=True, kw_only=True)
class Recipe(
    # what is declared where it is read; dataclasses take the fields of the last base first
    Looking, Keeping, Evaluating, hardware.Computing, Speed, Regularising, Dropout, Minimising,
    Smoothing, Focal, Weighting, Lengths, Averages, Schedule, AdamW, Batches, Passes, Writing,
    Asking, Laying, Masking, Finding, Changing, Augmenting, Drawing, Splitting,
    Cleaning, Source, Naming,
):  # fmt: skip
    """Its docstring is made of those under its fields; see the end of this module."""

    if TYPE_CHECKING:
        _left: frozenset[str]  # what nobody set; no field: recipes are equal by value

    def __post_init__(self):
        given: Any = self.dataset
        if hasattr(given, "columns") and hasattr(given, "to_parquet"):
            from .stored_frames import store_frame

            object.__setattr__(self, "dataset", store_frame(given))
        for name in ("model", "dataset"):
            value = getattr(self, name)
            if hasattr(value, "__fspath__"):
                object.__setattr__(self, name, str(value))
        for name in ("report_to", "fixes"):
            value = getattr(self, name)
            if isinstance(value, (str, tuple)):
                value = [value] if isinstance(value, str) else list(value)
                object.__setattr__(self, name, value)
        object.__setattr__(self, "hardware", hardware.filled(self.hardware))
        left = set()  # what nobody set
        for kinds in NESTED:
            value = getattr(self, kinds.field)
            if value is None and kinds not in (PROMPTS, ROWS):  # these follow from the task
                kinds.filled(value)  # which says what it takes
            if value is None:
                left.add(kinds.field)
            value = of_kind(value, kinds, str(self.task))
            object.__setattr__(self, kinds.field, value)
        usual = recipe_defaults(str(self.task))
        usual["warmup"] = usual_warmup(self.schedule)
        for name, value in {**task_samples(str(self.task)), **usual}.items():
            if getattr(self, name) is _unset(name):
                left.add(name)
                object.__setattr__(self, name, value)
        if self.columns == {} and (known := sample_columns(str(self.task), str(self.dataset))):
            left.add("columns")
            object.__setattr__(self, "columns", known)
        object.__setattr__(self, "_left", frozenset(left))
        for spec in dataclasses.fields(self):
            check_plain(getattr(self, spec.name), spec.name)
            check_setting(spec, getattr(self, spec.name), spec.name, field=spec.name)
        for declared in reversed(Recipe.__mro__):
            if "_check" in vars(declared):
                declared._check(self)

    def replace(self, **changes) -> Recipe:
        """A copy with some fields changed, checked again.

        With another task or schedule, settings that nobody set become those that are usual for it;
        so do model and dataset with another task. What was set stays.
        """
        _refuse_unknown(changes)
        return dataclasses.replace(self, **{name: _unset(name) for name in self._left} | changes)

    @property
    def given(self) -> frozenset[str]:
        """Names of the settings that depend on others, and that somebody set all the same.

        A text that names all of them, as :meth:`to_yaml` writes it, says only by other values than
        the usual ones which those are.

        >>> Recipe(batch_size=16).given, Recipe().given
        (frozenset({'batch_size'}), frozenset())
        """
        return frozenset({*USUAL, "model", "dataset", "prompt", "rows", "warmup"} - self._left)

    def to_dict(self) -> dict:
        """All fields, in order, as plain Python values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict) -> Recipe:
        """The recipe of a mapping; unknown fields are an error that names the nearest ones."""
        _refuse_unknown(values)
        made = cls(**values)
        if {*USUAL} <= set(values):  # all of them are written down, whoever set them
            usual = usual_values(made.task, made.schedule)
            if known := sample_columns(made.task, made.dataset):
                usual["columns"] = known
            left = frozenset(name for name, value in usual.items() if getattr(made, name) == value)
            object.__setattr__(made, "_left", left)
        return made

    def to_yaml(self) -> str:
        """YAML text, a field a line, that :meth:`from_yaml` reads back without loss.

        A choice of kinds that is left as it is has no line, nor has what came later to recipes.
        """
        usual: dict[str, Any] = {one.field: usual_kind(self.task, one) for one in NESTED}
        usual |= _LATER
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
        plain = Recipe(task=self.task, dataset=self.dataset).to_dict()
        plain["warmup"] = usual_warmup(self.schedule)
        return {
            name: value
            for name, value in self.to_dict().items()
            if name in always or value != plain[name]
        }

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={value!r}" for name, value in self.changed_fields().items())
        return f"Recipe({inside})"


_doc: Any = RecipeDoc()  # made of the fields when it is read
Recipe.__doc__ = _doc


def losses_for(task: str) -> list[str]:
    """Kinds of loss that are for a task, the usual one first; all for a task that nobody knows.

    >>> losses_for("regression"), losses_for("chat")
    (['own', 'distillation'], ['own', 'distillation', 'dpo'])
    """
    return fitting(task, LOSSES)


def field_names() -> list[str]:
    """Names of all recipe fields, in order."""
    return [spec.name for spec in dataclasses.fields(Recipe)]


def field_spec(name: str) -> dict:
    """Unit, kinds, bounds and choices of a field, for a form that shows it."""
    return dict(next(s for s in dataclasses.fields(Recipe) if s.name == name).metadata)


def usual_values(task: str, schedule: str) -> dict[str, Any]:
    """What a recipe has that names none of the fields that follow from task, schedule or data."""
    kinds = {one.field: usual_kind(task, one) for one in (PROMPTS, ROWS)}
    rise = {"warmup": usual_warmup(schedule)}
    return {**task_samples(task), **recipe_defaults(task), **rise, **kinds}


def _unset(name: str) -> Any:
    """What a field holds that nobody set, until it is filled."""
    return {} if name == "columns" else USUALLY if name in _NONE_MEANS_ALL else None


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
