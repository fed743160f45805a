"""What the workbench can train: one file a task, all with the protocol of :mod:`.base`."""

from __future__ import annotations

import importlib

from .. import catalog
from ..errors import RecipeError, UnknownName, nearest
from ..recipe import Recipe
from .base import Task

MINIMISED = ("loss", "mae", "rmse", "hamming_loss")  # metrics that are better when smaller


def best_metric(recipe: Recipe) -> str:
    """What decides on a recipe's best checkpoint.

    Raises
    ------
    RecipeError
        If its task has no such metric.
    """
    names = get(recipe.task).metric_names
    if recipe.best_metric is not None and recipe.best_metric not in names:
        raise RecipeError(
            f"best_metric is {recipe.best_metric!r}, which {recipe.task} has not.",
            f"It has {', '.join(names)}.",
            field="best_metric",
        )
    return recipe.best_metric or names[0]


def get(name: str) -> Task:
    """The task of a name.

    Raises
    ------
    UnknownName
        With the nearest names.
    """
    if name not in catalog.tasks():
        raise UnknownName(f"There is no task {name!r}.", nearest(name, catalog.tasks()))
    return importlib.import_module(f".{name.replace('-', '_')}", __name__).TASK
