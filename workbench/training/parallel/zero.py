"""Gradients and optimizer state in parts by DeepSpeed (Rajbhandari et al., 2020, ZeRO, stage 2).

Each process has all weights, moves its part of them and is given the others'; of the gradients,
which DeepSpeed sums up while the backward pass runs, and of the moments it keeps its part alone.

It stands where :class:`.sharded.Sharded` stands, and says the same of itself: what DeepSpeed trains
is a copy of the model that the rest of the run knows, and files hold the whole state, as that of
one process.
"""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.distributed as dist
from torch import nn

from .beside_whole import BesideWhole


class Zero(BesideWhole):
    """A model whose optimizer state is in parts, beside the one that the run knows."""

    clips = True

    def __init__(self, whole: nn.Module, size: int, kind: str):
        super().__init__(whole, kind)
        self.size = size
        self.model.to(kind)
        self._driver: Any = None  # DeepSpeed's engine, once there is an optimizer
        self._norm = torch.zeros(())

    def laid_on(self, optimizer: torch.optim.Optimizer, largest_norm: float) -> Stepped:
        """See :meth:`.BesideWhole.laid_on`."""
        with _alone_here(self.kind):
            deepspeed = importlib.import_module("deepspeed")
            self._driver, zero, _, _ = deepspeed.initialize(
                model=self.model, optimizer=optimizer, dist_init_required=False,
                config={
                    "train_micro_batch_size_per_gpu": 1,  # not read: batches are the run's own
                    "gradient_accumulation_steps": 1,
                    "gradient_clipping": largest_norm,
                    "zero_optimization": {"stage": 2},
                    "zero_allow_untested_optimizer": True,
                    "zero_force_ds_cpu_optimizer": False,
                },
            )  # fmt: skip
        return Stepped(self._step, zero, optimizer)

    def backward(self, loss: torch.Tensor, *, last: bool) -> None:
        """See :meth:`.BesideWhole.backward`: DeepSpeed takes means over processes."""
        self._driver.set_gradient_accumulation_boundary(last)
        self._driver.backward(loss * self.size)
        if not last:
            self._driver.step()  # makes none, and counts

    def norm(self, ask: Callable[[], Any]) -> torch.Tensor:
        """See :meth:`.BesideWhole.norm`: it is known once the step is made."""
        self._norm = torch.zeros(())
        return self._norm

    def _step(self) -> None:
        self._driver.step()
        self._norm.fill_(float(self._driver.optimizer._global_grad_norm))

    def state_of(self, optimizer: Any, *, keep: bool) -> dict:
        """See :meth:`.BesideWhole.state_of`."""
        return optimizer.optimizer.whole_state(keep=keep)  # within Accelerate's


class Stepped(torch.optim.Optimizer):
    """DeepSpeed's step under the name of the optimizer that it is made with.

    Parameters
    ----------
    make : callable
        Makes the step.
    zero : object
        DeepSpeed's optimizer.
    base : torch.optim.Optimizer
        Its groups hold this process's part of their weights, end to end.
    """

    def __init__(self, make: Callable[[], None], zero: Any, base: torch.optim.Optimizer):
        self.make, self.base = make, base
        self.weights = zero.bit16_groups  # by group, in the order in which they lie end to end
        self.defaults = base.defaults

    @property
    def param_groups(self) -> list[dict[str, Any]]:  # type: ignore[override]
        """Of the optimizer, which makes new ones where a state is loaded."""
        return self.base.param_groups

    @property
    def state(self) -> Any:  # type: ignore[override]
        """Of the optimizer."""
        return self.base.state

    def step(self, closure: Any = None) -> None:
        """A step of all weights; a collective call."""
        self.make()

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Done by the step."""

    def state_dict(self) -> dict:
        """This process's part."""
        return self.base.state_dict()

    def whole_state(self, *, keep: bool) -> dict:
        """As the optimizer of one process says it, in the main memory; a collective call.

        Parameters
        ----------
        keep : bool
            Whether this process is the first, which is given it.
        """
        mine = self.base.state_dict()
        mine["state"] = {number: {name: one.cpu() if torch.is_tensor(one) else one
                                  for name, one in values.items()}
                         for number, values in mine["state"].items()}  # fmt: skip
        every: list[Any] = [None] * dist.get_world_size()
        dist.gather_object(mine["state"], every if keep else None)
        state: dict[int, dict] = {}
        groups, count = [], 0
        for number, weights in enumerate(self.weights):
            groups.append({**mine["param_groups"][number],
                           "params": list(range(count, count + len(weights)))})  # fmt: skip
            if keep and number in mine["state"]:
                parts = [one[number] for one in every]
                for offset, values in enumerate(joined(parts, weights)):
                    state[count + offset] = values
            count += len(weights)
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, found: dict) -> None:
        """Take a whole state, or this process's part of one."""
        rank, size = dist.get_rank(), dist.get_world_size()
        state: dict[int, dict] = {}
        groups = []
        for number, (group, weights) in enumerate(
            zip(found["param_groups"], self.weights, strict=True)
        ):
            groups.append({**group, "params": [number]})
            there = [found["state"][one] for one in group["params"] if one in found["state"]]
            (part,) = self.base.param_groups[number]["params"]
            if there:
                whole = len(there) == len(weights) and there[0]["exp_avg"].shape != part.shape
                state[number] = cut(there, part.numel(), rank, size) if whole else there[0]
        self.base.load_state_dict({"state": state, "param_groups": groups})


def joined(parts: list[dict], weights: list[torch.Tensor]) -> list[dict]:
    """State of each weight, from the parts of all processes, which lie end to end.

    Examples
    --------
    >>> parts = [{"exp_avg": torch.tensor([1.0, 2.0])}, {"exp_avg": torch.tensor([3.0, 0.0])}]
    >>> joined(parts, [torch.zeros(1), torch.zeros(1, 2)])
    [{'exp_avg': tensor([1.])}, {'exp_avg': tensor([[2., 3.]])}]
    """
    found: list[dict] = [{} for _ in weights]
    for name, value in parts[0].items():
        if not torch.is_tensor(value) or not value.dim():
            for one in found:  # each its own: a step is counted in place
                one[name] = value.clone() if torch.is_tensor(value) else value
            continue
        flat, place = torch.cat([part[name] for part in parts]), 0
        for one, weight in zip(found, weights, strict=True):
            one[name] = flat[place : place + weight.numel()].view(weight.shape).clone()
            place += weight.numel()
    return found


def cut(states: list[dict], length: int, rank: int, size: int) -> dict:
    """A process's part of the states of some weights, end to end, with zeros behind the last.

    Examples
    --------
    >>> states = [{"exp_avg": torch.tensor([1.0])}, {"exp_avg": torch.tensor([[2.0, 3.0]])}]
    >>> cut(states, 2, 1, 2)
    {'exp_avg': tensor([3., 0.])}
    """
    found = {}
    for name, value in states[0].items():
        if not torch.is_tensor(value) or not value.dim():
            found[name] = value
            continue
        flat = torch.cat([one[name].reshape(-1) for one in states])
        padded = torch.nn.functional.pad(flat, (0, length * size - len(flat)))
        found[name] = padded[rank * length : (rank + 1) * length].clone()
    return found


@contextlib.contextmanager
def _alone_here(kind: str) -> Iterator[None]:
    """What DeepSpeed reads of a launcher: this process sees one device."""
    said = {"LOCAL_RANK": "0", **({"DS_ACCELERATOR": "cpu"} if kind == "cpu" else {})}
    before = {name: os.environ.get(name) for name in said}
    os.environ.update(said)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value
