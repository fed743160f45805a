"""The focal loss: what a model is sure of and right about counts less."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import RecipeError
from ...settings import setting
from .cross_entropy import CrossEntropy

if TYPE_CHECKING:
    import numpy as np
    import torch


@dataclass(frozen=True, kw_only=True)
class Focal:
    """How much less examples count that are right already."""

    focal_gamma: float = setting(0.0, "exponent", kinds=(float, int), low=0, high=10)
    """Above 0 the focal loss: examples that are right already, with a probability ``p`` of their
    class, count ``(1 - p) ** focal_gamma`` (Lin et al., 2017); 0 is the cross-entropy."""

    def _check(self) -> None:
        """Refuse the focal loss of smoothed labels (RecipeError)."""
        if self.focal_gamma and self.label_smoothing:
            raise RecipeError(
                f"focal_gamma is {self.focal_gamma!r} and "
                f"label_smoothing {self.label_smoothing!r}.",
                "The focal loss is of one right class: set one of them to 0.",
                field="focal_gamma",
            )


class FocalLoss(CrossEntropy):
    r"""Cross-entropy in which what is right already counts less (Lin et al., 2017).

    .. math:: L = -\sum_i w_{y_i} (1 - p_{i,y_i})^\gamma \log p_{i,y_i} \big/ \sum_i w_{y_i}
    """

    def __init__(self, weights: np.ndarray | None, gamma: float):
        super().__init__(weights, 0.0)
        self.gamma = gamma

    def total(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Sum of the weighted losses of ``logits`` (batch, n_classes) for ``labels`` (batch,)."""
        logs = logits.float().log_softmax(-1).gather(1, labels[:, None])[:, 0]
        # 1 - p without the loss of digits that would be, and never 0: its power has a gradient
        rest = (-logs.expm1()).clamp_min(1e-12)
        losses = -(rest**self.gamma) * logs
        if self.weights is not None:
            losses = losses * self.weights.to(logits.device)[labels]
        return losses.sum()
