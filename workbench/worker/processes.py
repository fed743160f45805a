"""Locks and identities of processes: who works on a folder, and is it still alive."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from ..atomic_files import PLAIN


def identity() -> dict:
    """Who this process is, so that a reused pid is never mistaken for it.

    Returns
    -------
    dict
        ``pid`` (int), ``pid_start`` (float, unix seconds), ``boot_id`` (str), ``host`` (str).
    """
    return {
        "pid": os.getpid(),
        "pid_start": process_start(os.getpid()),
        "boot_id": boot_id(),
        "host": socket.gethostname(),
    }


def process_start(pid: int) -> float | None:
    """Start time of a process in unix seconds, ``None`` when there is none or it is a zombie."""
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return process.create_time()
    except psutil.Error:
        return None


def is_same_process(pid: int, started: float | None) -> bool:
    """Whether ``pid`` is alive and is the process that started at ``started``."""
    now = process_start(pid)
    return now is not None and started is not None and abs(now - started) < 0.05


def boot_id() -> str:
    """A text that changes with each boot of this machine."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        import psutil

        return str(int(psutil.boot_time()))


class Lock:
    """An exclusive lock on a file, freed by the system however its holder ends."""

    def __init__(self, path: Path):
        self.path = Path(path)
        self._handle: int | None = None

    def acquire(self, *, patience: float = 0.0) -> bool:
        """Take the lock, trying for ``patience`` seconds; whether it was had."""
        end = time.monotonic() + patience
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= end:
                    os.close(handle)
                    return False
                time.sleep(0.02)
            else:
                self._handle = handle
                return True

    def handles(self) -> tuple[int, ...]:
        """Descriptors for a child that shares the lock, which is free when all are closed."""
        return () if self._handle is None else (self._handle,)

    def release(self) -> None:
        """Give the lock back; nothing happens when it is not held."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def is_locked(path: Path) -> bool:
    """Whether some process holds the lock on ``path``; takes nothing that lasts."""
    try:
        handle = os.open(path, PLAIN)
    except (OSError, ValueError):
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


@contextlib.contextmanager
def held(path: Path, *, patience: float) -> Iterator[bool]:
    """Context in which the lock on ``path`` is held; yields whether it was had."""
    lock = Lock(path)
    had = lock.acquire(patience=patience)
    try:
        yield had
    finally:
        lock.release()
