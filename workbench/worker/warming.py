"""A worker that has already imported what training needs and waits for a run.

Importing torch and transformers takes most of the time between a click on Train and the first
step. :func:`warm` starts a worker while the user still picks; the next run is handed to it. One
waits at a time. It leaves by itself when this process ends, and after half an hour.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

_turn = threading.Lock()
_waiting: tuple[subprocess.Popen, dict] | None = None  # the worker, and its environment


def warm() -> int:
    """See to it that a worker waits; returns its process id at once, while it still imports."""
    global _waiting
    with _turn:
        if _waiting is not None and _fits(*_waiting):
            return _waiting[0].pid
        _dismiss()
        process = subprocess.Popen(
            [sys.executable, "-m", "workbench.worker", "--wait"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        _waiting = process, dict(os.environ)
        return process.pid


def hand_over(folder: Path) -> subprocess.Popen | None:
    """Give a run to the waiting worker; ``None`` when none waits or it cannot be had."""
    global _waiting
    with _turn:
        if _waiting is None or not _fits(*_waiting):
            _dismiss()
            return None
        process, _ = _waiting
        _waiting = None
    line = json.dumps({"folder": str(folder), "working_folder": os.getcwd()}) + "\n"
    try:
        process.stdin.write(line.encode())
        process.stdin.close()
    except OSError:  # it left in this very moment
        return None
    return process


def dismiss() -> None:
    """Let the waiting worker go, so that its memory is free."""
    with _turn:
        _dismiss()


def _fits(process: subprocess.Popen, environment: dict) -> bool:
    """Whether it lives and was started with the environment that a new worker would get."""
    return process.poll() is None and environment == dict(os.environ)


def _dismiss() -> None:
    global _waiting
    if _waiting is not None:
        process, _ = _waiting
        _waiting = None
        with contextlib.suppress(OSError):  # it has left already
            process.stdin.close()
        threading.Thread(target=process.wait, daemon=True).start()  # no zombie stays
