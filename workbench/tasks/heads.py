"""The library's pretrained models with a new head, the same way for every task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from .base import Task


def build_model(task: Task, folder: Any, names: Sequence[str], seed: int) -> torch.nn.Module:
    """The pretrained model in ``folder`` with the task's head, drawn from ``seed``.

    Parameters
    ----------
    task : Task
        Its ``auto_class`` is the library's class; ``problem_type`` what the model's config says.
    folder : path
        Weights as safetensors.
    names : sequence of str, length n_outputs
        What each output of the head stands for.
    seed : int
        Of torch's generator.

    Returns
    -------
    torch.nn.Module
        In float32, on the CPU.
    """
    import torch
    import transformers

    kind = {} if task.problem_type is None else {"problem_type": task.problem_type}
    torch.manual_seed(seed)
    return getattr(transformers, task.auto_class).from_pretrained(
        folder,
        num_labels=len(names),
        id2label=dict(enumerate(names)),
        label2id={name: number for number, name in enumerate(names)},
        dtype=torch.float32,
        ignore_mismatched_sizes=True,
        use_safetensors=True,
        **kind,
    )


def head_bias(model: torch.nn.Module, n_outputs: int) -> torch.nn.Parameter | None:
    """Bias of the model's last linear layer with so many outputs, shape (n_outputs,), if any."""
    import torch

    layers = [
        m for m in model.modules() if isinstance(m, torch.nn.Linear) and m.out_features == n_outputs
    ]
    return layers[-1].bias if layers else None
