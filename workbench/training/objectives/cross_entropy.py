"""Cross-entropy of one right class, and smoothed labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...settings import setting

if TYPE_CHECKING:
    import numpy as np
    import torch


@dataclass(frozen=True, kw_only=True)
class Smoothing:
    """How sure a model should become of its labels."""

    label_smoothing: float = setting(0.0, "share", kinds=(float, int), low=0, high=0.999)
    """Probability mass spread over all classes (Szegedy et al., 2016)."""


class CrossEntropy:
    r"""Weighted cross-entropy that is the same however a batch is cut into micro-batches.

    .. math:: L = \sum_i w_{y_i} \ell_i \big/ \sum_i w_{y_i}

    with the sums over all examples of an optimizer step.
    """

    def __init__(self, weights: np.ndarray | None, label_smoothing: float):
        import torch

        self.weights = None if weights is None else torch.tensor(weights, dtype=torch.float32)
        self.label_smoothing = label_smoothing

    def total(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Sum of the weighted losses of ``logits`` (batch, n_classes) for ``labels`` (batch,)."""
        from torch.nn.functional import cross_entropy

        return cross_entropy(
            logits.float(),
            labels,
            weight=None if self.weights is None else self.weights.to(logits.device),
            label_smoothing=self.label_smoothing,
            reduction="sum",
        )

    def normaliser(self, labels: torch.Tensor) -> torch.Tensor | int:
        """Sum of the weights of ``labels`` (batch,)."""
        if self.weights is None:
            return len(labels)
        return self.weights.to(labels.device)[labels].sum()
