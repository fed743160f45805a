"""Weights, gradients and optimizer state in parts, one in each process (Zhao et al., 2023, FSDP).

A layer's weights are gathered before its pass and let go of after it; of its gradient, summed over
all processes, each keeps its part, and moves its part of the weights. So each holds 1/N of what an
optimizer step needs beside one layer, and of activations what its own rows take. The price: the
weights go round twice a step, and the gradients once.

What is trained is a copy in parts (:func:`torch.distributed.fsdp.fully_shard`) of the model that
the rest of the run knows. Evaluations, checkpoints and everything after training see the whole one,
filled from the parts; so a run's files are those of one process, and any number of processes goes
on from them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from ...errors import RecipeError
from ...i18n import t
from ..depths import layer_stacks
from .beside_whole import BesideWhole, whole_of


class _Pass(nn.Module):
    """Whatever is computed with a model, as a forward pass: what lies outside its layers (word
    vectors, head) is whole within, by whichever way it is asked."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, compute: Callable[[], Any]) -> Any:
        return compute()


class Sharded(BesideWhole):
    """A model in parts, beside the whole one."""

    def __init__(self, whole: nn.Module, size: int, kind: str):
        from torch.distributed.device_mesh import init_device_mesh
        from torch.distributed.fsdp import FSDPModule, fully_shard

        if not hasattr(FSDPModule, "set_force_sum_reduction_for_comms"):
            raise RecipeError(
                t("hardware.fsdp_torch", version=torch.__version__), t("hardware.use_ddp"),
                field="hardware", setting="parallel",
            )  # fmt: skip
        super().__init__(whole, kind)
        self._pass = _Pass(self.model)
        mesh = init_device_mesh(kind, (size,))
        layers = _layers(self.model)
        for layer in layers:
            fully_shard(layer, mesh=mesh)
        fully_shard(self._pass, mesh=mesh, reshard_after_forward=False)
        for one in [*layers, self._pass]:  # a sum, and by additions: gloo knows no others
            one.set_gradient_divide_factor(1.0)  # type: ignore[operator]
            one.set_force_sum_reduction_for_comms(True)  # type: ignore[operator]
        for buffer in self.model.buffers():
            buffer.data = buffer.data.to(kind)

    def computed(self, compute: Callable[[], Any]) -> Any:
        """See :meth:`.BesideWhole.computed`."""
        return self._pass(compute)

    def laid_on(self, optimizer: torch.optim.Optimizer, largest_norm: float) -> Any:
        """See :meth:`.BesideWhole.laid_on`: it moves parts as they are."""
        optimizer.register_load_state_dict_pre_hook(divided)
        return optimizer

    def norm(self, ask: Callable[[], Any]) -> Any:
        """See :meth:`.BesideWhole.norm`."""
        return whole_of(ask())

    def _gather(self) -> None:
        for one in self._pass.modules():
            if hasattr(one, "reshard"):
                one.reshard()

    def state_of(self, optimizer: Any, *, keep: bool) -> dict:
        """See :meth:`.BesideWhole.state_of`."""
        found = optimizer.state_dict()
        state = {}
        for number, values in found["state"].items():
            gathered = {name: whole_of(value) for name, value in values.items()}
            state[number] = {name: value.cpu() if torch.is_tensor(value) else value
                             for name, value in gathered.items()} if keep else {}  # fmt: skip
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
        mesh, places = weight.device_mesh, weight.placements
        state[number] = {
            name: distribute_tensor(value, mesh, places, src_data_rank=None)
            if torch.is_tensor(value) and value.shape == weight.shape else value
            for name, value in state[number].items()
        }  # fmt: skip
    return {**found, "state": state}


def _layers(model: nn.Module) -> list[nn.Module]:
    """What is gathered at once: a layer; of a model without any, all of it."""
    try:
        return [layer for _, stack in layer_stacks(model) for layer in stack]
    except RecipeError:
        return []
