"""One run at a time on a device; the others wait their turn, first come first served.

A ticket is a file whose name orders it and whose lock says that its holder lives, so a killed
process leaves the queue by itself.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from .paths import cache_dir
from .processes import Lock, is_locked


class Ticket:
    """A place in the queue of ``device`` (``cpu``, ``cuda``, ``mps``)."""

    def __init__(self, device: str):
        self.folder = cache_dir() / "queue" / device
        self.folder.mkdir(parents=True, exist_ok=True)
        self.path = self.folder / f"{time.time_ns():020d}-{os.getpid()}.ticket"
        self._lock = Lock(self.path)
        if not self._lock.acquire():
            raise RuntimeError(f"The new ticket {self.path} is locked by somebody else.")

    def position(self) -> int:
        """How many live tickets are before this one; 0 means that the device is ours."""
        return sum(path.name < self.path.name for path in _others(self.path))

    def others_wait(self) -> bool:
        """Whether somebody waits behind this ticket."""
        return others_wait(self.path)

    def release(self) -> None:
        """Leave the queue."""
        self.path.unlink(missing_ok=True)
        self._lock.release()


def others_wait(ticket: Path) -> bool:
    """Whether a live ticket stands behind the one at ``ticket``."""
    return any(path.name > ticket.name for path in _others(ticket))


def _others(ticket: Path) -> list[Path]:
    found = []
    for path in ticket.parent.glob("*.ticket"):
        if path.name == ticket.name:
            continue
        if is_locked(path):
            found.append(path)
        else:
            # its holder died; between creation and lock a ticket is a few microseconds old
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > 1:
                    path.unlink(missing_ok=True)
    return found
