"""AdamW: what each weight is moved by at a step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...settings import NONE, setting


@dataclass(frozen=True, kw_only=True)
class AdamW:
    """Settings of AdamW and of the gradient that it gets."""

    learning_rate: float | None = setting(
        None, "per step", kinds=(float, int, NONE), low=0, open_low=True, high=10, front=6
    )
    """Of AdamW. ``None`` follows from the task, the width of the model and the ``method``: lower
    for a wide model, higher where few weights are trained, as with LoRA
    (:func:`workbench.following_settings.rate`)."""

    weight_decay: float = setting(0.01, "per step", kinds=(float, int), low=0, high=10)
    """Share of ``learning_rate`` by which weights of matrices shrink at a step."""

    max_grad_norm: float = setting(1.0, "L2 norm", kinds=(float, int), low=0, open_low=True)
    """Gradients of a step that are longer together are cut to this length."""


def arguments(recipe: AdamW, device: str) -> dict[str, Any]:
    """See :func:`workbench.training.optimisation.arguments`."""
    return dict(
        learning_rate=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        max_grad_norm=recipe.max_grad_norm,
        optim="adamw_torch" if device == "mps" else "adamw_torch_fused",
    )
