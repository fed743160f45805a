"""The likeliest word each time: one text for a prompt, whatever else is written beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.errors import RecipeError, shown
from workbench.i18n import t
from workbench.settings import NONE, setting


@dataclass(frozen=True)
class Settings:
    """What ``generation: {kind: greedy}`` may say."""

    max_new_tokens: int = setting(64, "tokens", kinds=(int,), low=1, high=100_000)
    """Tokens of a text at most, where the model does not end it before."""

    stop: Any = setting(None, "texts", kinds=(list, str, NONE), blank=True)
    """Texts at which writing ends, such as ``["\\n"]``; they are left out of what is written."""

    @property
    def stops(self) -> list[str]:
        """Texts at which writing ends."""
        return [self.stop] if isinstance(self.stop, str) else list(self.stop or [])

    def __post_init__(self):
        for one in self.stops:
            if not isinstance(one, str) or not one:
                raise RecipeError(
                    t("generation.stop", value=shown(one)), t("generation.stop_remedy"),
                    field="generation",
                )  # fmt: skip


def chooser(settings: Settings, seeds: list[int]) -> None:
    """None: the likeliest word."""
    return None
