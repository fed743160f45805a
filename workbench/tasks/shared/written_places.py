"""Whether a model that writes has positions for what it reads, learns and writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...catalog.loading.judging import positions
from ...errors import RecipeError
from ...i18n import t

if TYPE_CHECKING:
    from ...recipe import Recipe
    from .encoding import Encoded

BEGINNING = 32  # tokens of a text that a model is given to go on from, while it trains


def check_places(recipe: Recipe, config: Any, encoded: dict[str, Encoded]) -> None:
    """Refuse rows and texts that a model that writes has no positions for.

    Raises
    ------
    RecipeError
    """
    room = positions(config.to_dict())
    rows = [one for one in encoded.values() if len(one)]
    if room is None or not rows:
        return
    new = recipe.generation["max_new_tokens"]
    prompt = max(int(one.lengths.max()) for one in rows)
    learnt = max((int(one.targets.lengths.max()) for one in rows if one.targets), default=0) + 2
    asked = [one.prompts.lengths.max() for one in rows if one.prompts and len(one.prompts)]
    fits = room  # tokens of a row
    if asked:
        learnt, prompt = prompt, int(max(asked))
        needed = max(learnt, prompt + new)
    elif all(one.targets is None for one in rows):  # texts themselves: what goes on is a beginning
        learnt, prompt = prompt, min(prompt, BEGINNING)
        needed = max(learnt, prompt + new)
    elif config.is_encoder_decoder:
        needed, fits = max(learnt, new + 1), room - 2
    else:
        needed = prompt + new
        learnt = max(int(one.sizes.max()) for one in rows) + 1
        needed, fits = max(needed, learnt), min((room - 1) // 2, room - new)
    if needed > room:
        field = "generation" if learnt <= room else "max_length"
        raise RecipeError(
            t("generation.places", model=recipe.model, room=room, needed=needed, prompt=prompt,
              new=new),
            t(f"generation.places_{field}", fits=max(1, fits)),
            field=field,
        )  # fmt: skip
