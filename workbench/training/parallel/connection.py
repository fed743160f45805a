"""What a broken connection looks like where a message goes round within a pass."""

from __future__ import annotations

import torch


def is_broken(error: BaseException) -> bool:
    """Whether an error says that another process of the run is gone.

    gloo says it in a RuntimeError that names itself, NCCL in a ``DistError``.
    """
    kinds = (torch.distributed.DistError,) if torch.distributed.is_available() else ()
    return isinstance(error, kinds) or isinstance(error, RuntimeError) and "gloo/" in str(error)
