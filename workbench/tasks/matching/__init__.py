"""Ways of telling which texts belong together, a module each: the ``kind`` of ``matching``.

A module holds ``Settings``, a frozen dataclass with ``candidates`` and ``temperature``, and
``model_class``, the library's class of its models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.recipe import MATCHING

if TYPE_CHECKING:
    from workbench.recipe import Recipe


def settings_of(recipe: Recipe) -> Any:
    """The settings of a recipe's ``matching``."""
    return MATCHING.settings(recipe.matching)
