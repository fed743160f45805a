"""A model in training beside the whole one that the rest of a run knows."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn


class BesideWhole:
    """What training with parts has in common: the steps move a copy of the run's model.

    The run's model waits in the main memory, and is filled and laid on the device where it is
    looked at or kept.

    Parameters
    ----------
    whole : torch.nn.Module
        All processes have equal weights.
    kind : str
        Type of the device that computes.
    """

    clips = False  # whether the step itself clips the gradient's norm

    def __init__(self, whole: nn.Module, kind: str):
        self.whole, self.kind = whole, kind
        self._open = False
        whole.to("cpu")
        self.model = copy.deepcopy(whole)

    def computed(self, compute: Callable[[], Any]) -> Any:
        """What ``compute()`` gives that asks the model; its backward pass sums up.

        All processes compute as many, and go back through as many: a collective call.
        """
        return compute()

    def laid_on(self, optimizer: torch.optim.Optimizer, largest_norm: float) -> Any:
        """What makes the steps in place of an optimizer of the model's weights.

        Parameters
        ----------
        largest_norm : float
            Of the gradient; 0 where it is not clipped.
        """
        raise NotImplementedError

    def backward(self, loss: torch.Tensor, *, last: bool) -> None:
        """Go back from a micro-batch's loss; ``last`` is that of an optimizer step."""
        loss.backward()

    def norm(self, ask: Callable[[], Any]) -> Any:
        """The gradient's norm over all processes, as a tensor; ``ask()`` gives the model's."""
        raise NotImplementedError

    @contextlib.contextmanager
    def gathered(self) -> Iterator[None]:
        """The whole model has the weights of now, on the device; a collective call.

        Within another one it does nothing, and may be asked by one process alone.
        """
        if self._open:
            yield
            return
        self.fill()
        self.whole.to(self.kind)
        self._open = True
        try:
            yield
        finally:
            self._open = False
            self.whole.to("cpu")

    def fill(self) -> None:
        """Give the whole model the weights of now; a collective call."""
        self._gather()
        with torch.no_grad():
            trained = self.model.named_parameters()
            for (_, part), (_, kept) in zip(trained, self.whole.named_parameters(), strict=True):
                if part.requires_grad:  # the others are as they were
                    kept.data.copy_(whole_of(part.data))
            for one, kept in zip(self.model.buffers(), self.whole.buffers(), strict=True):
                kept.copy_(one)

    def state_of(self, optimizer: Any, *, keep: bool) -> dict:
        """The state of an optimizer, whole, in the main memory; a collective call.

        Parameters
        ----------
        keep : bool
            Whether this process wants it; the others are given one without tensors.
        """
        raise NotImplementedError

    def _gather(self) -> None:
        """Lay the weights so that each can be asked for; nothing where all have all of them."""


def whole_of(value: Any) -> Any:
    """All of a tensor that lies in parts; a collective call. What is whole is given back."""
    return value.full_tensor() if hasattr(value, "full_tensor") else value
