"""A loss that needs all rows of an optimizer step at once, of a step that is cut into parts.

The parts are computed twice: first without a graph, so that the loss of the whole step and its
slope at each vector are known; then one by one with a graph, through which that slope goes back
(Gao et al., 2021, cached gradients). No more is held at once than one part's graph and all vectors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from .parallel import ALONE, Alone


class WholeStep:
    """One optimizer step that is cut into several batches, here and in other processes.

    Parameters
    ----------
    loss : object with ``rows(vectors, labels)``
        Loss of each row, of all rows of a step.
    batches : list of dict
        Inputs of the model with ``labels``; other keys begin with an underscore, of which the
        lengths of texts that lie end to end are read. Some may be empty.
    ranks : Alone
        Who has the other batches; see :mod:`workbench.training.parallel`.
    """

    def __init__(self, loss: Any, batches: list[dict], ranks: Alone = ALONE):
        self.loss, self.ranks, self.total = loss, ranks, 0
        self.batches = [
            {name: value for name, value in batch.items()
             if not name.startswith("_") or name == "_lengths"}
            for batch in batches
        ]
        self.slopes: list[torch.Tensor] = []
        self.values: list[torch.Tensor] = []
        self.sizes: list[int] = []

    def part(self, number: int) -> float:
        """Share of the step's rows that are in one part, once one was computed."""
        return self.sizes[number] / self.total

    def share(
        self, number: int, compute: Callable, inputs: dict, labels: torch.Tensor,
        prepare: Callable[[dict], dict], seed: Callable[[int], None],
    ) -> torch.Tensor:  # fmt: skip
        """The loss of one part, whose gradient is the part's of the whole step's.

        Parameters
        ----------
        number : int
            Which part, from 0, in their order.
        compute : callable
            ``compute(inputs, labels) -> (vectors, labels)``.
        inputs, labels
            Of the part.
        prepare : callable
            Takes a batch to the device.
        seed : callable
            ``seed(number)`` sets the noise of a part: the same both times.

        Returns
        -------
        torch.Tensor
            Its value is the sum of the part's rows over the number of all rows.
        """
        self.look(compute, prepare, seed)
        seed(number)
        vectors, _ = compute(inputs, labels)
        back = (vectors * self.slopes[number].to(vectors.dtype)).sum()
        return back + (self.values[number] - back).detach()

    def look(self, compute: Callable, prepare: Callable, seed: Callable) -> None:
        """Vectors of all parts, the loss of the step, its slope at each vector; computed once."""
        if self.total:
            return
        found = [self._vectors(compute, prepare, seed, n) for n in range(len(self.batches))]
        here = [one for one in found if one is not None]
        every = self.ranks.exchange(lambda: [(v.cpu(), labels.cpu()) for v, labels in here]
                                    if self.ranks.size > 1 else here)  # fmt: skip
        before = sum(len(v) for part in every[: self.ranks.rank] for v, _ in part)
        parts = [one for part in every for one in part]
        width = max(labels.shape[1] if labels.dim() > 1 else 0 for _, labels in parts)
        whole = torch.cat([_widened(v, width, 0.0) for v, _ in parts])
        labels = torch.cat([_widened(one, width, -1) for _, one in parts])
        if here:
            whole, labels = whole.to(here[0][0].device), labels.to(here[0][1].device)
        whole.requires_grad_()
        with torch.enable_grad():
            rows = self.loss.rows(whole, labels)
            (slope,) = torch.autograd.grad(rows.sum() / len(rows), whole)
        self.total = len(rows)
        self.sizes = [0 if one is None else len(one[0]) for one in found]
        mine = slice(before, before + sum(self.sizes))
        self.slopes = [
            part if one is None or not width else part[:, : one[1].shape[1]]
            for part, one in zip(slope[mine].split(self.sizes), found, strict=True)
        ]
        values = rows.detach()[mine].split(self.sizes)
        self.values = [part.sum() / self.total for part in values]
        self.batches = []

    def _vectors(
        self, compute: Callable, prepare: Callable, seed: Callable, number: int
    ) -> tuple[torch.Tensor, torch.Tensor] | None:
        """Vectors and labels of one part; None where it is empty."""
        if not self.batches[number]:
            return None
        rest = dict(prepare(dict(self.batches[number])))
        labels = rest.pop("labels")
        seed(number)
        with torch.no_grad():
            vectors, labels = compute(rest, labels)
        return vectors.float(), labels


def _widened(values: torch.Tensor, width: int, fill: float) -> torch.Tensor:
    """With so many columns, the new ones filled."""
    if not width or values.shape[1] == width:
        return values
    more = values.new_full((len(values), width - values.shape[1], *values.shape[2:]), fill)
    return torch.cat([values, more], dim=1)
