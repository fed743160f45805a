"""What training does with a recipe's data, task by task; the check runs the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import RecipeError, nearest
from .examples import Examples, load_examples, load_scores
from .multi_label import load_label_sets
from .questions import load_questions
from .tagged import load_tagged

if TYPE_CHECKING:
    from ..recipe import Recipe

LOADERS = {
    "text-classification": load_examples,
    "multi-label-classification": load_label_sets,
    "regression": load_scores,
    "token-classification": load_tagged,
    "question-answering": load_questions,
}


def rehearsed(recipe: Recipe) -> Examples:
    """The examples that training would have, and its refusals.

    Raises
    ------
    DataError, RecipeError
        As training would.
    """
    examples = LOADERS[recipe.task](recipe)
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
