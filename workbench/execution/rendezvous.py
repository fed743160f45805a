"""How processes on several nodes of a Slurm job find each other: the words that torchrun is given.

The first node is named by its address, since names of nodes need not resolve where they run. Each
node is told whether it is the host: torchrun would look at the machine's own names, by which two
nodes on one machine are both.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from ..errors import EngineError
from ..i18n import t
from ..worker.node_link import Place
from . import slurm_cluster

_FIRST_PORT, _PORTS = 20000, 20000


def rendezvous(environment: Mapping[str, str] | None = None) -> Place:
    """This node of this job, with the arguments of ``python -m torch.distributed.run`` on it.

    Parameters
    ----------
    environment : mapping, optional
        Of the job's step, this process's own when not given.

    Raises
    ------
    EngineError
        If this is no step of a Slurm job, or Slurm does not say where its first node is.
    """
    environment = os.environ if environment is None else environment
    try:
        job, listed = environment["SLURM_JOB_ID"], environment["SLURM_JOB_NODELIST"]
        count, rank = int(environment["SLURM_JOB_NUM_NODES"]), int(environment["SLURM_NODEID"])
    except (KeyError, ValueError):
        raise EngineError(t("engine.no_step")) from None
    names = slurm_cluster.run("scontrol", "show", "hostnames", listed).split()
    first, own = (_address(names[number]) for number in (0, rank))
    port = _FIRST_PORT + int(job) % _PORTS
    stay = environment.get("SLURM_RESTART_COUNT") or "0"
    settings = f"is_host={int(rank == 0)},join_timeout=120,timeout=60"
    words = [
        f"--nnodes={count}", "--rdzv-backend=c10d", f"--rdzv-id={job}",
        f"--rdzv-endpoint={first}:{port}", f"--rdzv-conf={settings}", f"--local-addr={own}",
    ]  # fmt: skip
    return Place(rank, names, f"{job}.{stay}", own, words)


def _address(node: str) -> str:
    shown = slurm_cluster.run("scontrol", "--oneliner", "show", "node", node)
    found = re.search(r"\bNodeAddr=(\S+)", shown)
    if found is None:
        raise EngineError(t("engine.no_address", node=node))
    return found[1]
