"""A score for each pair, read as one text: slower and surer, to rank what was found again."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.settings import setting

model_class = "AutoModelForSequenceClassification"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What ``matching: {kind: cross_encoder}`` may say."""

    negatives: int = setting(4, "texts", kinds=(int,), low=1, high=100)
    """Wrong texts that a right one is learnt beside: those of the data first, then others by chance
    (drawn once, by the seed)."""

    temperature: float = setting(1.0, "score", kinds=(int, float), low=0, open_low=True, high=10)
    """What scores are divided by before the softmax."""

    candidates: int = setting(20, "texts", kinds=(int,), low=2, high=1_000)
    """Among how many texts the right one is looked for at an evaluation; each is a pass of its
    own."""
