"""What befalls one process of a run on the way, by name; for forked lives and for workers.

A worker's processes are reached through ``sitecustomize.py``: see :func:`in_workers`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

STEP = 3  # optimizer steps that are made before


def _in_forward(rank: int, fails: Callable[[dict], None]) -> None:
    """Let the forward passes of a process fail from a step on."""
    from workbench.training import engine

    real = engine.Engine.compute_loss

    def compute_loss(self, model, inputs, *args, **kwargs):
        if self.ranks.rank == rank and self.state.global_step >= STEP:
            fails(inputs)
        return real(self, model, inputs, *args, **kwargs)

    engine.Engine.compute_loss = compute_loss


def _broken(inputs: dict) -> None:
    raise KeyError("a fault of one")


def _full(inputs: dict) -> None:
    """There is no memory for four rows."""
    import torch

    if len(inputs["labels"]) > 3:
        raise torch.OutOfMemoryError("CUDA out of memory.")


def broken_first() -> None:
    """The first process meets an error of its own."""
    _in_forward(0, _broken)


def broken_other() -> None:
    """The second process does, where nobody hears of what it computes."""
    _in_forward(1, _broken)


def broken_evaluating() -> None:
    """The second process does, where all exchange what they computed."""
    from workbench.training.parallel.ranks import Ranks

    real = Ranks.share

    def share(self, parts):
        if self.rank == 1:
            _broken({})
        return real(self, parts)

    Ranks.share = share


def memory_first() -> None:
    """The first process has no memory for its part of a batch of eight."""
    _in_forward(0, _full)


def memory_other() -> None:
    """The second process has none."""
    _in_forward(1, _full)


def memory_summing() -> None:
    """The second process has none for the message with its gradients."""
    from workbench.training.parallel import gradients

    real, made = gradients.buckets, []

    def buckets(weights):
        made.append(1)
        if os.environ[RANK] == "1" and len(made) > STEP:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
        return real(weights)

    gradients.buckets = buckets


def nan() -> None:
    """The loss of the second process is no number any more."""
    from workbench.training import engine

    real = engine.Engine.compute_loss

    def compute_loss(self, *args, **kwargs):
        loss = real(self, *args, **kwargs)
        wrong = self.ranks.rank == 1 and self.state.global_step == STEP
        return loss * float("nan") if wrong else loss

    engine.Engine.compute_loss = compute_loss


def striped() -> None:
    """Dropout that draws nothing: of each vector a stripe, another one at each call of a step.

    So two passes differ, as R-Drop needs it, and are the same however a batch is shared.
    """
    import torch
    from torch.nn import functional

    from workbench.training import engine
    from workbench.training.speed import noise

    calls: list[int] = []

    def dropout(values, p=0.5, training=True, inplace=False):
        if not training or not p:
            return values
        calls.append(1)
        kept = (torch.arange(values.shape[-1]) + len(calls)) % 5 != 0
        return values * kept * 1.25

    real = engine.Engine._seed

    def seed(self, micro_step):
        calls.clear()
        real(self, micro_step)

    functional.dropout = noise.dropout = dropout
    engine.Engine._seed = seed


RANK = "WORKBENCH_TEST_RANK"  # for what does not see an engine
TROUBLES: dict[str, Callable[[], None]] = {
    "broken-first": broken_first,
    "broken-other": broken_other,
    "broken-evaluating": broken_evaluating,
    "memory-first": memory_first,
    "memory-other": memory_other,
    "memory-summing": memory_summing,
    "nan": nan,
}


def in_workers(name: str, folder: Path) -> str:
    """A ``PYTHONPATH`` with which a trouble befalls the training processes of workers."""
    (folder / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'workbench.training.job' in ' '.join(sys.orig_argv) and "
        "'torch.distributed.run' not in ' '.join(sys.orig_argv):\n"
        "    from tests.engines.troubles import TROUBLES\n"
        f"    TROUBLES[{name!r}]()\n"
    )
    root = Path(__file__).parents[2]
    return os.pathsep.join(filter(None, [str(folder), str(root), os.environ.get("PYTHONPATH")]))
