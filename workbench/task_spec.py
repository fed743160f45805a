"""What a task declares of itself: one frozen object that recipe, catalogue, doctor and panels read.

A spec is light: it names its code as ``"module:name"`` and imports none of it. A task of the
package is a folder of :mod:`workbench.tasks` with a ``spec.py``; one of another package is an entry
point of the group ``workbench.tasks``; see :mod:`workbench.task_registry`.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from .errors import SpecError, kind_of, shown
from .prediction_columns import PredictionTable
from .task_parts import (
    CUT,
    DIRECTIONS,
    FAMILIES,
    LEARNT_ITSELF,
    LOSS,
    NAMELESS,
    NO_GAPS,
    NO_TARGET,
    NO_VECTORS,
    NO_WRITER,
    NOT_LAID,
    ONE_DECIDES,
    OUTPUTS,
    PREDICTS,
    ROLE_KINDS,
    SECTIONS,
    USUAL,
    VIEWS,
    Baseline,
    Declared,
    Metric,
    Role,
)
from .task_problems import problems, shape_problems

__all__ = [
    "CUT", "DIRECTIONS", "FAMILIES", "LEARNT_ITSELF", "LOSS", "NOT_LAID", "NO_TARGET", "NO_WRITER",
    "ONE_DECIDES", "OUTPUTS", "PREDICTS", "ROLE_KINDS", "SECTIONS", "USUAL", "VIEWS", "Baseline",
    "Declared", "Metric", "Role", "TaskSpec", "load_object",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class TaskSpec(Declared):
    """Everything that the workbench knows of a task without loading it.

    Parameters
    ----------
    name : str
        The recipe's ``task``: lower case, words joined by hyphens.
    title : str
        A few words for a list to choose from.
    task : str, type, object or None
        The class of the task (:class:`workbench.tasks.base.Task`), as ``"module:Class"`` that is
        loaded when it is first needed, as the class, or as an object of it. None is a kind of data
        that is recognised and checked, and that nothing is trained on yet.
    order : int
        Tasks are offered by this number, then by name.
    roles : tuple of Role
        In reading order.
    metrics : tuple of Metric
        The first that chooses is the default for checkpoints.
    predicts : str
        What a prediction is: "class", "labels", "number", "tags", "span" or "text"; what its
        output usually is for (:data:`PREDICTS`) where it names none.
    output : str
        What the model gives, one of :data:`OUTPUTS`.
    auto_class : str or mapping of family to str
        The library's class of models with the task's head; a mapping names one for each of
        ``families``, where they are not of one class.
    problem_type : str or None
        What the config of such a model says, if anything.
    families : tuple of str
        Kinds of models that can be trained for it, of :data:`FAMILIES`.
    pipeline : tuple of str and dict, or None
        Name of the library's pipeline, and its options.
    model, dataset : str
        What a recipe of this task has that names none; those of the first task where they are left
        out.
    sample_columns : mapping of dataset to mapping of role to column
        Columns of samples that are not called as the task's roles: what a recipe of one has that
        names none.
    defaults : mapping of field to value
        Of a recipe of this task, where they differ from the general ones.
    steps : int
        Optimizer steps that are enough to learn it from 500 rows; passes that nobody named follow
        (:mod:`.following_settings`).
    most_passes : int or None
        How many of those passes at most; fewer where models know most of it before they are trained
        on it, and lose that. None is what is usual.
    new_heads : mapping of field to tuple of str
        Kinds of a recipe's choices whose head is learnt from nothing: they have what is usual.
    unused : mapping of field to str
        Fields of a recipe that do not apply, each with the reason as the start of a sentence.
    prediction_table : PredictionTable
        What its predictions hold.
    views : tuple of str
        What the Inspect panel shows, of :data:`VIEWS` or ``"module:Class"``.
    sections : tuple of str
        What the report says of the predictions, of :data:`SECTIONS` or ``"module:function"``.
    class_report : str
        ``"module:function"`` that gives precision, recall and F1 of each class; empty where there
        are no classes.
    said_view : str
        ``"module:function"`` that shows the prediction of one typed text where a line does not say
        all of it: ``(said, run, text, row)`` gives widgets, ``said`` being the panel's
        :class:`workbench.widgets.panels.said.Said`.
    baselines : tuple of Baseline
    examples : str or callable
        ``examples(recipe) -> Examples``: checked, split examples; by default the columns of the
        roles as they are.
    checks : tuple of str or callable
        ``check(case)`` gives findings; the quick ones first.
    fixes : tuple of str or None
        Fixes that its data can have; None for all.
    recognise : str, callable or None
        ``recognise(guess, spec or None) -> {role: (column, reason)} or None``, from the columns of
        data (:class:`workbench.data.columns.column_roles.Guess`); the spec where the task is
        settled. Where it is None, columns are found by the names of the roles.
    guessed : int
        The turn in which data whose task nobody named are tried for it, from 1; 0 is never.
    words : str
        Package whose folder ``locales`` has the task's words in other languages, a file
        ``<language>.json`` each, with the keys of :mod:`workbench.task_words` under the task's
        name: ``{"toy": {"title": ..., "roles": {"text": ...}, "metrics": {"f1": ...}}}``.
    decides : mapping of str to str
        What is written, as a recipe's ``writes`` says it, to the metric that decides then; empty
        where the first one always does.
    lays_rows : bool
        Whether texts are learnt themselves, in rows as a recipe's ``rows`` says.
    kinds : mapping of field to tuple of str
        Of a recipe's choices between kinds (``prompt``, ``rows``) those that apply where not all
        do; the first is what a recipe has that names none.
    package : str
        Who brought it; filled in by the registry.

    Raises
    ------
    SpecError
        If it contradicts itself, in one sentence.
    """

    name: str
    title: str
    task: Any
    roles: tuple[Role, ...]
    metrics: tuple[Metric, ...] = ()
    order: int = 1000
    predicts: str = ""
    output: str = "scores"
    auto_class: str | Mapping[str, str] = ""
    problem_type: str | None = None
    families: tuple[str, ...] = ("encoder",)
    pipeline: tuple[str, dict] | None = None
    model: str = ""
    dataset: str = ""
    sample_columns: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)
    defaults: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    steps: int = 300
    most_passes: int | None = None
    new_heads: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    unused: Mapping[str, str] = dataclasses.field(default_factory=dict)
    prediction_table: PredictionTable = dataclasses.field(default_factory=PredictionTable)
    views: tuple[str, ...] = ("report",)
    sections: tuple[str, ...] = ("examples",)
    class_report: str = ""
    said_view: str = ""
    baselines: tuple[Baseline, ...] = ()
    examples: str | Callable = "workbench.data.by_roles:load_by_roles"
    checks: tuple[str | Callable, ...] = ()
    fixes: tuple[str, ...] | None = None
    recognise: str | Callable | None = None
    guessed: int = 0
    decides: Mapping[str, str] = dataclasses.field(default_factory=dict)
    lays_rows: bool = False
    kinds: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    words: str = ""
    package: str = ""

    def __post_init__(self):
        for wrong in shape_problems(self):
            raise SpecError(f"The task {shown(self.name)} {wrong[0]}.", wrong[1])
        if not self.predicts:
            object.__setattr__(self, "predicts", PREDICTS.get(self.output, ("",))[0])
        foreign = {}
        if self.output != "text":  # how words are chosen is for models that write
            foreign["generation"] = NO_WRITER
        if self.output != "text" or not any(
            isinstance(role, Role) and role.kind == "target" for role in self.roles
        ):
            foreign["prompt"] = NO_TARGET
        if not self.lays_rows:
            foreign["rows"] = NOT_LAID
        else:
            foreign["augmentation"] = LEARNT_ITSELF
        if not self.decides:
            foreign["writes"] = ONE_DECIDES
        if self.output != "words":
            foreign["masking"] = NO_GAPS
        if self.output != "vectors":
            foreign["matching"] = NO_VECTORS
        object.__setattr__(self, "unused", {**foreign, **self.unused})
        for field in ("defaults", "unused", "kinds", "decides", "sample_columns"):
            object.__setattr__(self, field, MappingProxyType(dict(getattr(self, field))))
        if isinstance(self.auto_class, Mapping):
            object.__setattr__(self, "auto_class", MappingProxyType(dict(self.auto_class)))
        for wrong in problems(self):
            raise SpecError(f"The task {shown(self.name)} {wrong[0]}.", wrong[1])

    def class_of(self, family: str) -> str:
        """The library's class for models of a family; "" where there is none."""
        if isinstance(self.auto_class, str):
            return self.auto_class
        return self.auto_class.get(family, "")

    @property
    def model_class(self) -> str | Mapping[str, str]:
        """What a model is loaded by: a class for all, or one for each family that will do.

        A task that writes has the latter even where it names one class: of a model that reads
        texts as a whole the library makes one that is said to write, and cannot.
        """
        if self.output == "text" and isinstance(self.auto_class, str):
            return MappingProxyType(dict.fromkeys(self.families, self.auto_class))
        return self.auto_class

    @property
    def names_outputs(self) -> bool:
        """Whether each output of a model has a name, such as a class."""
        return self.output not in NAMELESS

    @property
    def trains(self) -> bool:
        """Whether something can be trained for it."""
        return self.task is not None

    @property
    def metric_names(self) -> tuple[str, ...]:
        """What a checkpoint can be chosen by, the default first."""
        return tuple(metric.name for metric in self.metrics if metric.chooses)

    @property
    def role_names(self) -> tuple[str, ...]:
        """Names of the roles, in reading order."""
        return tuple(role.name for role in self.roles)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the roles that it cannot do without."""
        return tuple(role.name for role in self.roles if role.required)

    def metric(self, name: str) -> Metric | None:
        """The metric of a name, or None."""
        return next((metric for metric in self.metrics if metric.name == name), None)

    def role(self, name: str) -> Role | None:
        """The role of a name, or None."""
        return next((role for role in self.roles if role.name == name), None)

    def replace(self, **changes: Any) -> TaskSpec:
        """A copy with some parts changed, checked again."""
        return dataclasses.replace(self, **changes)

    def __repr__(self) -> str:
        return f"TaskSpec({self.name!r})"


def load_object(place: Any, whose: str, *, called: bool = True) -> Any:
    """What ``"module:name"`` names; anything that is no text is given back as it is.

    Raises
    ------
    SpecError
        If the module cannot be imported, has no such name, or what is to be ``called`` cannot be;
        ``whose`` begins the sentence.
    """
    if not isinstance(place, str):
        return place
    module, _, name = place.partition(":")
    try:
        found = attrgetter(name)(importlib.import_module(module))
        if called and not callable(found):
            raise TypeError(f"{kind_of(found)} cannot be called")
        return found
    except Exception as error:  # whatever the module of somebody else's package raises
        why = str(error).partition("\n")[0]
        raise SpecError(
            f"{whose} names {place!r}, which cannot be loaded ({type(error).__name__}: {why}).",
            "Mend the name, or install what is missing.",
        ) from error
