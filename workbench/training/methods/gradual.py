"""Gradual unfreezing: the head is trained first, then with it the layer below, and so on down to
the embeddings (ULMFiT; Howard & Ruder, 2018).

The stages are equally long, and the last one, in which all is trained, begins after ``share`` of
the steps. What is still frozen has no gradient: it is not moved, nor does weight decay shrink it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.i18n import t
from workbench.settings import setting

from .full import KEEPS as KEEPS
from .full import Full, Partly

if TYPE_CHECKING:
    import torch

    from . import Start


@dataclass(frozen=True)
class Settings:
    """What ``method: {kind: gradual}`` may say."""

    share: float = setting(
        0.5, "share", kinds=(int, float), low=0, open_low=True, high=0.95, front=1
    )
    """Share of the optimizer steps after which all weights are trained."""


class Gradual(Partly):
    """The model, of which more is trained from stage to stage.

    All of it is at last, so that a checkpoint of any stage holds the whole: that of the best step
    is laid on a model that has gone on.
    """

    whole = True
    save, load, weights = Full.save, Full.load, Full.weights

    def __init__(self, model: torch.nn.Module, share: float, start: Start):
        from workbench.training.depths import depths

        self.levels, self.share = depths(model).levels(), share
        every = frozenset().union(*self.levels)
        super().__init__(model, self.levels[0], start)
        self.said = t("methods.gradual.said", n=len(self.levels), share=share, trained=self.counted)
        self._let(every)  # so that the optimizer knows all of them

    def at_step(self, step: int, steps: int) -> None:
        """Let the levels be trained whose turn has come after ``step`` of ``steps``."""
        self._let(frozenset().union(*self.levels[: self.open(step, steps)]))

    def open(self, step: int, steps: int) -> int:
        """How many levels, from the top, are trained at a step."""
        below = len(self.levels) - 1
        return 1 + min(below, int(step * below / (self.share * steps)))

    def _let(self, trained: frozenset[str]) -> None:
        every = frozenset().union(*self.levels)
        for name, weight in self.model.named_parameters():
            if name in every:
                weight.requires_grad_(name in trained)


def wrap(model: torch.nn.Module, settings: Settings, start: Start) -> Gradual:
    """Find the levels.

    Raises
    ------
    RecipeError
        If the model's layers cannot be told apart.
    """
    return Gradual(model, settings.share, start)
