"""Whether a task's metrics give the numbers that it declares: a checkpoint is chosen by them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from .. import task_registry
from ..errors import TrainingError
from ..i18n import t


def check_metrics(task: str, name: str, metrics: Mapping[str, float]) -> str:
    """Look for what the task declares in the numbers of an evaluation.

    Parameters
    ----------
    task : str
    name : str
        By which the checkpoint is chosen.
    metrics : mapping of str to float
        What the task's ``metrics`` gave.

    Returns
    -------
    str
        A sentence about other declared metrics that are missing, "" where none is. A task that
        writes is not asked: an evaluation in which no text is written measures none.

    Raises
    ------
    TrainingError
        If ``name`` is not among them.
    """
    if name not in metrics:
        raise TrainingError(_said(task, [name], metrics), t("task.no_metric_remedy"))
    declared = task_registry.spec(task)
    writes = declared.output == "text"
    missing = [] if writes else [n for n in declared.metric_names if n not in metrics]
    return f"{_said(task, missing, metrics)} {t('task.no_metric_remedy')}" if missing else ""


def _said(task: str, missing: Collection[str], metrics: Mapping[str, float]) -> str:
    given = ", ".join(name for name in metrics if name != "examples") or t("form.none")
    return t("task.no_metric", task=repr(task), names=", ".join(missing), given=given)
