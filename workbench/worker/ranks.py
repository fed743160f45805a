"""Several processes in place of one trainer, started and watched by ``torch.distributed.run``.

They share one socket as their standard input: what they have to say of the run goes through it to
the supervisor, and its end tells all of them that the supervisor is gone. When one of them ends
without having been asked to, torchrun ends the others.
"""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from ..hardware import available

VARIABLE = "WORKBENCH_RANKS"  # how many processes there are, for each of them
INPUT = 0  # the handle that they write to


def start(
    folder: Path, count: int, *, given: int, log: IO, environment: Mapping[str, str],
    handles: tuple[int, ...],
) -> subprocess.Popen:  # fmt: skip
    """Start so many trainer processes of a run.

    Parameters
    ----------
    given : int
        Their side of a socket pair.
    log : file
        That they print into.
    handles : tuple of int
        That torchrun keeps open: those of the run's lock.
    """
    return subprocess.Popen(
        [
            sys.executable, "-m", "torch.distributed.run", "--nnodes=1",
            f"--nproc-per-node={count}", "--max-restarts=0", "--rdzv-backend=c10d",
            "--rdzv-endpoint=127.0.0.1:0", "--local-addr=127.0.0.1",
            "-m", "workbench.training.job", str(folder),
        ],
        stdin=given,
        stdout=log,
        stderr=subprocess.STDOUT,
        pass_fds=handles,
        env={**_shared(count), **environment, VARIABLE: str(count)},
    )  # fmt: skip


def _shared(count: int) -> dict[str, str]:
    """What is usual for processes that share a machine's cores, unless somebody chose it."""
    loopback = "lo" if platform.system() == "Linux" else "lo0"
    threads = max(1, available("cpu") // count)
    return {"GLOO_SOCKET_IFNAME": loopback, "OMP_NUM_THREADS": str(threads)}


def without_a_word(count: int) -> dict[str, str]:
    """What the state of a run says when one of its processes was killed."""
    from ..i18n import t

    return {"error": t("ranks.died", n=count), "remedy": t("ranks.died_remedy")}
