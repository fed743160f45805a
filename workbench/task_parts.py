"""Parts of a task's declaration: columns, metrics, baselines, and the words there are for them."""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import SpecError, shown

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
ONE_DECIDES = "One metric decides, whatever is written"  # why its writes does not
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
    "written": "workbench.inspection.reporting.report_written:written_sections",
    "written_classes": "workbench.inspection.reporting.report_written:written_class_sections",
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
                f"A role's kind is one of {listed(ROLE_KINDS)}.",
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


def listed(names) -> str:
    """Names as they stand in a sentence."""
    return ", ".join(repr(name) for name in names)
