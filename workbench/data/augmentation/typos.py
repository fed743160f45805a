"""Words are mistyped: a letter changes places with the next, goes, comes twice, or a wrong one
comes in (Belinkov and Bisk, 2018, ICLR).

A wrong letter is one of the same text, so that it belongs to the script.
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
    """What ``augmentation: {kind: typos}`` may say."""


def mistyped(word: str, letters: str, draw: random.Random) -> str:
    """A word with one fault; a word of one letter loses none.

    >>> [mistyped("good", "x", random.Random(seed)) for seed in (5, 0, 3, 2)]
    ['gooxd', 'godo', 'god', 'ggood']
    """
    nexts = [n for n in range(len(word) - 1) if word[n] != word[n + 1]]
    ways = ["double", "insert", *(["drop"] if len(word) > 1 else []), *(["swap"] if nexts else [])]
    way = draw.choice(sorted(ways))
    if way == "swap":
        at = draw.choice(nexts)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    at = draw.randrange(len(word))
    if way == "drop":
        return word[:at] + word[at + 1 :]
    if way == "double":
        return word[: at + 1] + word[at:]
    return word[: at + 1] + draw.choice(letters) + word[at + 1 :]


def make(settings: Settings, about: Any) -> Any:
    """See :data:`workbench.data.augmentation.Change`."""

    def one(text: Text, draw: random.Random) -> list[tuple[str, ...]]:
        letters = "".join(filter(str.isalnum, text.text))
        wrong = drawn(text.spelt, len(text.words), settings.words, draw)
        return [(mistyped(word, letters, draw) if n in wrong else word,)
                for n, word in enumerate(text.words)]  # fmt: skip

    return lambda texts, draws: list(map(one, texts, draws))
