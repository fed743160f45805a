"""How a process that ``torch.distributed.run`` started meets the others of its run."""

from __future__ import annotations

import os

from ...hardware import device_hint, visible
from ...worker.ranks import FIRST, VARIABLE, obey_launcher
from .alone import ALONE, Alone

# what torchrun says in: the library's Trainer is not to read it, it would share the work once more
_SAID = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "GROUP_RANK", "GROUP_WORLD_SIZE",
         "ROLE_RANK", "ROLE_NAME", "ROLE_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")  # fmt: skip


def join() -> Alone:
    """Meet the other processes, where the worker started several; before torch is imported."""
    if VARIABLE not in os.environ:
        return ALONE
    obey_launcher()
    kind = device_hint()
    if kind == "cuda":  # each sees the one device that is its own
        os.environ["CUDA_VISIBLE_DEVICES"] = visible(int(os.environ["LOCAL_RANK"]))
    from .ranks import Ranks

    # the nodes' own order, of which torchrun knows nothing: the first one has the run
    rank = int(os.environ[FIRST]) + int(os.environ["LOCAL_RANK"])
    size = int(os.environ["WORLD_SIZE"])
    ranks = Ranks.begin(rank, size, device=kind)
    for name in (*_SAID, *(one for one in os.environ if one.startswith("TORCHELASTIC_"))):
        os.environ.pop(name, None)
    return ranks
