"""The conversation that a chat panel opens with."""

from __future__ import annotations

import random
from typing import Any

from workbench.talking.opening import talk
from workbench.talking.seats import UNTUNED, seat_of
from workbench.talking.talks import Talk


def talk_of(source: Any, beside: Any, about: dict[str, Any]) -> Talk:
    """That of :func:`workbench.talk`, or the one that is handed over.

    ``beside=...`` is the model that a run began with. The sides are shuffled by a seed of its own:
    the same one would shuffle the first turn of each panel alike.
    """
    if isinstance(source, Talk):
        return source
    if beside is ...:
        beside = UNTUNED if seat_of(source, task=about.get("task")).run else None
    return talk(source, beside, **{"seed": random.SystemRandom().randrange(2**32), **about})
