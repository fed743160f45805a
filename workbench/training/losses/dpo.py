r"""Direct preference optimisation: a chosen reply becomes likelier than a rejected one, as compared
with the model before tuning (Rafailov et al., 2023).

.. math:: L = -\log \sigma\bigl(r(c) - r(j)\bigr), \quad
          r(y) = \beta \bigl(\log \pi(y \mid x) - \log \pi_0(y \mid x)\bigr)

The log-probabilities are sums over the tokens of a reply; :math:`r` is its implicit reward.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...settings import setting

if TYPE_CHECKING:
    import torch

PREDICTS = ("text",)
NEEDS = "rejected"  # the role that a task must have
ALONE = True  # nothing can be added: it compares with the model before, as it computed then
MEASURES = ("reward_accuracy", "reward_margin", "loss")  # in place of the task's; the first decides


@dataclass(frozen=True)
class Settings:
    """What ``loss: {kind: dpo}`` may say."""

    beta: float = setting(0.1, "a nat", kinds=(int, float), low=0, open_low=True, high=100)
    """How strongly the tuned model is held to the one before: with a small beta it may go far."""

    disable_dropout: bool = setting(True, "on or off", kinds=(bool,))
    """Whether replies are compared without dropout, which the model before is compared without too;
    TRL's default. Of a method's dropout as well."""


class PreferenceLoss:
    """The mean over pairs, however a step is cut.

    ``total`` and ``normaliser`` take what :func:`workbench.tasks.chat.pairs.log_ratios` gives: a
    row a pair, and labels of which each pair has two rows.
    """

    def __init__(self, beta: float, disable_dropout: bool = True):
        self.beta, self.disable_dropout = float(beta), disable_dropout

    def rewards(self, ratios: Any) -> Any:
        """Rewards of chosen and rejected replies, of the shape of their log-ratios (n, 2)."""
        return self.beta * ratios

    def each(self, ratios: torch.Tensor) -> torch.Tensor:
        """Loss of each pair, shape (n,)."""
        from torch.nn.functional import logsigmoid

        rewards = self.rewards(ratios.float())
        return -logsigmoid(rewards[:, 0] - rewards[:, 1])

    def total(self, ratios: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Sum of the losses of pairs, whose log-ratios have the shape (n, 2)."""
        return self.each(ratios).sum()

    def normaliser(self, labels: torch.Tensor) -> int:
        """How many pairs there are."""
        return len(labels) // 2

    def figures(self, ratios: torch.Tensor) -> dict[str, torch.Tensor]:
        """What curves show of a step beside its loss, summed over its pairs; ties are half right.
        """
        rewards = self.rewards(ratios.detach().float())
        margin = rewards[:, 0] - rewards[:, 1]
        right = (margin > 0).float() + 0.5 * (margin == 0).float()
        return {
            "reward_accuracy": right.sum(), "reward_margin": margin.sum(),
            "chosen_reward": rewards[:, 0].sum(), "rejected_reward": rewards[:, 1].sum(),
        }  # fmt: skip


def make(settings: Settings, own: Any) -> PreferenceLoss:
    """The task's loss is not looked at."""
    return PreferenceLoss(settings.beta, settings.disable_dropout)
