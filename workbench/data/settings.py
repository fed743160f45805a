"""Settings of a recipe that mean nothing for its task are refused, with the reason it declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import task_registry, task_words
from ..errors import RecipeError, SpecError, nearest
from ..i18n import t
from . import fixes

if TYPE_CHECKING:
    from ..recipe import Recipe

CONTROL = "control_tokens"  # of a recipe's ``reading``
COLDEST = 1e-6  # temperature of ``matching``


def check_settings(recipe: Recipe) -> None:
    """Refuse fields and fixes that do not apply to the recipe's task (RecipeError)."""
    declared = task_registry.spec(recipe.task, trains=None)
    usual = type(recipe)(task=recipe.task)
    for name in declared.unused:
        if not hasattr(recipe, name):
            raise SpecError(
                t("task.no_field", task=repr(recipe.task), name=repr(name)),
                nearest(name, recipe.to_dict()),
            )
        value = getattr(recipe, name)
        if value != getattr(usual, name):
            raise RecipeError(
                f"{name} is {value!r} for {recipe.task}.",
                t("task.unused", why=task_words.why_unused(declared, name)),
                field=name,
            )
    for name in declared.kinds:
        if not isinstance(getattr(recipe, name, None), dict):
            choices = [n for n, value in recipe.to_dict().items() if isinstance(value, dict)]
            said = t("task.no_kinds", task=repr(recipe.task), name=repr(name))
            raise SpecError(said, nearest(name, choices))
    if declared.fixes is not None:
        fixes.check_allowed(recipe, declared.fixes)


def check_new(recipe: Recipe) -> None:
    """Refuse what ``reading`` says without effect for the recipe's task, and a temperature of
    ``matching`` by which scores become infinite (RecipeError): of what is new alone, since earlier
    code let runs begin with it."""
    if (value := recipe.matching.get("temperature", 1)) < COLDEST:
        said = t("kinds.too_low", name="matching.temperature", value=repr(value))
        back = t("kinds.too_low_back", least=repr(COLDEST))
        raise RecipeError(said, back, field="matching", setting="temperature")
    if CONTROL in recipe.reading and task_registry.spec(recipe.task, trains=None).output != "text":
        said = t("written.control_no_choice", task=task_words.called(recipe.task))
        raise RecipeError(said, t("written.control_no_choice_back"), field="reading")
