"""Ways of choosing the next word, a module each; its name is the ``kind`` in a recipe.

A module holds ``Settings``, a frozen dataclass of what a recipe's ``generation`` may say beside its
kind (each has ``max_new_tokens`` and ``stop``, see :mod:`.greedy`), and ``chooser(settings,
seeds)``: None for the likeliest word, or ``choose(step, scores)``, which gives the ids of a word a
row, on the device of ``scores``. Nothing heavy is imported before that is called: recipes are
checked by these modules. :mod:`workbench.training.predicting.writing` writes with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.recipe import GENERATION

if TYPE_CHECKING:
    from workbench.recipe import Recipe


def settings_of(recipe: Recipe) -> Any:
    """The ``Settings`` of a recipe's ``generation``."""
    return GENERATION.settings(recipe.generation)
