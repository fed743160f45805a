"""What training does with a recipe's data, task by task; the check runs the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import task_registry
from ..errors import RecipeError, nearest
from ..task_spec import load_object
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


def check_weights(wanted, label_names: list[str]) -> None:
    """Refuse class weights that do not fit the classes (RecipeError)."""
    if isinstance(wanted, list) and len(wanted) != len(label_names):
        raise RecipeError(
            f"class_weights has {len(wanted)} weights for {len(label_names)} classes.",
            f"The order is: {', '.join(label_names)}.",
            field="class_weights",
        )
    for name in wanted if isinstance(wanted, dict) else ():
        if str(name) not in label_names:
            raise RecipeError(
                f"class_weights names the class {name!r}, which the data does not have.",
                nearest(str(name), label_names),
                field="class_weights",
            )
