"""Starting the worker of a run, so that it outlives the process that started it."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from ..errors import RunError
from .warming import hand_over


def launch_worker(folder: Path) -> subprocess.Popen:
    """Start the supervisor of a run in a session of its own, so that it outlives this process.

    A worker that :func:`workbench.worker.warming.warm` has prepared is taken first.
    """
    process = hand_over(folder)
    if process is None:
        try:
            with open(folder / "log.txt", "ab") as log:
                process = subprocess.Popen(
                    [sys.executable, "-m", "workbench.worker", str(folder)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        except OSError as error:
            raise RunError(
                f"No worker can be started for the run {folder.name} ({error.strerror or error}).",
                "See that its folder can be written and that the machine has memory left.",
            ) from error
    # reap it when it ends, so that it never stays as a zombie of this process
    threading.Thread(target=process.wait, name=f"reap-{process.pid}", daemon=True).start()
    return process
