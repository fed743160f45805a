"""How a trainer's threads wait for one another: awake on an idle machine, asleep on a busy one.

Between two parallel sections the threads of OpenMP either look again and again whether work has
come, or sleep until the system wakes them. Awake is much faster while every thread has a core of
its own, and much slower as soon as another process wants one. OpenMP reads which it is to be when
torch is imported, so it is decided then, by what the rest of the machine is doing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping

ASLEEP = {"GOMP_SPINCOUNT": "0", "OMP_WAIT_POLICY": "PASSIVE"}
VARIABLE = "WORKBENCH_THREAD_WAIT"  # 'awake' or 'asleep'; without it the machine is looked at
_LOOKS, _SECONDS = 4, 0.25
_BUSY_CORES = 0.5  # cores that others use from which on a thread would have to share its own


def settle(environ: MutableMapping[str, str] | None = None) -> str:
    """Choose for this process, before it imports torch, and say in ``$WORKBENCH_THREAD_WAIT``.

    Parameters
    ----------
    environ : mutable mapping of str to str
        By default that of this process. What a user has set there for OpenMP is kept; the values
        of :data:`ASLEEP`, which notebooks run under, are not.

    Returns
    -------
    str
        ``'awake'`` or ``'asleep'``.
    """
    if environ is None:
        environ = os.environ
    if environ.get(VARIABLE) not in ("awake", "asleep"):
        single = environ.get("OMP_NUM_THREADS") == "1"  # which has nobody to wait for
        environ[VARIABLE] = "asleep" if single or "torch" in sys.modules or _busy() else "awake"
    if environ[VARIABLE] == "asleep":
        for name, value in ASLEEP.items():
            environ.setdefault(name, value)
    else:
        for name, value in ASLEEP.items():
            if environ.get(name) == value:
                del environ[name]
    return environ[VARIABLE]


def _busy() -> bool:
    """Whether other processes use a core all the time; a short burst does not count."""
    import psutil

    cores = psutil.cpu_count() or 1
    return all(
        psutil.cpu_percent(interval=_SECONDS) / 100 * cores >= _BUSY_CORES for _ in range(_LOOKS)
    )
