"""What the workbench can train: one folder a task.

A task is its folder: ``spec.py`` declares it (:class:`workbench.task_spec.TaskSpec`, light to
import), ``task.py`` does the work (:class:`workbench.tasks.base.Task`) and is loaded when it is
first needed. Which tasks there are says :mod:`workbench.task_registry`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import task_registry
from ..errors import RecipeError, SpecError
from ..task_spec import TaskSpec, load_object
from .base import Task

if TYPE_CHECKING:
    from ..recipe import Recipe

_made: dict[str, tuple[TaskSpec, Any]] = {}  # objects of tasks by name, with what declared them


def best_metric(recipe: Recipe) -> str:
    """What decides on a recipe's best checkpoint.

    Raises
    ------
    RecipeError
        If its task, or its loss, has no such metric.
    """
    from ..recipe import LOSSES

    names = task_registry.spec(recipe.task).metric_names
    measures = getattr(LOSSES.module(recipe.loss["kind"]), "MEASURES", None)  # in their place
    names = measures or names
    if recipe.best_metric is not None and recipe.best_metric not in names:
        raise RecipeError(
            f"best_metric is {recipe.best_metric!r}, which {recipe.task} has not.",
            f"It has {', '.join(names)}.",
            field="best_metric",
        )
    decides = {} if measures else task_registry.spec(recipe.task).decides
    return recipe.best_metric or decides.get(recipe.writes, names[0])


def get(name: str) -> Task:
    """The task of a name; its ``spec`` is what it declares.

    Raises
    ------
    UnknownName
        With the nearest names.
    SpecError
        If its code cannot be loaded.
    """
    declared = task_registry.spec(name)
    if name not in _made or _made[name][0] is not declared:
        found = load_object(declared.task, f"The task {name!r}", called=False)
        if isinstance(found, type):
            try:
                found = found()
            except Exception as error:  # whatever the class of somebody else's package raises
                why = str(error).partition("\n")[0]
                raise SpecError(
                    f"The task {name!r} cannot be made of {found.__name__} ({why}).",
                    "Its class is called without an argument.",
                ) from error
        if not isinstance(found, Task):
            raise SpecError(
                f"The task {name!r} is made of {declared.task!r}, which is no task.",
                "Its class inherits from workbench.tasks.base.Task.",
            )
        if getattr(found, "spec", None) is None:
            found.spec = declared
        _made[name] = declared, found
    return _made[name][1]
