"""Settings of a recipe that mean nothing for its task are refused, with the reason it declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import task_registry
from ..errors import RecipeError
from . import fixes

if TYPE_CHECKING:
    from ..recipe import Recipe


def check_settings(recipe: Recipe) -> None:
    """Refuse fields and fixes that do not apply to the recipe's task (RecipeError)."""
    declared = task_registry.spec(recipe.task, trains=None)
    usual = type(recipe)(task=recipe.task)
    for name, why in declared.unused.items():
        value = getattr(recipe, name)
        if value != getattr(usual, name):
            raise RecipeError(
                f"{name} is {value!r} for {recipe.task}.", f"{why}; leave it out.", field=name
            )
    if declared.fixes is not None:
        fixes.check_allowed(recipe, declared.fixes)
