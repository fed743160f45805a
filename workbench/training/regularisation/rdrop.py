r"""R-Drop: two passes with other dropout are to say the same (Wu et al., 2021, NeurIPS).

.. math:: L = \frac{\ell_1 + \ell_2}{2} + w \cdot \frac1n \sum_i
          \frac{KL(p_1 \| p_2) + KL(p_2 \| p_1)}{2}

with the mean over texts; over labels where a text can have several, over tagged words, over written
tokens; of a span over both of its ends. Of a number it is the squared difference, as in the
authors' code. The paper has the sum of both passes' losses; the mean is the authors' code's, by
which ``loss`` and learning rate stay comparable. Weights of classes weigh the loss alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...settings import setting
from ..parallel import ALONE, Alone

if TYPE_CHECKING:
    import torch

PREDICTS = ("class", "labels", "number", "tags", "span", "text")
NOT_OF = ("vectors",)  # which are compared with each other, and say no probabilities
NEEDS_DROPOUT = True
IGNORED = -100  # the label of what is not learnt


@dataclass(frozen=True)
class Settings:
    """What ``regularisation: {kind: rdrop}`` may say."""

    weight: float = setting(1.0, "weight", kinds=(int, float), low=0, open_low=True, high=100)
    """Of the divergence; the paper has 0.1 to 1 for encoders that are fine-tuned, 5 for
    translation."""


class RDrop:
    """See :class:`workbench.training.regularisation.Regulariser`."""

    passes, whole_step = 2, False

    def __init__(self, weight: float, apart: Callable, units: Callable):
        self.weight, self.apart, self.units = float(weight), apart, units
        self.count: Any = 1

    def begin(self, batches: list[dict], seed: int, ranks: Alone = ALONE) -> None:
        """Count what the mean is over."""
        count = ranks.sum(sum(self.units(batch["labels"]) for batch in batches))
        self.count = max(count, 1) if isinstance(count, int) else count.clamp_min(1)

    def share(
        self, found: list[Any], labels: torch.Tensor, total: Callable, whole: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The mean loss of both passes with the divergence, and the divergence alone."""
        clean = (total(found[0], labels) + total(found[1], labels)) / 2 / whole
        added = self.weight * self.apart(*found, labels) / self.count
        return clean + added, added.detach()


def make(settings: Settings, predicts: str, loss: Any) -> RDrop:
    """For what the task predicts."""
    apart, units = {
        "class": (_of_rows, len), "labels": (_of_labels, lambda labels: labels.numel()),
        "number": (_of_numbers, len), "tags": (_of_tags, _learnt), "span": (_of_spans, len),
        "text": (_of_words, _learnt),
    }[predicts]  # fmt: skip
    return RDrop(settings.weight, apart, units)


def symmetric_kl(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Half the sum of both divergences of each row's softmax, in nats, shape (n,).

    Parameters
    ----------
    first, second : torch.Tensor, shape (n, n_classes)
        Logits; -inf where there is no class, in both.
    """
    logs, others = (one.float().log_softmax(-1) for one in (first, second))
    gaps = (logs - others).masked_fill(others.isinf(), 0)
    return ((logs.exp() - others.exp()) * gaps).sum(-1) / 2


def _learnt(labels: torch.Tensor) -> torch.Tensor:
    return (labels != IGNORED).sum()


def _of_rows(first: Any, second: Any, labels: torch.Tensor) -> torch.Tensor:
    return symmetric_kl(first, second).sum()


def _of_labels(first: Any, second: Any, labels: torch.Tensor) -> torch.Tensor:
    """Of each label's own yes and no: (p - q) times the difference of the log-odds, halved."""
    first, second = first.float(), second.float()
    return ((first.sigmoid() - second.sigmoid()) * (first - second)).sum() / 2


def _of_numbers(first: Any, second: Any, labels: torch.Tensor) -> torch.Tensor:
    return (first.float() - second.float()).square().sum()


def _of_tags(first: Any, second: Any, labels: torch.Tensor) -> torch.Tensor:
    places = (labels.flatten() != IGNORED).nonzero()[:, 0]
    return symmetric_kl(*(one.flatten(0, -2)[places] for one in (first, second))).sum()


def _of_spans(first: Any, second: Any, labels: torch.Tensor) -> torch.Tensor:
    """Of (n_rows, n_tokens, 2): mean of first and last token."""
    pairs = zip(first.unbind(-1), second.unbind(-1), strict=True)
    return sum(symmetric_kl(*pair).sum() for pair in pairs) / 2  # type: ignore[return-value]


def _of_words(first: Any, second: Any, labels: torch.Tensor) -> torch.Tensor:
    """Of the vocabulary at learnt places, a few places' logits at a time, which are computed anew
    for the gradient."""
    import torch
    from torch.utils.checkpoint import checkpoint

    from workbench.tasks.shared.word_head import Words, pieces

    first, second = (one if isinstance(one, Words) else Words.given(one, labels)
                     for one in (first, second))  # fmt: skip
    total = torch.zeros((), dtype=torch.float32, device=first.read.device)

    def of(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        return symmetric_kl(first.make(one), second.make(other)).sum()

    for some in pieces(first.learnt(), first.n_words):
        found: Any = checkpoint(of, first.read[some], second.read[some], use_reentrant=False)
        total = total + found
    return total
