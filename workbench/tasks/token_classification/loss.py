"""The loss of tags: each word that has one counts alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..shared.encoding import IGNORED

if TYPE_CHECKING:
    import torch


class TagCrossEntropy:
    r"""Mean cross-entropy over the labelled tokens of an optimizer step.

    .. math:: L = \frac1n \sum_t \ell_t, \quad n = |\{t : y_t \ne -100\}|
    """

    def __init__(self, label_smoothing: float = 0.0):
        self.label_smoothing = label_smoothing

    def total(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Sum of the losses of ``logits`` (..., n_tags) for ``labels`` (...)."""
        from torch.nn.functional import cross_entropy

        return cross_entropy(
            logits.float().flatten(0, -2),
            labels.flatten(),
            ignore_index=IGNORED,
            label_smoothing=self.label_smoothing,
            reduction="sum",
        )

    def normaliser(self, labels: torch.Tensor) -> torch.Tensor:
        """Number of labelled tokens."""
        return (labels != IGNORED).sum()
