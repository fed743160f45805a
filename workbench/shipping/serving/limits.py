"""What a server takes at most, and how long it waits."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import RecipeError, nearest
from ...settings import check_setting, setting


@dataclass(frozen=True)
class Limits:
    """The limits of a server; what is over one is refused in a sentence."""

    body: int = setting(1_000_000, "bytes", kinds=(int,), low=1000, high=10**9)
    """Of a request's body."""

    bodies: int = setting(64_000_000, "bytes", kinds=(int,), low=1000, high=10**11)
    """Of all bodies that are being read or answered, so that memory is bounded."""

    rows: int = setting(256, "texts", kinds=(int,), low=1, high=100_000)
    """Of one request."""

    characters: int = setting(100_000, "characters", kinds=(int,), low=1, high=10**8)
    """Of one text, however many of them the model reads."""

    waiting: int = setting(1024, "texts", kinds=(int,), low=1, high=10**7)
    """That are accepted and not yet answered, of one model."""

    seconds: float = setting(30.0, "seconds", kinds=(int, float), low=0, open_low=True, high=3600)
    """Until a request that was accepted is answered; of one that writes, until it has written."""

    body_seconds: float = setting(
        10.0, "seconds", kinds=(int, float), low=0, open_low=True, high=3600
    )
    """In which the head of a request has to be there, and in as many again its body."""

    batch: int = setting(32, "texts", kinds=(int,), low=1, high=10_000)
    """That are asked of a model together; 1 batches nothing."""

    wait: float = setting(0.004, "seconds", kinds=(int, float), low=0, high=1)
    """That a text waits for others, where others were asked together with the last one."""


def limits_of(given: Mapping[str, Any]) -> Limits:
    """Limits with some of them named.

    Raises
    ------
    RecipeError
        Names the limit, the value and what is allowed.
    """
    known = {one.name: one for one in dataclasses.fields(Limits)}
    for name, value in given.items():
        if name not in known:
            raise RecipeError(f"There is no limit {name!r}.", nearest(name, known))
        check_setting(known[name], value, name, field=name)
    return Limits(**given)
