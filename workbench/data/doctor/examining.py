"""Everything that is examined, in its order: the data, a rehearsal of training, the model."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from ... import catalog, task_registry
from ...errors import DataError, RecipeError, SpecError
from ...task_spec import load_object
from ..augmentation import wanted
from ..settings import check_new
from . import augmented, columns, labels, model
from .findings import Case, Finding
from .mended_rows import load_frame
from .offered import check_offered
from .steps import check_steps, rows_about

if TYPE_CHECKING:
    from ..examples import Examples


def examine(case: Case, found: list[Finding]) -> Iterator[Finding]:
    """All findings; ``found`` are those that the caller has taken so far."""
    yield from _examine_data(case)
    examples = yield from _rehearse(case, found)
    yield from model.check_model(case, examples)
    if examples is not None and all(one.severity != "error" for one in found):
        yield from augmented.check_copies(case, examples)


def _examine_data(case: Case) -> Iterator[Finding]:
    yield from columns.check_files(case)
    yield from columns.check_mapping(case)
    task = case.mapping.task
    declared = task_registry.spec(task, trains=None)
    if "text" in declared.role_names:
        if "text" not in case.mapping.columns:
            return
        yield from load_frame(case)
    if case.frame is None or len(case.frame):
        for place in declared.checks:
            try:
                one = load_object(place, f"The task {task!r}")
            except SpecError as error:  # the other checks say what they find
                yield Finding("error", "task", error.message, 1, (), error.remedy)
                continue
            if one is not labels.check_labels or "label" in case.mapping.columns:
                yield from one(case)
    if case.frame is not None and len(case.frame):
        yield from check_offered(case)
    yield from columns.check_columns(case)


def _rehearse(case: Case, found: list[Finding]) -> Generator[Finding, None, Examples | None]:
    """What training says when it loads the data: its refusal, or its notes; then its examples."""
    recipe, task = case.recipe, case.mapping.task
    if task not in catalog.tasks() or any(f.severity == "error" for f in found):
        return None
    try:
        check_new(recipe)
        examples = case.examples()
        del case.memo["examples"]  # a check is kept for long
    except (DataError, RecipeError, SpecError) as error:
        yield Finding("error", "training", error.message, 1, (), error.remedy)
        return None
    train = examples.splits["train"]
    laid = task_registry.spec(task).lays_rows and "conversation" not in train
    n = rows_about(recipe, train["text"]) if laid else len(train) + wanted(recipe, len(train))
    if (few := check_steps(recipe, n, examples.classes)) is not None:
        yield few
    said = " ".join(finding.what for finding in found)
    for note in examples.notes:
        if note not in said:
            yield Finding("info", "training", note)
    return examples
