"""What the predictions of a run are, so that nobody calls a function of another task on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import tasks
from ..errors import DataError, WorkbenchError

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("class", "labels", "number", "tags", "span")
# what a prediction is -> how it is called, and the functions that look at its errors
_SAID = {
    "labels": (
        "sets of labels",
        "label_set_report, label_set_errors and label_set_confusions are for sets.",
    ),
    "number": (
        "numbers",
        "regression_intervals, top_residuals and residuals_by_label are for numbers.",
    ),
    "tags": (
        "tags of words",
        "entity_report, entity_errors and entity_confusion are for tags.",
    ),
    "span": (
        "answers to questions",
        "answer_report, answer_errors and answer_intervals are for answers.",
    ),
}


def kind_of(source: Any) -> str:
    """What a prediction is: one of :data:`KINDS`.

    Parameters
    ----------
    source : Run, recipe or pandas.DataFrame
        A run or a recipe, whose task says it, or a predictions table, whose columns show it.
    """
    recipe = getattr(source, "recipe", source)
    if hasattr(recipe, "task"):
        try:
            said = getattr(tasks.get(recipe.task), "output", None)
        except WorkbenchError:  # a task that this version does not have
            said = None
        if said in KINDS:
            return said
    if hasattr(source, "predictions"):
        source = source.predictions("test")
    return _kind_of_table(source)


def _kind_of_table(table: pd.DataFrame) -> str:
    columns = set(table.columns)
    if columns & {"exact_match", "n_best"}:
        return "span"
    if "tokens" in columns:
        return "tags"
    if "residual" in columns:
        return "number"
    first = table["prediction"].iloc[0] if "prediction" in columns and len(table) else None
    if isinstance(first, list | tuple | np.ndarray):
        return "labels"
    if isinstance(first, float) and not any(name.startswith("score_") for name in table.columns):
        return "number"
    return "class"


def refuse_others(predictions: pd.DataFrame) -> None:
    """Refuse predictions that are not one class an example, where that is needed (DataError)."""
    kind = _kind_of_table(predictions)
    if kind != "class":
        name, remedy = _SAID[kind]
        raise DataError(
            f"The predictions are {name}, and this is for one class an example.", remedy
        )
