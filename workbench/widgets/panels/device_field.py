"""The field of the form for how many devices share a training, where the machine has several."""

from __future__ import annotations

from workbench import hardware
from workbench.i18n import t
from workbench.recipe import Recipe

NAME = "hardware.devices"


def fields() -> list[dict]:
    """Its description, as :attr:`.form.RecipeForm.fields` holds them; none for one device."""
    if (there := hardware.available()) < 2:
        return []
    hint = t("hint.hardware", most=there)
    return [{"name": NAME, "label": t("field.hardware"), "hint": hint, "kind": "text",
             "front": False, "place": None}]  # fmt: skip


def text(recipe: Recipe) -> str:
    """What stands in it."""
    return str(recipe.hardware["devices"])


def typed(base: Recipe, given: str) -> dict:
    """The recipe's ``hardware`` with what was typed; one device where it is empty.

    >>> typed(Recipe(), "2"), typed(Recipe(), "all")["devices"]
    ({'devices': 2, 'parallel': 'ddp'}, 'all')
    """
    given = given.strip()
    return {**base.hardware, "devices": int(given) if given.isdecimal() else given or 1}
