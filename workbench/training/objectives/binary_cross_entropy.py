"""The loss of labels that do not exclude each other, and where their scores start."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import torch


class BinaryCrossEntropy:
    r"""Mean binary cross-entropy of all labels, however a batch is cut into micro-batches.

    .. math:: L = -\frac{1}{nk} \sum_{i,j} \bigl(w_j y_{ij} (1 - p_{ij})^\gamma \log p_{ij}
              + (1 - y_{ij}) p_{ij}^\gamma \log (1 - p_{ij})\bigr)

    With ``gamma`` 0 it is torch's ``BCEWithLogitsLoss(pos_weight=w)``; above 0 the focal loss (Lin
    et al., 2017).
    """

    def __init__(self, weights: np.ndarray | None = None, gamma: float = 0.0):
        import torch

        self.weights = None if weights is None else torch.tensor(weights, dtype=torch.float32)
        self.gamma = gamma

    def total(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Sum of the losses of ``logits`` (batch, n_labels) for ``labels`` of the same shape."""
        from torch.nn.functional import binary_cross_entropy_with_logits

        logits, labels = logits.float(), labels.float()
        losses = binary_cross_entropy_with_logits(
            logits,
            labels,
            pos_weight=None if self.weights is None else self.weights.to(logits.device),
            reduction="none",
        )
        if self.gamma:
            wrong = (logits * (1 - 2 * labels)).sigmoid()  # 1 - p of what is right
            losses = losses * wrong.clamp_min(1e-12) ** self.gamma
        return losses.sum()

    def normaliser(self, labels: torch.Tensor) -> int:
        """Number of decisions: examples times labels."""
        return labels.numel()


def log_odds(targets: np.ndarray) -> np.ndarray:
    """Log-odds of each label, float64 of shape (n_labels,); one example more on either side.

    Examples
    --------
    >>> import numpy as np
    >>> log_odds(np.array([[1, 0], [1, 0]])).round(3).tolist()
    [1.099, -1.099]
    """
    import numpy as np

    having = targets.sum(axis=0, dtype=np.float64)
    return np.log(having + 1) - np.log(len(targets) - having + 1)
