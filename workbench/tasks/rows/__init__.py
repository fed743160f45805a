"""Ways of laying texts into the rows that are trained on, a module each: a recipe's ``rows``.

A module holds ``Settings`` and ``arranged(pieces, texts, max_length) -> Encoded``; see
:func:`.pieces.cut` for both. ``about["text"]`` and ``about["place"]`` of what it gives say of each
token which text it is of and where in it, counted from 0. Evaluations measure each text by itself,
whatever is chosen here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.recipe import ROWS

if TYPE_CHECKING:
    from workbench.recipe import Recipe


def module_of(recipe: Recipe) -> Any:
    """The module of a recipe's ``rows``."""
    return ROWS.module(recipe.rows["kind"])
