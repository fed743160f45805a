"""Whether the passes of a recipe are steps enough to learn from few examples."""

from __future__ import annotations

from collections.abc import Iterable

from ...following_settings import FEWEST, enough_steps, follow, passes, steps_of_pass
from ...i18n import t
from ...recipe import Recipe
from .findings import Finding


def rows_about(recipe: Recipe, texts: Iterable[str]) -> int:
    """About how many rows texts that are learnt themselves are laid into: four bytes a token.

    Examples
    --------
    >>> rows_about(Recipe(task="language-modelling"), ["a" * 128 * 40, "b"])
    11
    """
    tokens = [max(1, len(text.encode("utf-8", "surrogatepass")) // 4) for text in texts]
    if recipe.rows.get("kind") == "texts":
        return sum(-(-n // recipe.max_length) for n in tokens)
    return -(-sum(tokens) // recipe.max_length)


def check_steps(recipe: Recipe, rows: int, classes: int | None = None) -> Finding | None:
    """What is said of few training rows: the passes that follow, or that those named are few.

    Parameters
    ----------
    rows : int
        For training; about so many where texts are laid into rows.
    classes : int, optional
        Of the data, where there are some.

    Examples
    --------
    >>> check_steps(Recipe(epochs=11), 450), check_steps(Recipe(), 50_000)
    (None, None)
    >>> check_steps(Recipe(epochs=2), 450).fix
    {'epochs': None}
    """
    if recipe.max_steps is not None:
        return None
    each, enough = steps_of_pass(recipe, rows), passes(recipe, rows, classes)
    if recipe.epochs is None:
        found = follow(recipe, rows=rows, classes=classes)
        (one,) = [one for one in found if one.field == "epochs"]
        few = enough > FEWEST
        return Finding("info", "few steps", one.why, 1, (), t("findings.follows")) if few else None
    steps = enough_steps(recipe.task, rows, classes)
    if recipe.epochs * each >= steps or recipe.epochs >= enough:
        return None
    said = t("findings.few_steps", rows=rows, steps=round(recipe.epochs * each),
             passes=recipe.epochs, enough=enough, then=round(enough * each))  # fmt: skip
    return Finding("info", "few steps", said, 1, (), t("findings.few_steps_remedy"),
                   {"epochs": None})  # fmt: skip
