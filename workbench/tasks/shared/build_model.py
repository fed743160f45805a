"""The library's pretrained models with a new head, the same way for every task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ...catalog.loading.safe_loading import POOLER, load_model
from ...i18n import t

if TYPE_CHECKING:
    import torch

    from ..base import Task


def build_model(
    task: Task,
    folder: Any,
    names: Sequence[str],
    seed: int,
    *,
    what: str = "",
    notes: list[str] | None = None,
    new: list[str] | None = None,
    only_look: bool = False,
    settle: Callable[[Any], None] | None = None,
) -> torch.nn.Module:
    """The pretrained model in ``folder`` with the task's head, drawn from ``seed``.

    A task that writes takes the model as it is: its head gives the words of the vocabulary. So does
    one that fills gaps; a head that the model has not is new, which is noted.

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
    what, notes, new, only_look, settle
        See :func:`workbench.catalog.loading.safe_loading.load_model`.

    Returns
    -------
    torch.nn.Module
        In float32, on the CPU.

    Raises
    ------
    ModelError
        If weights beside the head are missing, or the family has no such head.
    """
    about: dict[str, Any] = dict(
        seed=seed, notes=notes, new=new, only_look=only_look, settle=settle
    )
    if task.spec.output == "text":  # it writes with the head that it was trained with
        return load_model(folder, task.auto_class, what, **about)
    if task.spec.output == "words":
        drawn: list[str] = []
        about["new"] = drawn
        model = load_model(folder, task.auto_class, what, new_head=True, spare=POOLER, **about)
        if new is not None:
            new += drawn
        if notes is not None and (head := new_head_weights(model, drawn)):
            notes.append(t("masking.new_head", what=what, n=len(head)))
        return model
    if task.spec.output == "vectors":
        about |= getattr(task, "model_options", {})
        return load_model(folder, task.auto_class, what, new_head=True, spare=POOLER, **about)
    return load_model(
        folder,
        task.auto_class,
        what,
        new_head=True,
        spare=POOLER,
        **about,
        num_labels=len(names),
        id2label=dict(enumerate(names)),
        label2id={name: number for number, name in enumerate(names)},
        problem_type=task.problem_type,
    )


def new_head_weights(model: torch.nn.Module, new: Sequence[str]) -> list[str]:
    """Of the names of weights that were drawn those of the head, and not of the body."""
    prefix = f"{getattr(model, 'base_model_prefix', '')}."
    return [name for name in new if not name.startswith(prefix)]


def head_bias(model: torch.nn.Module, n_outputs: int) -> torch.nn.Parameter | None:
    """Bias of the model's last linear layer with so many outputs, shape (n_outputs,), if any."""
    import torch

    layers = [
        m for m in model.modules() if isinstance(m, torch.nn.Linear) and m.out_features == n_outputs
    ]
    return layers[-1].bias if layers else None
