"""Parts of a task's declaration: columns, metrics, baselines, and the words there are for them."""

from __future__ import annotations

import dataclasses
import pkgutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import SpecError, nearest, shown

#: What a column of a task holds.
ROLE_KINDS = (
    "text", "label", "labels", "number", "tokens", "tags", "answers", "messages", "target",
    "prefix",
)  # fmt: skip
DIRECTIONS = ("higher", "lower")
FAMILIES = ("encoder", "decoder", "encoder-decoder")
#: What a model gives for an example: numbers a text, numbers a token, places in it, a text, words
#: for gaps in it, or a vector of it.
OUTPUTS = ("scores", "tokens", "spans", "text", "words", "vectors")
#: Outputs that have no names: a model is taken with the head that it has.
NAMELESS = ("text", "words", "vectors")
#: What a prediction is, by what the model gives for it; the first is meant where a task names none.
PREDICTS: dict[str, tuple[str, ...]] = {
    "scores": ("class", "labels", "number"), "tokens": ("tags",), "spans": ("span",),
    "text": ("text",), "words": ("text",), "vectors": ("text",),
}
#: Settings of a recipe that a task may have a default of its own for, and the usual ones; passes
#: follow from the data where a task declares none.
USUAL: dict[str, Any] = {
    "epochs": None, "learning_rate": 1e-4, "max_length": 128, "batch_size": 16,
    "max_train_examples": 2000, "max_eval_examples": 2000,
}
NO_WRITER = "Its models write no texts"  # why a recipe's generation does not apply
NOT_LAID = "Rows are laid of texts that are learnt themselves"  # why its rows do not
LEARNT_ITSELF = "A changed text would be learnt itself"  # why there are no changed copies
ONE_DECIDES = "One metric decides, whatever is written"  # why its writes does not
NO_GAPS = "Its models fill no gaps"  # why its masking does not
NO_VECTORS = "Its models look for no texts"  # why its matching does not
NO_TARGET = "Its models write no text for a text"  # why a recipe's prompt does not
#: Settings of a recipe that are for tasks whose predictions are classes of whole texts.
FOR_CLASSES = ("class_weights", "focal_gamma", "sampling", "corrections")
#: Why they do not apply where what has a class is a part of a text.
FOR_WHOLE_TEXTS = {
    "class_weights": "Weights are for classes of whole texts",
    "focal_gamma": "The focal loss is for classes of whole texts",
    "sampling": "Sampling goes by the class of a whole text",
    "corrections": "Corrections are for classes of whole texts",
}
#: Checks of texts, whatever is said of them; what is said of them is checked before.
TEXT_CHECKS = (
    "workbench.data.doctor.texts:check_repeats", "workbench.data.doctor.texts:check_damage",
    "workbench.data.doctor.texts:check_personal",
    "workbench.data.doctor.languages:check_languages", "workbench.data.doctor.texts:check_near",
)  # fmt: skip
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
    "written": "workbench.inspection.reporting.report_written:written_sections",
    "written_classes": "workbench.inspection.reporting.report_written:written_class_sections",
    "slices": "workbench.inspection.reporting.report_sections:slice_sections",
}


class Declared:
    """What is declared by name: a part that is left out or misspelt is said in a sentence."""

    def __new__(cls, *args: Any, **given: Any):
        parts = dataclasses.fields(cls)  # type: ignore[arg-type]
        names, an = [part.name for part in parts], "An" if cls.__name__[0] in "AEIOU" else "A"
        for name in given:
            if name not in names:
                raise SpecError(f"{an} {cls.__name__} has no part {name!r}.", nearest(name, names))
        missing = dataclasses.MISSING
        needed = [one.name for one in parts if one.default is one.default_factory is missing]
        lacking = [name for name in needed if name not in (*names[: len(args)], *given)]
        if lacking and (args or given):
            called = given.get(names[0], args[0] if args else "")
            raise SpecError(
                f"The {cls.__name__} {shown(called)} has no {lacking[0]}.",
                f"It needs {listed(needed)}.",
            )
        return super().__new__(cls)

    def _of_type(self, kind: type, said: str, *fields: str) -> None:
        """Refuse what is of another type (SpecError)."""
        for field in fields:
            if not isinstance(value := getattr(self, field), kind) or (
                field == "name" and not value
            ):
                raise SpecError(
                    f"The {type(self).__name__} {shown(getattr(self, 'name', ''))} has "
                    f"{shown(value)} for {field}.",
                    f"Write {said}.",
                )


@dataclass(frozen=True)
class Role(Declared):
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
        self._of_type(str, "a text", "name", "title")
        self._of_type(bool, "True or False", "required")
        if not isinstance(self.names, tuple) or not all(isinstance(n, str) for n in self.names):
            raise SpecError(
                f"The Role {self.name!r} has {shown(self.names)} for names.",
                "Write a tuple of texts: names=(...,).",
            )
        if not isinstance(self.kind, str) or self.kind not in ROLE_KINDS:
            raise SpecError(
                f"The role {self.name!r} is of the kind {shown(self.kind)}.",
                f"A role's kind is one of {listed(ROLE_KINDS)}.",
            )


@dataclass(frozen=True)
class Metric(Declared):
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
        self._of_type(str, "a text", "name", "title", "short")
        self._of_type(bool, "True or False", "share", "chooses", "overview")
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
class Baseline(Declared):
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

    def __post_init__(self):
        self._of_type(str, "a text", "name", "title", "said")
        self._of_type(bool, "True or False", "plain")


def listed(names) -> str:
    """Names as they stand in a sentence."""
    return ", ".join(repr(name) for name in names)
