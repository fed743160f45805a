"""Words become others of like meaning (Wei and Zou, 2019, EMNLP: synonym replacement of EDA).

The paper looks them up in WordNet. Here they are the nearest words by the vectors that the model
reads them by, or those of a list that somebody brings. By vectors, opposites are near as well:
``least`` holds them off in part, a list altogether.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import RecipeError
from ...i18n import t
from ...settings import setting
from ._settings import Copied, drawn
from ._text import Text
from ._vocabulary import found_as, nearest, spelt_as, whole_words


@dataclass(frozen=True)
class Settings(Copied):
    """What ``augmentation: {kind: synonyms}`` may say."""

    nearest: int = setting(5, "words", kinds=(int,), low=1, high=50)
    """Of the nearest words one is drawn."""

    least: float = setting(0.5, "cosine", kinds=(int, float), low=-1, high=1)
    """Cosine of the vectors of a word and one that takes its place."""

    file: str | None = setting(None, "file", kinds=(str, type(None)))
    """A text file, in UTF-8, of words that may take each other's places: a line of words with
    commas between them; in place of vectors."""


PREDICTS = None  # whatever a task predicts


def make(settings: Settings, about: Any) -> Any:
    """See :data:`workbench.data.augmentation.Change`."""
    known = listed(Path(settings.file)) if settings.file else None
    loaded: list[Any] = []

    def change(texts: list[Text], draws: list[random.Random]) -> list[list[tuple[str, ...]]]:
        if known is None and not loaded:
            loaded.append(Neighbours(about, settings.nearest, settings.least))
        lookup: Any = known if known is not None else loaded[0].of(
            {text.words[n] for text in texts for n in text.free}
        )  # fmt: skip
        found = []
        for text, draw in zip(texts, draws, strict=True):
            words = text.same()
            may = [n for n in text.free if found_as(text.words[n], lookup)]
            for n in drawn(may, len(words), settings.words, draw):
                word = text.words[n]
                other = draw.choice(lookup[found_as(word, lookup)])
                words[n] = tuple(spelt_as(other, word).split())
            found.append(words)
        return found

    return change


class Neighbours:
    """Words that are nearest by the vectors by which a model reads them."""

    def __init__(self, about: Any, count: int, least: float):
        from ...catalog.loading.safe_loading import load_model, load_tokenizer

        self.count, self.least = count, least
        folder, what = about.folder(about.recipe.model), f"model {about.recipe.model}"
        words = whole_words(load_tokenizer(folder, what))
        model = load_model(folder, "AutoModel", what, new_head=True)
        table = model.get_input_embeddings().weight.detach().numpy()
        self.words = list(words)
        self.vectors = table[[words[word] for word in self.words]]
        self.places = {word: number for number, word in enumerate(self.words)}

    def of(self, asked: set[str]) -> dict[str, list[str]]:
        """The neighbours of those words that have some."""
        import numpy as np

        there = sorted({word for one in asked if (word := found_as(one, self.places))})
        rows = nearest(self.vectors, np.array([self.places[one] for one in there], int),
                       self.count, self.least)  # fmt: skip
        return {word: [self.words[n] for n in row] for word, row in zip(there, rows, strict=True)
                if row}  # fmt: skip


def listed(path: Path) -> dict[str, list[str]]:
    """Words of a file, each with those that may take its place.

    Raises
    ------
    RecipeError
        If it cannot be read, or no line has two words.
    """
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else t("augmentation.no_utf8")
        raise RecipeError(t("augmentation.no_file", file=str(path), why=why),
                          t("augmentation.file_back"), field="augmentation",
                          setting="file") from error  # fmt: skip
    found: dict[str, list[str]] = {}
    for line in lines:
        words = list(dict.fromkeys(one.strip() for one in line.split(",") if one.strip()))
        for word in words:
            others = found.setdefault(word, [])
            others += [one for one in words if one != word and one not in others]
    found = {word: others for word, others in found.items() if others}
    if not found:
        raise RecipeError(t("augmentation.empty_file", file=str(path)),
                          t("augmentation.file_back"), field="augmentation",
                          setting="file")  # fmt: skip
    return found
