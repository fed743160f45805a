"""Weights that learn at rates of their own: an optimizer's groups, divided by them."""

from __future__ import annotations

from collections.abc import Mapping

import torch


def divide(
    optimizer: torch.optim.Optimizer, model: torch.nn.Module, factors: Mapping[str, float]
) -> None:
    """Give each parameter the learning rate of its group times its factor.

    The groups that the optimizer has keep what is left to their rate, though it be nothing: what is
    said of a step is the rate of the first. Behind them comes a group for each factor and each of
    the old groups, with the old group's other settings. AdamW takes its weight decay times the
    rate, so that the factor reaches that too.

    Parameters
    ----------
    optimizer
        Of ``model``, before its first step and before a schedule is laid on it.
    factors : mapping of str to float
        By the names of ``model.named_parameters()``; 1 where a name is left out.

    Raises
    ------
    ValueError
        If the model has no parameter of such a name, or a factor is not above 0.
    """
    named = dict(model.named_parameters())
    for name, factor in factors.items():
        if name not in named or not 0 < factor < float("inf"):
            raise ValueError(f"a rate of {factor!r} for {name!r}: no parameter, or no factor")
    of = {id(named[name]): float(factor) for name, factor in factors.items()}
    further = []
    for group in optimizer.param_groups:
        by_factor: dict[float, list] = {}
        for weight in group["params"]:
            by_factor.setdefault(of.get(id(weight), 1.0), []).append(weight)
        group["params"] = by_factor.pop(1.0, [])
        further += [
            {**group, "params": weights, "lr": group["lr"] * factor}
            for factor, weights in by_factor.items()
        ]
    optimizer.param_groups += further
