"""What training does with a recipe's data, task by task; the check runs the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import task_registry
from ..task_spec import load_object
from ..training.objectives.class_weights import check_weights
from .examples import Examples

if TYPE_CHECKING:
    from ..recipe import Recipe


def rehearsed(recipe: Recipe) -> Examples:
    """The examples that training would have, and its refusals.

    Raises
    ------
    DataError, RecipeError
        As training would.
    """
    declared = task_registry.spec(recipe.task)
    examples = load_object(declared.examples, f"The task {recipe.task!r}")(recipe)
    check_weights(recipe.class_weights, examples.label_names)
    return examples
