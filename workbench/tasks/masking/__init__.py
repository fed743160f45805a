"""Ways of choosing the tokens that are masked, a module each: the ``kind`` of ``masking``.

A module holds ``Settings`` and ``units(words) -> groups``: which tokens of a row are masked
together, as an array of whole numbers, one a token, equal within a group and -1 for tokens that are
never masked. ``words`` says of each token which word of the text it is of, -1 for special tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.recipe import MASKING

if TYPE_CHECKING:
    from workbench.recipe import Recipe


def module_of(recipe: Recipe) -> Any:
    """The module of a recipe's ``masking``."""
    return MASKING.module(recipe.masking["kind"])


def settings_of(recipe: Recipe) -> Any:
    """The settings of a recipe's ``masking``."""
    return MASKING.settings(recipe.masking)
