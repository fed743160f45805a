"""Each copy is changed in one of several ways, drawn for it."""

from __future__ import annotations

import dataclasses
import random
from dataclasses import dataclass
from typing import Any

from ...recipe import AUGMENTATION
from ...settings import setting
from ._settings import Copied
from ._text import Text

PREDICTS = None  # whatever a task predicts


@dataclass(frozen=True)
class Settings(Copied):
    """What ``augmentation: {kind: several}`` may say."""

    kinds: list = setting(["deletion", "swap", "typos"], "kinds", kinds=(list,))
    """Names of kinds; each has its own settings as they usually are, and ``words`` of these."""


def make(settings: Settings, about: Any) -> Any:
    """See :data:`workbench.data.augmentation.Change`."""
    ways = []
    for name in settings.kinds:
        module = AUGMENTATION.module(name)
        own = dataclasses.replace(module.Settings(), words=settings.words)
        ways.append(module.make(own, about))

    def change(texts: list[Text], draws: list[random.Random]) -> list[list[tuple[str, ...]]]:
        chosen = [draw.randrange(len(ways)) for draw in draws]
        found = [text.same() for text in texts]
        for number, way in enumerate(ways):
            mine = [n for n, one in enumerate(chosen) if one == number]
            made = way([texts[n] for n in mine], [draws[n] for n in mine])
            for n, words in zip(mine, made, strict=True):
                found[n] = words
        return found

    return change
