"""The sum of gradients over all processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import torch
import torch.distributed as dist

BUCKET = 2**23  # numbers that go in one message: more of them, and a copy takes memory


def sum_gradients(weights: Iterable[torch.nn.Parameter]) -> None:
    """Sum the gradients of weights, in place; one that is missing counts as zeros.

    A weight that no process has a gradient of is left without: the optimizer passes it over, as it
    would for one process. All processes get the very same numbers.

    Parameters
    ----------
    weights : iterable of torch.nn.Parameter
        The same ones in the same order in all processes.
    """
    weights = list(weights)
    there = torch.tensor([one.grad is not None for one in weights], dtype=torch.int32)
    dist.all_reduce(there)
    wanted = [one for one, count in zip(weights, there.tolist(), strict=True) if count]
    for bucket in buckets(wanted):
        for one in bucket:
            if one.grad is None:
                one.grad = torch.zeros_like(one)
        gradients = [one.grad for one in bucket if one.grad is not None]
        flat = torch.cat([one.reshape(-1) for one in gradients])
        if flat.device.type == "cpu" and flat.dtype != torch.float64:
            flat = flat.float()  # gloo does not add up every format
        dist.all_reduce(flat)
        sizes = [one.numel() for one in gradients]
        for one, part in zip(gradients, flat.split(sizes), strict=True):
            one.copy_(part.view_as(one))


def buckets(weights: Iterable[torch.nn.Parameter]) -> Iterator[list[torch.nn.Parameter]]:
    """Weights that go in one message: neighbours of one number format on one device."""
    found: list[torch.nn.Parameter] = []
    count = 0
    for one in weights:
        if found and (count + one.numel() > BUCKET or _kind(one) != _kind(found[-1])):
            yield found
            found, count = [], 0
        found.append(one)
        count += one.numel()
    if found:
        yield found


def _kind(weight: torch.nn.Parameter) -> tuple:
    return weight.dtype, weight.device
