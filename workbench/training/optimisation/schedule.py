"""How long is trained, and how the learning rate rises and falls on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...settings import NONE, check_share, setting

# as recipes call them, and as the library does
_SHAPES = {"linear": "linear", "cosine": "cosine", "constant": "constant_with_warmup"}
SCHEDULES = tuple(_SHAPES)


@dataclass(frozen=True, kw_only=True)
class Passes:
    """How long is trained."""

    epochs: float = setting(None, "passes", kinds=(float, int), low=0, open_low=True, front=5)
    """Passes over the training examples. ``max_steps``, when given, wins. The default is the task's
    own (:func:`task_defaults`), as those of ``learning_rate`` and ``max_length`` are."""

    max_steps: int | None = setting(None, "optimizer steps", kinds=(int, NONE), low=1)
    """Optimizer steps after which training ends, however many passes they are."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How the learning rate rises and falls."""

    warmup: float = setting(0.06, "share or steps", kinds=(float, int), low=0)
    """Share (below 1) or number of optimizer steps in which the learning rate rises linearly."""

    schedule: str = setting("linear", "shape", kinds=(str,), choices=SCHEDULES)
    """How the learning rate falls after the warm-up."""

    def _check(self) -> None:
        """Refuse parts of steps (RecipeError)."""
        check_share("warmup", self.warmup)


def arguments(recipe: Any, device: str) -> dict[str, Any]:
    """See :func:`workbench.training.optimisation.arguments`."""
    return dict(
        num_train_epochs=recipe.epochs,
        max_steps=recipe.max_steps or -1,
        warmup_steps=recipe.warmup,
        lr_scheduler_type=_SHAPES[recipe.schedule],
    )
