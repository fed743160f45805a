r"""Mixup of what the classifier reads: two texts' states and their labels are laid over each other.

.. math:: \tilde h = \lambda h_i + (1 - \lambda) h_j, \quad
          L = \lambda\, \ell(\tilde z, y_i) + (1 - \lambda)\, \ell(\tilde z, y_j), \quad
          \lambda \sim \mathrm{Beta}(\alpha, \alpha)

Words cannot be mixed as pixels can (Zhang et al., 2018): of text it is the pooled states in front
of the last layer (Guo et al., 2019; for Transformers Sun et al., 2020), not hidden layers further
down (Chen et al., 2020). That last layer is linear, :math:`z = W h + b`, so that mixing what it
reads is mixing what it gives, :math:`\tilde z = \lambda z_i + (1 - \lambda) z_j`, which is what is
computed.

A step has one :math:`\lambda`, and each of its texts one partner among all of the step's, whichever
micro-batch that lies in; so a step of several costs a forward pass more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...settings import setting
from ..parallel import ALONE, Alone

if TYPE_CHECKING:
    import torch

PREDICTS = ("class", "labels", "number")
NEEDS_PAIRS = True  # of a step with one text there is nothing to mix


@dataclass(frozen=True)
class Settings:
    """What ``regularisation: {kind: mixup}`` may say."""

    alpha: float = setting(0.4, "of a beta distribution", kinds=(int, float), low=0, open_low=True,
                           high=100)  # fmt: skip
    """How strongly texts are mixed: near 0 one of both counts alone, at 1 any mixture is as
    likely."""


class Mixup:
    """See :class:`workbench.training.regularisation.Regulariser`."""

    passes, whole_step = 1, True

    def __init__(self, alpha: float, loss: Any):
        self.alpha, self.loss = float(alpha), loss
        self.lam, self.partner = 1.0, None
        self.added: Any = 0.0  # to the loss of a step of several micro-batches

    def begin(self, batches: list[dict], seed: int, ranks: Alone = ALONE) -> None:
        """Draw lambda and partners, by the texts themselves, however they are cut into batches."""
        import numpy as np
        import torch

        rng = np.random.default_rng(seed)
        self.lam = float(rng.beta(self.alpha, self.alpha))
        every = ranks.exchange(lambda: [key for batch in batches for key in _keys(batch)])
        keys = [key for part in every for key in part]
        order = sorted(range(len(keys)), key=keys.__getitem__)
        drawn = rng.permutation(len(order))
        self.partner = torch.empty(len(order), dtype=torch.long)
        for place, other in enumerate(drawn):
            self.partner[order[place]] = order[other]

    def share(
        self, found: list[Any], labels: torch.Tensor, total: Callable, whole: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The loss of the mixed texts, and that less the loss of the texts as they are."""
        import torch

        logits = found[0].float()
        other = self.partner.to(logits.device)  # type: ignore[union-attr]
        mixed = self.lam * logits + (1 - self.lam) * logits[other]
        loss = self.lam * total(mixed, labels) + (1 - self.lam) * total(mixed, labels[other])
        with torch.no_grad():
            added = (loss - total(logits, labels)) / whole
        return loss / whole, added

    def rows(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Of all rows of a step, whose mean is its loss; what is added of it is kept."""
        whole = self.loss.normaliser(labels)
        loss, self.added = self.share([logits], labels, self.loss.total, whole)
        return loss.expand(len(logits))


def make(settings: Settings, predicts: str, loss: Any) -> Mixup:
    """Of texts and labels alike."""
    return Mixup(settings.alpha, loss)


def _keys(batch: dict) -> list[tuple]:
    """What the texts of a batch are told apart by: their tokens and their labels."""
    ids, mask = batch["input_ids"], batch.get("attention_mask")
    if "_lengths" in batch:
        texts = [text.tolist() for text in ids.split(batch["_lengths"])]
    elif mask is None:
        texts = ids.tolist()
    else:
        texts = [row[there.bool()].tolist() for row, there in zip(ids, mask, strict=True)]
    return [(text, repr(label)) for text, label in
            zip(texts, batch["labels"].tolist(), strict=True)]  # fmt: skip
