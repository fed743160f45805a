"""This machine: a worker process of its own, which outlives whoever started it."""

from __future__ import annotations

import contextlib
import os
import platform
import signal
import time
from collections.abc import Mapping
from pathlib import Path

from ..errors import EngineError
from ..i18n import t
from ..run_folder.files import read_fields
from ..worker.launching import launch_worker
from ..worker.processes import is_locked, is_same_process
from .base import Word

_PATIENCE = 10.0  # seconds until a killed worker has let go of the run


def submit(folder: Path, settings: Mapping) -> str:
    """Start a worker; the job's name is the run's folder.

    Raises
    ------
    EngineError
        If there are settings: it has none.
    RunError
        If no process can be started.
    """
    if settings:
        raise EngineError(t("engine.local_settings"), t("engine.local_settings_back"))
    launch_worker(folder)
    return str(folder)


def status(job: str | None = None, folder: Path | None = None) -> Word:
    """Whether a worker has the run; of the machine its name and cores."""
    if job is None:
        return Word("running", t("engine.local", host=platform.node(), n=os.cpu_count() or 1))
    return Word("running" if is_locked(Path(job) / "lock") else "over", node=platform.node())


def cancel(job: str) -> None:
    """Kill the worker with its trainer; nothing is written any more."""
    folder = Path(job)
    state, _ = read_fields(folder, "state.json")
    pid = state.get("pid")
    if pid and is_same_process(pid, state.get("pid_start")):
        with contextlib.suppress(ProcessLookupError):
            # a worker leads a group with its trainer; a run in the foreground is somebody's shell
            end_all = os.killpg if os.getpgid(pid) == pid else os.kill
            end_all(pid, signal.SIGKILL)
    end = time.monotonic() + _PATIENCE
    while is_locked(folder / "lock"):
        if time.monotonic() > end:
            raise EngineError(
                t("engine.local_stays", run=folder.name), t("engine.local_stays_back")
            )
        time.sleep(0.05)
