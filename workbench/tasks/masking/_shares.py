"""What every way of masking may say."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.errors import RecipeError
from workbench.i18n import t
from workbench.settings import setting


@dataclass(frozen=True, kw_only=True)
class Shares:
    """How many tokens are predicted, and what stands in their places while the model trains."""

    share: float = setting(0.15, "share", kinds=(int, float), low=0, open_low=True, high=0.9)
    """Share of a text's tokens that are predicted (Devlin et al., 2019: 0.15)."""

    masked: float = setting(0.8, "share", kinds=(int, float), low=0, high=1)
    """Share of them that the mask token stands for at a step."""

    random: float = setting(0.1, "share", kinds=(int, float), low=0, high=1)
    """Share of them that any other token of the vocabulary stands for; the rest stays."""

    def __post_init__(self):
        if self.masked + self.random > 1 + 1e-9:
            raise RecipeError(
                t("masking.shares", masked=self.masked, random=self.random),
                t("masking.shares_remedy"), field="masking", setting="random",
            )  # fmt: skip
