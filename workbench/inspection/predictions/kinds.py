"""What the predictions of a run are, so that nobody calls a function of another task on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import task_registry, tasks
from ...errors import DataError
from ...i18n import t
from ...task_of_predictions import of_task as marked
from ...task_of_predictions import spec_of

if TYPE_CHECKING:
    import pandas as pd

    from ...task_spec import TaskSpec
    from ...tasks.base import Task

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
    """What a prediction is: one of :data:`KINDS`, or another word of a task of your own.

    Parameters
    ----------
    source : Run, recipe, pandas.DataFrame or PredictionQueries
        A run or a recipe, whose task says it, or predictions, which say their task; see
        :func:`of_task`.

    Raises
    ------
    DataError
        If a table does not say its task, and does not look like those of one task alone.
    UnknownName
        If its task is not installed.
    """
    return spec_for(source).predicts


def spec_for(source: Any) -> TaskSpec:
    """The declaration of the task of a run, a recipe, or predictions; raises as :func:`kind_of`."""
    recipe = getattr(source, "recipe", source)
    task = getattr(recipe, "task", None)  # of questions to a file, what the file says
    if isinstance(task, str):
        return task_registry.spec(task)
    return spec_of(source.predictions("test") if hasattr(source, "predictions") else source)


def task_for(source: Any) -> Task:
    """The task of a run, a recipe, or predictions; raises as :func:`kind_of`."""
    return tasks.get(spec_for(source).name)


def of_task(table: pd.DataFrame, task: str) -> pd.DataFrame:
    """A table of predictions that says which task they are of, for tables made by hand.

    Parameters
    ----------
    table : pandas.DataFrame
        It stays as it is.
    task : str
        As a recipe names it.

    Returns
    -------
    pandas.DataFrame
        The same predictions, with ``attrs["task"]``. Every function for predictions goes by it.

    Raises
    ------
    UnknownName
        If there is no such task.

    Examples
    --------
    >>> import pandas as pd
    >>> from workbench import inspection
    >>> scores = pd.DataFrame({"text": ["mild"], "label": [2], "prediction": [3]})
    >>> inspection.kind_of(inspection.of_task(scores, "regression"))
    'number'
    """
    return marked(table.copy(deep=False), task_registry.spec(task).name)


def refuse_others(predictions: Any) -> None:
    """Refuse predictions that are not one class an example, where that is needed (DataError)."""
    kind = kind_of(predictions)
    if kind != "class":
        name, remedy = _SAID.get(kind, (t("predictions.no_classes"), t("predictions.of_its_task")))
        raise DataError(
            f"The predictions are {name}, and this is for one class an example.", remedy
        )
