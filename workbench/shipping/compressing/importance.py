r"""How much heads and neurons are needed: what the loss would change by without them.

To first order, the loss changes by :math:`-\sum x\,\partial L / \partial x` when what a head or a
neuron says, :math:`x`, becomes zero. Its importance is the mean size of that over examples, each
with the sum over its tokens (Michel et al., 2019, who take the gradient of a mask, which is the
same; Molchanov et al., 2017).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch

from ...training.step_loss import StepLoss

if TYPE_CHECKING:
    from .work import Work

BATCH = 8


def importances(work: Work, outs: Mapping[str, int], texts: int) -> dict[str, torch.Tensor]:
    """Importance of groups of the inputs of some layers, from training examples.

    Parameters
    ----------
    work : Work
        Whose model is plain.
    outs : mapping of str to int
        Name of a linear layer to how many of its inputs, one after another, are one group: the
        width of a head, or 1 for neurons.
    texts : int
        Training examples, from the first.

    Returns
    -------
    dict of str to torch.Tensor of float64, shape (n_groups,)
        For each layer.
    """
    predictor = work.predictor()
    task, model, examples = predictor.task, predictor.model, work.examples
    frame = examples.splits["train"].iloc[:texts].reset_index(drop=True)
    rows = task.train_rows(predictor.tokenizer, frame, predictor.max_length)
    collate, writes = task.collator(predictor.tokenizer, model), task.spec.output == "text"
    step = StepLoss(
        task.prepare_loss(work.recipe, examples), forward=task.forward, writes=writes,
        generates=writes and model.can_generate(), kind=model.device.type,
    )  # fmt: skip
    seen: dict[str, torch.Tensor] = {}
    found: dict[str, torch.Tensor] = {}

    def look(name: str) -> Any:
        def hook(_: Any, inputs: tuple) -> None:
            inputs[0].retain_grad()
            seen[name] = inputs[0]

        return hook

    parts = dict(model.named_modules())
    hooks = [parts[name].register_forward_pre_hook(look(name)) for name in outs]
    model.eval()
    try:
        for start in range(0, len(rows), BATCH):
            batch = collate([rows[row] for row in range(start, min(start + BATCH, len(rows)))])
            inputs = {key: value.to(model.device) for key, value in batch.items()
                      if not key.startswith("_")}  # fmt: skip
            model.zero_grad()
            loss, _ = step.of(model, inputs, None, number=0, prepare=lambda one: one,
                              seed=lambda number: None)  # fmt: skip
            loss.backward()
            for name, width in outs.items():
                change = (seen[name].detach() * seen[name].grad).double()
                groups = change.reshape(len(change), -1, change.shape[-1] // width, width)
                score = groups.sum(dim=(1, 3)).abs().sum(0).cpu()
                found[name] = found[name] + score if name in found else score
            seen.clear()
    finally:
        for one in hooks:
            one.remove()
        model.zero_grad()
    return {name: score / len(rows) for name, score in found.items()}
