"""Entities become others of the same type, drawn from the training examples (Dai and Adel, 2020,
COLING: mention replacement).

Each form of an entity is as likely as the others, however often it occurs.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from ...errors import RecipeError
from ...i18n import t
from ...settings import setting
from ..tags.tag_schemes import entity_tags
from ..tags.tag_spans import entity_spans
from ._settings import Copied
from ._text import Text

PREDICTS = ("tags",)


@dataclass(frozen=True)
class Settings(Copied):
    """What ``augmentation: {kind: entity_swap}`` may say."""

    words: float = setting(0.5, "share", kinds=(int, float), low=0, open_low=True, high=1)
    """Of a text's entities that change; one at least."""


def make(settings: Settings, about: Any) -> Any:
    """See :data:`workbench.data.augmentation.Change`."""
    if not entity_tags(list(about.columns.ids)):
        raise RecipeError(t("augmentation.no_entities"), t("augmentation.leave"),
                          field="augmentation")  # fmt: skip
    known: dict[str, dict[tuple[str, ...], None]] = {}
    for tokens, tags in zip(about.columns.frame["tokens"], about.columns.frame["tags"],
                            strict=True):  # fmt: skip
        for kind, start, end in entity_spans(list(tags)):
            known.setdefault(kind, {})[tuple(tokens[start:end])] = None
    forms = {kind: list(found) for kind, found in known.items()}

    def one(text: Text, draw: random.Random) -> list[tuple[str, ...]]:
        words, spans = text.same(), entity_spans(text.tags or [])
        count = min(max(1, int(settings.words * len(spans) + 0.5)), len(spans))
        for kind, start, end in draw.sample(spans, count):
            others = [form for form in forms[kind] if form != tuple(text.words[start:end])]
            if others:
                words[start:end] = [draw.choice(others), *[()] * (end - start - 1)]
        return words

    return lambda texts, draws: list(map(one, texts, draws))
