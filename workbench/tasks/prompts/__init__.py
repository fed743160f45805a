"""Ways of asking a model that writes for a text, a module each; its name is a recipe's ``kind``.

A module holds ``Settings``, a frozen dataclass of what a recipe's ``prompt`` may say beside that
(each has ``max_target_length``, see :mod:`.plain`), and ``encode(settings, tokenizer, texts,
max_length, control) -> Encoded``, which gives the token ids of what the model reads, at most
``max_length`` each, with notes of what was cut. Nothing heavy is imported before that is called:
recipes are checked by these modules.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from workbench.recipe import PROMPTS

if TYPE_CHECKING:
    from workbench.recipe import Recipe
    from workbench.tasks.shared.encoding import Encoded


def settings_of(recipe: Recipe) -> Any:
    """The ``Settings`` of a recipe's ``prompt``."""
    return PROMPTS.settings(recipe.prompt)


def encode(
    settings: Any, tokenizer: Any, texts: Any, max_length: int, *, control: bool = False
) -> Encoded:
    """Token ids of texts as ``settings`` ask for them.

    Parameters
    ----------
    settings : Settings
        Of one of the kinds.
    tokenizer : transformers.PreTrainedTokenizerBase
    texts : sequence of str, length n_rows
    max_length : int
        Tokens of a row at most, special ones included.
    control : bool
        Whether control tokens that a text spells out are such; else they stay text.
    """
    module = importlib.import_module(type(settings).__module__)
    return module.encode(settings, tokenizer, texts, max_length, control)
