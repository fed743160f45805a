"""A loss that needs all rows of an optimizer step at once, of a step that is cut into parts.

The parts are computed twice: first without a graph, so that the loss of the whole step and its
slope at each vector are known; then one by one with a graph, through which that slope goes back
(Gao et al., 2021, cached gradients). No more is held at once than one part's graph and all vectors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch


class WholeStep:
    """One optimizer step that is cut into several batches.

    Parameters
    ----------
    loss : object with ``rows(vectors, labels)``
        Loss of each row, of all rows of a step.
    batches : list of dict
        Inputs of the model with ``labels``; other keys begin with an underscore, of which the
        lengths of texts that lie end to end are read.
    """

    def __init__(self, loss: Any, batches: list[dict]):
        self.loss = loss
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
        return self.sizes[number] / sum(self.sizes)

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
        if not self.slopes:
            self._look(compute, prepare, seed)
        seed(number)
        vectors, _ = compute(inputs, labels)
        back = (vectors * self.slopes[number].to(vectors.dtype)).sum()
        return back + (self.values[number] - back).detach()

    def _look(self, compute: Callable, prepare: Callable, seed: Callable) -> None:
        """Vectors of all parts, the loss of the step, its slope at each vector."""
        found, of = [], []
        for number, batch in enumerate(self.batches):
            rest = dict(prepare(dict(batch)))
            labels = rest.pop("labels")
            seed(number)
            with torch.no_grad():
                vectors, labels = compute(rest, labels)
            found.append(vectors.float())
            of.append(labels)
        width = max(one.shape[1] if one.dim() > 1 else 0 for one in of)
        whole = torch.cat([_widened(one, width, 0.0) for one in found]).requires_grad_()
        labels = torch.cat([_widened(one, width, -1) for one in of])
        with torch.enable_grad():
            rows = self.loss.rows(whole, labels)
            (slope,) = torch.autograd.grad(rows.sum() / len(rows), whole)
        sizes = [len(one) for one in of]
        self.slopes = [
            part[:, : one.shape[1]] if width else part
            for part, one in zip(slope.split(sizes), of, strict=True)
        ]
        self.sizes = sizes
        self.values = [part.sum() / len(rows) for part in rows.detach().split(sizes)]
        self.batches = []


def _widened(values: torch.Tensor, width: int, fill: float) -> torch.Tensor:
    """With so many columns, the new ones filled."""
    if not width or values.shape[1] == width:
        return values
    more = values.new_full((len(values), width - values.shape[1], *values.shape[2:]), fill)
    return torch.cat([values, more], dim=1)
