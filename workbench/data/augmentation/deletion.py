"""Words go; one stays at least (Wei and Zou, 2019, EMNLP: random deletion of EDA).

The paper throws a coin for each word; here a text loses the share of its words, one at least.
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
    """What ``augmentation: {kind: deletion}`` may say."""


def make(settings: Settings, about: Any) -> Any:
    """See :data:`workbench.data.augmentation.Change`."""

    def one(text: Text, draw: random.Random) -> list[tuple[str, ...]]:
        most = len(text.words) - 1
        gone = set(drawn(text.free, len(text.words), settings.words, draw, most))
        return [() if n in gone else (word,) for n, word in enumerate(text.words)]

    return lambda texts, draws: list(map(one, texts, draws))
