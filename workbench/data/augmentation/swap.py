"""Words change places with others (Wei and Zou, 2019, EMNLP: random swap of EDA).

Two words change a swap, so that there are half as many as the paper makes.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from ._settings import Copied, drawn
from ._text import Text

PREDICTS = None  # whatever a task predicts


@dataclass(frozen=True)
class Settings(Copied):
    """What ``augmentation: {kind: swap}`` may say."""


def make(settings: Settings, about: Any) -> Any:
    """See :data:`workbench.data.augmentation.Change`."""

    def one(text: Text, draw: random.Random) -> list[tuple[str, ...]]:
        words = list(text.words)
        for place in drawn(text.free, len(words), settings.words / 2, draw):
            others = [n for n in text.free if words[n] != words[place]]
            if others:
                other = draw.choice(others)
                words[place], words[other] = words[other], words[place]
        return [(word,) for word in words]

    return lambda texts, draws: list(map(one, texts, draws))
