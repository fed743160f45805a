"""The likeliest word each time: one text for a prompt, whatever else is written beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.errors import RecipeError, shown
from workbench.i18n import t
from workbench.settings import NONE, setting

_LEAST = 1e-20  # what is divided by less may be no finite number; all of it is far above the rest


@dataclass(frozen=True)
class Settings:
    """What ``generation: {kind: greedy}`` may say."""

    max_new_tokens: int = setting(64, "tokens", kinds=(int,), low=1, high=100_000)
    """Tokens of a text at most, where the model does not end it before."""

    stop: Any = setting(None, "texts", kinds=(list, str, NONE), blank=True)
    """Texts at which writing ends, such as ``["\\n"]``; they are left out of what is written."""

    min_new_tokens: int = setting(0, "tokens", kinds=(int,), low=0, high=100_000)
    """Tokens of a text at least: before so many the model may not end it."""

    repetition_penalty: float = setting(
        1.0, "factor", kinds=(int, float), low=0, open_low=True, high=100
    )
    """Above 1 words that are there become less likely (Keskar et al., 2019); of a decoder those of
    the prompt as well."""

    no_repeat_ngram_size: int = setting(0, "tokens", kinds=(int,), low=0, high=1000)
    """No run of so many tokens is written twice; 0 allows all. A text is cut where that forbids
    every word, and it is said how many were."""

    max_seconds: float | None = setting(
        None, "seconds", kinds=(int, float, NONE), low=0, open_low=True
    )
    """Time for all texts that are asked for together. What is written until then is kept, and it is
    said how many were cut and how many not begun; so what is written depends on the machine."""

    @property
    def stops(self) -> list[str]:
        """Texts at which writing ends."""
        return [self.stop] if isinstance(self.stop, str) else list(self.stop or [])

    @property
    def looks_back(self) -> bool:
        """Whether a word depends on the words before it in another way than through the model."""
        return self.repetition_penalty != 1 or self.no_repeat_ngram_size > 0

    @property
    def at_once(self) -> int:
        """Texts that are gone on with for each row."""
        return 1

    def options(self) -> dict[str, Any]:
        """The same for the library's ``GenerationConfig``."""
        return {
            "max_new_tokens": self.max_new_tokens,
            "min_new_tokens": self.min_new_tokens or None,
            "repetition_penalty": max(float(self.repetition_penalty), _LEAST),
            "no_repeat_ngram_size": self.no_repeat_ngram_size,
            "do_sample": False,
            "num_beams": 1,
        }

    def __post_init__(self):
        for one in self.stops:
            if not isinstance(one, str) or not one:
                raise RecipeError(
                    t("generation.stop", value=shown(one)), t("generation.stop_remedy"),
                    field="generation", setting="stop",
                )  # fmt: skip
        if self.min_new_tokens > self.max_new_tokens:
            raise RecipeError(
                t("generation.least", least=self.min_new_tokens, most=self.max_new_tokens),
                t("generation.least_remedy", most=self.max_new_tokens),
                field="generation", setting="min_new_tokens",
            )  # fmt: skip


def chooser(settings: Settings, seeds: list[int]) -> None:
    """None: the likeliest word."""
    return None
