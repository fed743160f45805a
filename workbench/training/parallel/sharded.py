"""Weights, gradients and optimizer state in parts, one in each process (Zhao et al., 2023, FSDP).

A layer's weights are gathered before its pass and let go of after it; of its gradient, summed over
all processes, each keeps its part, and moves its part of the weights. So each holds 1/N of what an
optimizer step needs beside one layer, and of activations what its own rows take. The price: the
weights go round twice a step, and the gradients once.

The model that the rest of the run knows stays whole, and waits in the main memory while steps are
made: what is trained is a copy in parts (:func:`torch.distributed.fsdp.fully_shard`). Evaluations,
checkpoints and everything after training see the whole one, filled from the parts; so a run's files
are those of one process, and any number of processes goes on from them.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn

from ...errors import RecipeError
from ...i18n import t
from ..depths import layer_stacks


class _Pass(nn.Module):
    """Whatever is computed with a model, as a forward pass: what lies outside its layers (word
    vectors, head) is whole within, by whichever way it is asked."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, compute: Callable[[], Any]) -> Any:
        return compute()


class Sharded:
    """A model in parts, beside the whole one.

    Parameters
    ----------
    whole : torch.nn.Module
        Is moved to the main memory; :meth:`gathered` fills it.
    size : int
        How many processes share it: all of them make this at the same point, from equal weights.
    kind : str
        Type of the device that computes.
    """

    def __init__(self, whole: nn.Module, size: int, kind: str):
        from torch.distributed.device_mesh import init_device_mesh
        from torch.distributed.fsdp import FSDPModule, fully_shard

        if not hasattr(FSDPModule, "set_force_sum_reduction_for_comms"):
            raise RecipeError(
                t("hardware.fsdp_torch", there=torch.__version__),
                t("hardware.use_ddp"), field="hardware", setting="parallel",
            )  # fmt: skip
        self.whole, self.kind = whole, kind
        self._open = False
        whole.to("cpu")
        self.model = copy.deepcopy(whole)  # in parts: what the optimizer moves
        self._pass = _Pass(self.model)
        mesh = init_device_mesh(kind, (size,))
        layers = _layers(self.model)
        for layer in layers:
            fully_shard(layer, mesh=mesh)
        fully_shard(self._pass, mesh=mesh, reshard_after_forward=False)
        for one in [*layers, self._pass]:  # a sum, and by additions: gloo knows no others
            one.set_gradient_divide_factor(1.0)  # type: ignore[operator]
            one.set_force_sum_reduction_for_comms(True)  # type: ignore[operator]
        _place(self.model, kind)

    def computed(self, compute: Callable[[], Any]) -> Any:
        """What ``compute()`` gives that asks the model in parts; its backward pass sums up.

        All processes compute as many, and go back through as many: a collective call.
        """
        return self._pass(compute)

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
        """Give the whole model the weights of the parts; a collective call."""
        for one in self._pass.modules():
            if hasattr(one, "reshard"):
                one.reshard()
        with torch.no_grad():
            parts = self.model.named_parameters()
            for (_, part), (_, kept) in zip(parts, self.whole.named_parameters(), strict=True):
                if part.requires_grad:  # the others are as they were
                    kept.data.copy_(part.full_tensor())  # type: ignore[operator]
            for one, kept in zip(self.model.buffers(), self.whole.buffers(), strict=True):
                kept.copy_(one)

    def state_of(self, optimizer: Any, *, keep: bool) -> dict:
        """The state of an optimizer, whole, in the main memory; a collective call.

        Parameters
        ----------
        keep : bool
            Whether this process wants it; the others are given one without tensors.
        """
        found = optimizer.state_dict()
        state = {}
        for number, values in found["state"].items():
            gathered = {name: _whole(value) for name, value in values.items()}
            state[number] = gathered if keep else {}
        return {**found, "state": state}


def divided(optimizer: Any, found: dict) -> dict:
    """A whole state of an optimizer as its weights lie: this process's parts.

    As a hook before ``load_state_dict``: files hold the whole state.
    """
    from torch.distributed.tensor import DTensor, distribute_tensor

    weights = [one for group in optimizer.param_groups for one in group["params"]]
    numbers = [number for group in found["param_groups"] for number in group["params"]]
    state = dict(found["state"])
    for weight, number in zip(weights, numbers, strict=True):
        if number not in state or not isinstance(weight, DTensor):
            continue
        mesh, cut = weight.device_mesh, weight.placements
        state[number] = {
            name: distribute_tensor(value, mesh, cut, src_data_rank=None)
            if torch.is_tensor(value) and value.shape == weight.shape else value
            for name, value in state[number].items()
        }  # fmt: skip
    return {**found, "state": state}


def norm_of(norm: Any) -> Any:
    """A gradient's norm as a number that each process has whole; a collective call."""
    return norm.full_tensor() if hasattr(norm, "full_tensor") else norm


def _whole(value: Any) -> Any:
    if hasattr(value, "full_tensor"):
        return value.full_tensor().cpu()
    return value


def _layers(model: nn.Module) -> list[nn.Module]:
    """What is gathered at once: a layer; of a model without any, all of it."""
    try:
        return [layer for _, stack in layer_stacks(model) for layer in stack]
    except RecipeError:
        return []


def _place(model: nn.Module, kind: str) -> None:
    """Buffers outside the layers too are on the device."""
    for one in model.buffers():
        one.data = one.data.to(kind)
