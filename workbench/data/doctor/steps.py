"""Whether the passes of a recipe are steps enough to learn from few examples."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ...recipe import Recipe, task_defaults
from .findings import Finding

ENOUGH = 160  # optimizer steps; two passes over the default 2,000 examples are 250
MOST_PASSES = 10


def passes_for(recipe: Recipe, examples: int) -> int | None:
    """Passes over so many training examples that make :data:`ENOUGH` steps, at most ten.

    None where the recipe makes them already, or says its ``max_steps``, or passes of its own.

    Examples
    --------
    >>> passes_for(Recipe(), 450), passes_for(Recipe(), 2000), passes_for(Recipe(epochs=1), 450)
    (6, None, None)
    """
    usual = task_defaults(recipe.task)["epochs"]
    steps = math.ceil(examples / (recipe.batch_size * recipe.gradient_accumulation))
    if recipe.max_steps is not None or recipe.epochs != usual or steps * usual >= ENOUGH:
        return None
    return max(min(math.ceil(ENOUGH / max(steps, 1)), MOST_PASSES), int(usual) + 1)


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


def check_steps(
    recipe: Recipe, examples: int, *, given: bool, rows: bool = False
) -> tuple[Recipe, Finding | None]:
    """The recipe with passes for its few examples, and what is said of it.

    Parameters
    ----------
    examples : int
        For training.
    rows : bool
        Whether they are rows, about so many, into which texts are laid.
    given : bool
        Whether the recipe was given as it is: then more passes are only offered.
    """
    passes = passes_for(recipe, examples)
    if passes is None:
        return recipe, None
    step = math.ceil(examples / (recipe.batch_size * recipe.gradient_accumulation))
    called = "rows of texts, or about so many," if rows else "training examples"
    few = (
        f"{examples:,} {called} make {step * recipe.epochs:,g} steps in {recipe.epochs:g} "
        f"passes, which is few: "
    )
    said = f"{passes} passes make {step * passes:,}"
    if given:
        offer = {"epochs": passes}
        return recipe, Finding(
            "info", "few steps", few + said + ".", 1, (),
            "Take more passes, or leave it where a quick try is wanted.", offer,
        )  # fmt: skip
    return recipe.replace(epochs=passes), Finding(
        "info", "few steps", f"{few}the recipe takes {passes} passes, {step * passes:,} steps.", 1,
        (), f"Set epochs={recipe.epochs:g} for a quick try.",
    )  # fmt: skip
