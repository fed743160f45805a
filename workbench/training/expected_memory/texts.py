"""How long the texts of a step are, from what is known of a data set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ... import task_registry

if TYPE_CHECKING:
    from ...recipe import Recipe

SPREAD = 2.0  # standard deviations by which the longest batches are above the mean


@dataclass(frozen=True)
class Texts:
    """What is known of the training texts.

    Attributes
    ----------
    longest : int
        Tokens of the longest one, cut.
    mean, deviation : float
        Of the tokens of a text.
    words : int or None
        Different tokens in all of them.
    classes : int
        Outputs of the head.
    """

    longest: int
    mean: float
    deviation: float = 0.0
    words: int | None = None
    classes: int = 2

    @classmethod
    def unknown(cls, recipe: Recipe) -> Texts:
        """As long as ``max_length`` allows, of all words."""
        return cls(recipe.max_length, recipe.max_length)

    def batch(self, recipe: Recipe, *, padded: bool) -> list[int]:
        """Tokens of each text of a large batch."""
        rows = recipe.batch_size * (2 if _pairs(recipe) else 1)
        if padded:
            return [self.longest] * rows
        most = self.mean + SPREAD * self.deviation / rows**0.5
        return [max(1, min(self.longest, round(most)))] * rows

    @property
    def long(self) -> int:
        """Tokens of texts that an evaluation reads together, the longest first."""
        return max(1, min(self.longest, round(self.mean + SPREAD * self.deviation)))


def _pairs(recipe: Recipe) -> bool:
    """Whether each example is two texts that are read in one step."""
    compared = task_registry.spec(recipe.task).output == "vectors"
    return compared or recipe.loss["kind"] == "dpo"
