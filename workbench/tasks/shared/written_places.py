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


def check_places(
    recipe: Recipe, config: Any, encoded: dict[str, Encoded], taken: int = 0
) -> None:
    """Refuse rows and texts that a model that writes has no positions for.

    Of a decoder ``taken`` ones are for what the method puts in front of every text.

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
    written = max((int(one.targets.lengths.max()) for one in rows if one.targets), default=0)
    asked = [one.prompts.lengths.max() for one in rows if one.prompts and len(one.prompts)]
    apart = False  # whether what is read and what is written are rows of their own
    if asked:
        learnt, prompt = prompt, int(max(asked))
    elif all(one.targets is None for one in rows):  # texts themselves: what goes on is a beginning
        learnt, prompt = prompt, min(prompt, BEGINNING)
    elif config.is_encoder_decoder:
        learnt, apart = written + 2, True
    else:
        learnt = max(int(one.sizes.max()) for one in rows) + 1
    needed = max(learnt, (1 if apart else prompt) + new)
    taken = 0 if config.is_encoder_decoder else taken
    if needed + taken <= room:
        return
    if needed <= room:
        raise RecipeError(
            t("adapter.virtual.places", tokens=taken, needed=needed, room=room),
            t("adapter.virtual.places_remedy", left=room - needed),
            field="method", setting="tokens",
        )  # fmt: skip
    both = not asked and any(one.targets is not None for one in rows)
    field, remedy = _remedy(recipe, room, new, 1 if apart else prompt, learnt,
                            (written, apart) if both else None)  # fmt: skip
    raise RecipeError(
        t("generation.places", model=recipe.model, room=room, needed=needed, prompt=prompt,
          new=new),
        remedy, field=field,
    )  # fmt: skip


def _remedy(
    recipe: Recipe, room: int, new: int, read: int, learnt: int, target: tuple[int, bool] | None
) -> tuple[str, str]:
    """The setting that is named first, and what makes all fit at once.

    ``read`` tokens stand before ``new`` ones; ``learnt`` are those of a row. ``target`` is, where
    there is one, its length, and whether it is no part of the row that is read.
    """
    said = {}
    if new >= room:
        new = room - max(1, read if learnt <= room and read < room else min(read, room // 2))
        said["generation"] = t("generation.places_new", fits=new)
    reads = room - new if read + new > room else room  # how many can be read
    if learnt <= room and (reads == room or not said):
        said = said or {"generation": t("generation.places_generation")}
    elif target is None:
        said["max_length"] = t("generation.places_max_length", fits=reads)
    else:
        written, apart = target
        cut = recipe.prompt.get("max_target_length") is not None  # what is written, by that alone
        if not cut:
            fits = room - 2 if apart else min((room - 1) // 2, reads)
            said["max_length"] = t("generation.places_max_length", fits=max(1, fits))
        else:
            source = 1 if apart else min(read, max((room - 1) // 2, room - 1 - written), reads)
            fits = room - 1 - source
            if written > fits:
                said["prompt"] = t("generation.places_target", fits=fits)
            if source < read:
                said["max_length"] = t("generation.places_source", fits=source)
    return next(iter(said)), " ".join(said.values())
