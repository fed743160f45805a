r"""Losses of texts that belong together: the right one among others, by softmax.

.. math:: L = -\frac{1}{n} \sum_i \log \frac{e^{s(a_i, p_i) / \tau}}{\sum_{c} e^{s(a_i, c) / \tau}}
"""

from __future__ import annotations

from typing import Any

import torch


class InBatch:
    """Each anchor's own text among those of all rows of an optimizer step, by cosine.

    What is the same text as its own, or belongs to a row with the same anchor, or is the anchor
    itself, is no wrong answer: it is left out of the sum (van den Oord et al., 2018; Henderson et
    al., 2017). Texts that are known to be wrong are among those of all rows.

    Parameters
    ----------
    temperature : float
        What cosines are divided by.
    """

    whole_step = True  # a row's loss depends on all rows of the step

    def __init__(self, temperature: float):
        self.temperature = temperature

    def rows(self, vectors: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Loss of each row, float32, shape (n_rows,).

        Parameters
        ----------
        vectors : torch.Tensor, shape (n_rows, n_members, n_dimensions)
            Of length 1: the anchor, its own text, wrong ones.
        labels : torch.Tensor of int64, shape (n_rows, n_members)
            Which texts are the same; -1 where there is none.
        """
        vectors = vectors.float()
        anchors = vectors[:, 0]
        others = vectors[:, 1:].flatten(0, 1)
        scores = anchors @ others.T / self.temperature
        mine, hidden = self.among(labels)
        scores = scores.masked_fill(hidden, -torch.inf)
        return -scores.log_softmax(-1)[mine]

    @staticmethod
    def among(labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Which text is each row's own, and which are no answers for it, right or wrong.

        Returns
        -------
        mine, hidden : torch.Tensor of bool, shape (n_rows, n_rows * (n_members - 1))
            A column for each text that is no anchor, row by row of ``labels``.
        """
        own = labels[:, 1]
        of = labels[:, 1:].flatten()
        row = torch.arange(len(labels), device=labels.device)
        mine = torch.zeros((len(labels), len(of)), dtype=torch.bool, device=labels.device)
        mine[row, row * (labels.shape[1] - 1)] = True
        same_anchor = labels[:, :1] == labels[:, 0]
        belongs = torch.zeros(
            (len(labels), len(labels), labels.shape[1] - 1), dtype=torch.bool, device=labels.device
        )
        belongs[:, :, 0] = same_anchor  # what belongs to the same anchor, not what is wrong for it
        hidden = (
            (of[None] < 0)
            | (of[None] == own[:, None])
            | (of[None] == labels[:, :1])
            | belongs.flatten(1)
        )
        return mine, hidden & ~mine

    def total(self, vectors: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Sum of the losses of rows that are a whole step."""
        return self.rows(vectors, labels).sum()

    def normaliser(self, labels: torch.Tensor) -> int:
        """Number of rows."""
        return len(labels)


class Listwise:
    """The right text among its own row's wrong ones, by the scores of pairs."""

    def __init__(self, temperature: float):
        self.temperature = temperature

    def rows(self, scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Loss of each row; ``scores`` (n_rows, n_members), the right one first."""
        scores = (scores.float() / self.temperature).masked_fill(labels < 0, -torch.inf)
        return -scores.log_softmax(-1)[:, 0]

    def total(self, scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Sum of the losses."""
        return self.rows(scores, labels).sum()

    def normaliser(self, labels: torch.Tensor) -> int:
        """Number of rows."""
        return len(labels)


def pooled(states: torch.Tensor, mask: torch.Tensor, way: str) -> torch.Tensor:
    """Vectors of length 1 of texts, float32, shape (n_texts, hidden_size).

    Parameters
    ----------
    states : torch.Tensor, shape (n_texts, n_tokens, hidden_size)
    mask : torch.Tensor, shape (n_texts, n_tokens)
        1 where there is a token.
    way : {'mean', 'cls'}
    """
    states = states.float()
    if way == "cls":  # the first token that is there: padding may stand before it
        first = mask.to(torch.int8).argmax(dim=1)
        found: Any = states[torch.arange(len(states), device=states.device), first]
    else:
        weights = mask.to(states.dtype)[..., None]
        found = (states * weights).sum(1) / weights.sum(1).clamp_min(1)
    return torch.nn.functional.normalize(found, dim=-1)
