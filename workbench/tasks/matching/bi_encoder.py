"""A vector for each text: those that belong together are near, and can be looked up."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.settings import setting

model_class = "AutoModel"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What ``matching: {kind: bi_encoder}`` may say."""

    pooling: str = setting("mean", "way", kinds=(str,), choices=("mean", "cls"))
    """What a text's vector is: the mean of its tokens' last states, or that of its first token."""

    temperature: float = setting(0.05, "cosine", kinds=(int, float), low=0, open_low=True, high=10)
    """What cosines are divided by before the softmax; the lower, the more the nearest wrong texts
    count (Oord et al., 2018)."""

    candidates: int = setting(100, "texts", kinds=(int,), low=2, high=10_000)
    """Among how many texts the right one is looked for at an evaluation."""
