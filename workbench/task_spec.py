"""What a task declares of itself: one frozen object that recipe, catalogue, doctor and panels read.

A spec is light: it names its code as ``"module:name"`` and imports none of it. A task of the
package is a folder of :mod:`workbench.tasks` with a ``spec.py``; one of another package is an entry
point of the group ``workbench.tasks``; see :mod:`workbench.task_registry`.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .errors import SpecError, shown
from .prediction_columns import PredictionTable

#: What a column of a task holds.
ROLE_KINDS = (
    "text", "label", "labels", "number", "tokens", "tags", "answers", "messages", "target",
)  # fmt: skip
DIRECTIONS = ("higher", "lower")
FAMILIES = ("encoder", "decoder", "encoder-decoder")
#: What a model gives for an example: numbers a text, numbers a token, places in it, or a text.
OUTPUTS = ("scores", "tokens", "spans", "text")
#: Settings of a recipe that a task may have a default of its own for, and the usual ones.
USUAL: dict[str, Any] = {"epochs": 2, "learning_rate": 1e-4, "max_length": 128}
NO_WRITER = "Its models write no texts"  # why a recipe's generation does not apply
NOT_LAID = "Rows are laid of texts that are learnt themselves"  # why its rows do not
NO_TARGET = "Its models write no text for a text"  # why a recipe's prompt does not
CUT = "max_length of the recipe"  # stands for that number in the options of a pipeline

#: Views of the Inspect panel, and where each is: a module of ``workbench.widgets.views``, in which
#: the class is called as the module, with ``View`` behind. ``confusion`` is the panel's own.
VIEWS: dict[str, str] = {"confusion": ""} | {
    one.name: f"workbench.widgets.views.{one.name}"
    for one in pkgutil.iter_modules([str(Path(__file__).parent / "widgets" / "views")])
}

#: Parts of a report about predictions, each ``part(run, split)`` that yields sections.
SECTIONS: dict[str, str] = {
    "examples": "workbench.inspection.reporting.report_sections:example_sections",
    "classes": "workbench.inspection.reporting.report_sections:class_sections",
    "hierarchy": "workbench.inspection.reporting.report_labels:level_sections",
    "calibration": "workbench.inspection.reporting.report_sections:calibration_sections",
    "label_sets": "workbench.inspection.reporting.report_labels:label_set_sections",
    "residuals": "workbench.inspection.reporting.report_sections:residual_sections",
    "entities": "workbench.inspection.reporting.report_sections:entity_sections",
    "answers": "workbench.inspection.reporting.report_sections:answer_sections",
    "slices": "workbench.inspection.reporting.report_sections:slice_sections",
}


@dataclass(frozen=True)
class Role:
    """A column that a task needs or can use.

    Parameters
    ----------
    name : str
        As a recipe's ``columns`` name it.
    kind : str
        What its cells hold, one of :data:`ROLE_KINDS`.
    title : str
        As people call it; the name where it is left out.
    required : bool
    names : tuple of str
        What data usually call this column, beside its own name; lower case.
    """

    name: str
    kind: str
    title: str = ""
    required: bool = True
    names: tuple[str, ...] = ()

    def __post_init__(self):
        if self.kind not in ROLE_KINDS:
            raise SpecError(
                f"The role {self.name!r} is of the kind {shown(self.kind)}.",
                f"A role's kind is one of {_listed(ROLE_KINDS)}.",
            )


@dataclass(frozen=True)
class Metric:
    """A number that says how good predictions are.

    Parameters
    ----------
    name : str
        Its key in what ``task.metrics`` returns.
    title : str
        As it stands in a sentence or over a column.
    better : {'higher', 'lower'}
    short : str
        For narrow tables, which leave out metrics that have none.
    share : bool
        Whether it is a share between 0 and 1.
    chooses : bool
        Whether a checkpoint can be chosen by it.
    overview : bool
        Whether the table of all runs has a column for it; it has one for each task's first.
    """

    name: str
    title: str
    better: str = ""
    short: str = ""
    share: bool = True
    chooses: bool = True
    overview: bool = False

    def __post_init__(self):
        if not self.better:
            raise SpecError(
                f"The metric {self.name!r} does not say whether higher or lower is better.",
                f"Say better={DIRECTIONS[0]!r} or {DIRECTIONS[1]!r}.",
            )
        if self.better not in DIRECTIONS:
            raise SpecError(
                f"The metric {self.name!r} is better when {shown(self.better)}.",
                f"Say better={DIRECTIONS[0]!r} or {DIRECTIONS[1]!r}.",
            )

    @property
    def minimised(self) -> bool:
        """Whether it is better when lower."""
        return self.better == "lower"


LOSS = Metric("loss", "loss", "lower", share=False)


@dataclass(frozen=True)
class Baseline:
    """Something that costs no neural network, which the model is printed beside.

    Parameters
    ----------
    name : str
        Its key in what ``task.baselines`` returns.
    title : str
        As a row of a table is called.
    said : str
        As it stands in a sentence; the title where it is left out.
    plain : bool
        Whether it looks at no word of the text.
    """

    name: str
    title: str
    said: str = ""
    plain: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class TaskSpec:
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
        What a prediction is: "class", "labels", "number", "tags", "span" or "text".
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
    defaults : mapping of field to value
        Of a recipe of this task, where they differ from the general ones.
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
    lays_rows : bool
        Whether texts are learnt themselves, in rows as a recipe's ``rows`` says.
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
    predicts: str = "class"
    output: str = "scores"
    auto_class: str | Mapping[str, str] = ""
    problem_type: str | None = None
    families: tuple[str, ...] = ("encoder",)
    pipeline: tuple[str, dict] | None = None
    defaults: Mapping[str, Any] = dataclasses.field(default_factory=dict)
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
    lays_rows: bool = False
    words: str = ""
    package: str = ""

    def __post_init__(self):
        for wrong in self._shape_problems():
            raise SpecError(f"The task {shown(self.name)} {wrong[0]}.", wrong[1])
        foreign = {}
        if self.output != "text":  # how words are chosen is for models that write
            foreign["generation"] = NO_WRITER
        if self.output != "text" or not any(role.kind == "target" for role in self._own_roles()):
            foreign["prompt"] = NO_TARGET
        if not self.lays_rows:
            foreign["rows"] = NOT_LAID
        object.__setattr__(self, "unused", {**foreign, **self.unused})
        for field in ("defaults", "unused"):
            object.__setattr__(self, field, MappingProxyType(dict(getattr(self, field))))
        if isinstance(self.auto_class, Mapping):
            object.__setattr__(self, "auto_class", MappingProxyType(dict(self.auto_class)))
        for wrong in self._problems():
            raise SpecError(f"The task {shown(self.name)} {wrong[0]}.", wrong[1])

    def _own_roles(self):
        return (role for role in self.roles if isinstance(role, Role))

    def _shape_problems(self):
        """What is of another type than it must be, so that nothing else of it can be looked at."""
        lists = ("roles", "metrics", "families", "views", "sections", "baselines", "checks")
        if self.fixes is not None:
            lists += ("fixes",)
        for field in lists:
            value = getattr(self, field)
            if isinstance(value, str) or not isinstance(value, (tuple, list)):
                yield f"has {shown(value)} for {field}", f"Write a tuple: {field}=(...,)."
        for field in ("defaults", "unused"):
            value = getattr(self, field)
            if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
                yield f"has {shown(value)} for {field}", "Write a mapping of fields of a recipe."
        for field in ("title", "words", "predicts", "class_report", "said_view"):
            if not isinstance(value := getattr(self, field), str):
                yield f"has {shown(value)} for {field}", "Write a text."
        for field in ("order", "guessed"):
            if isinstance(value := getattr(self, field), bool) or not isinstance(value, int):
                yield f"has {shown(value)} for {field}", "Write a whole number."
        pipeline = self.pipeline
        if pipeline is not None and not (
            isinstance(pipeline, tuple) and [*map(type, pipeline)] == [str, dict]
        ):
            yield (
                f"has {shown(pipeline)} for pipeline",
                "Write its name and its options, such as ('text-generation', {}).",
            )

    def _problems(self):
        if not isinstance(self.name, str) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.name):
            yield "has no name that can be written", "Use lower-case words joined by hyphens."
        for field, kind in (("roles", Role), ("metrics", Metric), ("baselines", Baseline)):
            for one in getattr(self, field):
                if not isinstance(one, kind):
                    yield f"lists {shown(one)} in {field}", f"Each is a {kind.__name__}."
            names = [one.name for one in getattr(self, field)]
            for twice in {name for name in names if names.count(name) > 1}:
                yield f"lists {twice!r} twice in {field}", "Leave one of them out."
        if not self.roles:
            yield "has no roles", "List the columns that it needs."
        if self.task is not None and not any(metric.chooses for metric in self.metrics):
            yield (
                "has no metric that a checkpoint can be chosen by",
                "List one; the first decides.",
            )
        if self.output not in OUTPUTS:
            yield f"has the output {shown(self.output)}", f"It is one of {_listed(OUTPUTS)}."
        for family in self.families:
            if family not in FAMILIES:
                yield f"lists the family {shown(family)}", f"There are {_listed(FAMILIES)}."
        yield from self._class_problems()
        for view in self.views:
            if view not in VIEWS and not _is_place(view):
                yield (
                    f"lists the view {shown(view)}, which does not exist",
                    f"There are {_listed(VIEWS)}; one of your own is 'module:Class'.",
                )
        for name in set(self.defaults) - set(USUAL):
            yield f"has a default for {shown(name)}", f"It may have one for {_listed(USUAL)}."
        for name, value in self.defaults.items():
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not number or not value > 0:
                yield f"has the default {shown(value)} for {name}", "Write a number above 0."
        for section in self.sections:
            if section not in SECTIONS and not _is_place(section):
                yield (
                    f"lists the section {shown(section)}, which does not exist",
                    f"There are {_listed(SECTIONS)}; one of your own is 'module:function'.",
                )
        both = set(self.defaults) & set(self.unused)
        if both:
            yield f"has a default for {min(both)}, which it says does not apply", "Leave one out."
        places = {"task": (self.task,), "checks": self.checks, "examples": (self.examples,),
                  "recognise": (self.recognise,), "class_report": (self.class_report,),
                  "said_view": (self.said_view,)}  # fmt: skip
        for field, values in places.items():
            for value in values:
                if isinstance(value, str) and value and not _is_place(value):
                    yield f"has {shown(value)} in {field}", "Write it as 'module:name'."

    def _class_problems(self):
        classes = self.auto_class
        if isinstance(classes, str):
            return
        if not isinstance(classes, Mapping):
            yield f"has the auto_class {shown(classes)}", "It is a name, or a mapping of families."
            return
        for family, name in classes.items():
            if family not in self.families:
                listed = _listed(self.families) or "none"
                yield (
                    f"has a class for the family {shown(family)}, and its families are {listed}",
                    "List the family in families too, or leave its class out.",
                )
            if not isinstance(name, str) or not name:
                yield f"has the class {shown(name)} for {shown(family)}", "Name one of the library."
        for family in self.families:
            if family not in classes:
                yield (
                    f"has no class for its family {shown(family)}",
                    "Name one in auto_class, or leave the family out of families.",
                )

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


def load_object(place: Any, whose: str) -> Any:
    """What ``"module:name"`` names; anything that is no text is given back as it is.

    Raises
    ------
    SpecError
        If the module cannot be imported or has no such name; ``whose`` begins the sentence.
    """
    if not isinstance(place, str):
        return place
    module, _, name = place.partition(":")
    try:
        return attrgetter(name)(importlib.import_module(module))
    except Exception as error:  # whatever the module of somebody else's package raises
        why = str(error).partition("\n")[0]
        raise SpecError(
            f"{whose} names {place!r}, which cannot be loaded ({type(error).__name__}: {why}).",
            "Mend the name, or install what is missing.",
        ) from error


def _is_place(text: Any) -> bool:
    return isinstance(text, str) and bool(re.fullmatch(r"[\w.]+:[A-Za-z_][\w.]*", text))


def _listed(names) -> str:
    return ", ".join(repr(name) for name in names)
