r"""Several beginnings at a time, of which the best text is kept: beam search.

.. math:: \sum_t \log p(y_t) \big/ n^{\alpha}

is what a text of ``n`` tokens is compared by, with the length penalty as :math:`\alpha`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.errors import RecipeError, shown
from workbench.i18n import t
from workbench.settings import setting

from . import greedy

EARLY = (True, False, "never")


@dataclass(frozen=True)
class Settings(greedy.Settings):
    """What ``generation: {kind: beams}`` may say."""

    num_beams: int = setting(4, "texts", kinds=(int,), low=2, high=100)
    """Beginnings that are gone on with at a time; 1 is the kind ``greedy``."""

    length_penalty: float = setting(1.0, "exponent", kinds=(int, float), low=-10, high=10)
    """Above 0 longer texts are preferred, below 0 shorter ones; 0 compares their probabilities."""

    early_stopping: Any = setting(False, "true, false or never", kinds=(bool, str))
    """``true`` ends a search at so many ended texts as there are beams, ``false`` where a better
    one is not likely, ``"never"`` where there can be none."""

    @property
    def at_once(self) -> int:
        """Texts that are gone on with for each row."""
        return self.num_beams

    def options(self) -> dict[str, Any]:
        """The same for the library's ``GenerationConfig``."""
        return super().options() | {
            "num_beams": self.num_beams,
            "length_penalty": float(self.length_penalty),
            "early_stopping": self.early_stopping,
        }

    def __post_init__(self):
        super().__post_init__()
        if self.early_stopping not in EARLY:
            raise RecipeError(
                t("generation.early", value=shown(self.early_stopping)),
                t("generation.early_remedy"), field="generation", setting="early_stopping",
            )  # fmt: skip


def chooser(settings: Settings, seeds: list[int]) -> None:
    """None: the library goes on with the likeliest beginnings."""
    return None
