"""The loss of labels that do not exclude each other, what they weigh, where their scores start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .text_classification.task import class_weights

if TYPE_CHECKING:
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


def positive_weights(wanted, targets: np.ndarray, label_names: list[str]) -> np.ndarray | None:
    """What an example that has a label weighs, beside 1 for one that has not.

    Parameters
    ----------
    wanted : None, 'balanced', list of float, or dict of label to float
    targets : ndarray of 0 and 1, shape (n_examples, n_labels)

    Returns
    -------
    ndarray of float64, shape (n_labels,), or None
        ``balanced`` is examples without the label over those with it; 1 where there are none of
        either, and where a dict leaves a label out.

    Raises
    ------
    RecipeError
        If a list has another length, or a dict names no label of the data.
    """
    if wanted != "balanced":
        return class_weights(wanted, np.zeros(0, np.int64), label_names)
    having = targets.sum(axis=0).astype(float)
    lacking = len(targets) - having
    both = (having > 0) & (lacking > 0)
    return np.divide(lacking, having, out=np.ones(len(label_names)), where=both)


def log_odds(targets: np.ndarray) -> np.ndarray:
    """Log-odds of each label, float64 of shape (n_labels,); one example more on either side.

    Examples
    --------
    >>> log_odds(np.array([[1, 0], [1, 0]])).round(3).tolist()
    [1.099, -1.099]
    """
    having = targets.sum(axis=0, dtype=np.float64)
    return np.log(having + 1) - np.log(len(targets) - having + 1)
