r"""Symmetric cross-entropy: labels are not trusted altogether (Wang et al., 2019, ICCV).

.. math:: L = \alpha \bigl(-\log p_y\bigr) + \beta \Bigl(-\sum_k p_k \log q_k\Bigr),
          \quad \log q_k = 0 \text{ for } k = y, \; A \text{ else}

The second term is cross-entropy the other way round: of what the model says, by the label. Since
the logarithm of 0 is set to :math:`A = -4`, as in the paper, it is :math:`4 (1 - p_y)`: a wrong
label costs 4 at most, however sure the model is that it is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.errors import RecipeError
from workbench.i18n import t

from ...settings import setting

if TYPE_CHECKING:
    import torch

PREDICTS = ("class", "tags")
LOG_OF_ZERO = -4.0
IGNORED = -100  # the label of what is not learnt


@dataclass(frozen=True)
class Settings:
    """What ``loss: {kind: symmetric}`` may say."""

    alpha: float = setting(0.1, "weight", kinds=(int, float), low=0, high=1000)
    """Weight of the cross-entropy; 0.1 beside 1 is what the paper has for ten classes."""

    beta: float = setting(1.0, "weight", kinds=(int, float), low=0, high=1000)
    """Weight of the reverse cross-entropy, which wrong labels move little."""

    def __post_init__(self):
        if not self.alpha and not self.beta:
            raise RecipeError(
                t("losses.symmetric.nothing"), t("losses.symmetric.nothing_remedy"),
                field="loss", setting="alpha",
            )  # fmt: skip


class SymmetricCrossEntropy:
    """The mean over texts, or over the words that have a tag, however a step is cut."""

    def __init__(self, alpha: float, beta: float):
        self.alpha, self.beta = float(alpha), float(beta)

    def total(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Sum of the losses of ``logits`` (..., n_classes) for ``labels`` (...)."""
        logs = logits.float().flatten(0, -2).log_softmax(-1)
        wanted = labels.flatten()
        learnt = wanted != IGNORED
        right = logs.gather(-1, wanted.clamp_min(0)[:, None])[:, 0]
        losses = -self.alpha * right + self.beta * LOG_OF_ZERO * right.expm1()
        return losses.masked_fill(~learnt, 0).sum()

    def normaliser(self, labels: torch.Tensor) -> torch.Tensor:
        """Number of labels that are learnt."""
        return (labels != IGNORED).sum()


def make(settings: Settings, own: Any) -> SymmetricCrossEntropy:
    """In place of the task's own loss."""
    return SymmetricCrossEntropy(settings.alpha, settings.beta)
