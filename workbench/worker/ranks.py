"""Several processes in place of one trainer, started and watched by ``torch.distributed.run``.

They share one socket as their standard input: what they have to say of the run goes through it to
the supervisor, and its end tells all of them that the supervisor is gone. When one of them ends
without having been asked to, torchrun ends the others.
"""

from __future__ import annotations

import os
import platform
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from ..hardware import available
from .node_link import Place

VARIABLE = "WORKBENCH_RANKS"  # how many processes there are, for each of them
FIRST = "WORKBENCH_FIRST_RANK"  # the number of the first one on this node
INPUT = 0  # the handle that they write to
_ALONE = ("--nnodes=1", "--rdzv-backend=c10d", "--rdzv-endpoint=127.0.0.1:0",
          "--local-addr=127.0.0.1")  # fmt: skip


def start(
    folder: Path, count: int, *, given: int, log: IO, environment: Mapping[str, str],
    handles: tuple[int, ...], place: Place | None = None, words: Sequence[str] = (),
) -> subprocess.Popen:  # fmt: skip
    """Start the trainer processes of a run, or this node's share of them.

    Parameters
    ----------
    count : int
        How many there are, on all nodes together.
    given : int
        Their side of a socket pair.
    log : file
        That they print into.
    handles : tuple of int
        That torchrun keeps open: those of the run's lock.
    place : Place, optional
        Of this node among several.
    words : sequence of str
        What torchrun is told there in order to find the others.
    """
    number, nodes = (place.number, len(place.names)) if place else (0, 1)
    each = count // nodes
    return subprocess.Popen(
        [
            sys.executable, "-m", "torch.distributed.run", *(words or _ALONE),
            f"--nproc-per-node={each}", "--max-restarts=0",
            "-m", "workbench.training.job", str(folder),
        ],
        stdin=given,
        stdout=log,
        stderr=subprocess.STDOUT,
        pass_fds=handles,
        env={**_shared(each, place), **environment, VARIABLE: str(count),
             FIRST: str(number * each)},
    )  # fmt: skip


def _shared(count: int, place: Place | None) -> dict[str, str]:
    """What is usual for processes that share a machine's cores, unless somebody chose it."""
    loopback = "lo" if platform.system() == "Linux" else "lo0"
    interface = loopback if place is None else _interface(place.address)
    threads = max(1, available("cpu") // count)
    found = {"OMP_NUM_THREADS": str(threads)}
    return {**found, "GLOO_SOCKET_IFNAME": interface} if interface else found


def _interface(address: str) -> str | None:
    """The network interface that has an address of this node; None where none has."""
    import psutil

    known = {one[4][0] for one in socket.getaddrinfo(address, None)}
    for name, addresses in psutil.net_if_addrs().items():
        if any(one.address in known for one in addresses):
            return name
    return None


def obey_launcher() -> None:
    """End this process when torchrun says so, in the job of an engine.

    A cluster's signals reach all processes of a job, and are blocked in the trainer's
    (:mod:`.leaving`): what torchrun ends the others by, when one of them died, is the same one.
    """
    if signal.SIGTERM in signal.pthread_sigmask(signal.SIG_BLOCK, ()):
        threading.Thread(target=_wait_for_launcher, args=(os.getppid(),), daemon=True).start()


def _wait_for_launcher(launcher: int) -> None:
    while signal.sigwaitinfo({signal.SIGTERM}).si_pid != launcher:
        pass
    os._exit(1)


def without_a_word(count: int) -> dict[str, str]:
    """What the state of a run says when one of its processes was killed."""
    from ..i18n import t

    return {"error": t("ranks.died", n=count), "remedy": t("ranks.died_remedy")}
