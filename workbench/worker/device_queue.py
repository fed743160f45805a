"""One run at a time on a device; the others wait their turn, first come first served.

A ticket is a file whose name orders it and whose lock says that its holder lives, so a killed
process leaves the queue by itself.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from ..errors import RunError
from ..paths import cache_dir
from ..run_folder.state import StateFile
from . import control
from .processes import Lock, held, is_locked

PATIENCE = 10.0  # seconds to wait for a lock that others hold for a moment
_DOOR = "door"  # held while a ticket is made or a dead one removed


class Ticket:
    """A place in the queue of ``device`` (``cpu``, ``cuda``, ``mps``)."""

    def __init__(self, device: str):
        # a job of a cluster has its own: which devices are whose is the cluster's matter
        own = os.environ.get("WORKBENCH_QUEUE")
        self.folder = (Path(own) if own else cache_dir() / "queue") / device
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # numbered under a lock, behind whoever is there: the clock may have been set back
            with held(self.folder / _DOOR, patience=PATIENCE):
                self.path = self.folder / f"{self._next():020d}-{os.getpid()}.ticket"
                self._lock = Lock(self.path)
                # somebody who looks whether it is locked holds it for a moment
                taken = self._lock.acquire(patience=PATIENCE)
        except OSError as error:
            raise RunError(
                f"The queue of the device cannot be written in {self.folder} "
                f"({error.strerror or error}).",
                "Set WORKBENCH_CACHE to a folder that you may write.",
            ) from error
        if not taken:
            raise RunError(
                f"The new ticket {self.path} is held by another process.",
                "Start the run again.",
            )

    def _next(self) -> int:
        numbers = [_number(path) for path in self.folder.glob("*.ticket")]
        return max([time.time_ns(), *[number + 1 for number in numbers]])

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


def wait_for_turn(folder: Path, state: StateFile, ticket: Ticket, *, tell=lambda n: None) -> str:
    """Wait until the device is ours, or until a command says otherwise.

    Parameters
    ----------
    folder : Path
        Of the run, whose commands are obeyed.
    state : StateFile
        Is told the place in the queue and what was obeyed.
    tell : callable taking int
        Called with the number of runs before this one, when it changes.

    Returns
    -------
    str
        ``go``, or ``stopped`` or ``paused`` when that was asked for.
    """
    told = None
    while (position := ticket.position()) > 0:
        state.update(queue_position=position)
        if position != told:
            tell(told := position)
        commands = control.pending(folder, int(state.values.get("acknowledged") or 0))
        if commands:
            last = commands[-1]
            said = {"acknowledged": last["number"], "acknowledged_at": time.time()}
            ends = {"stop": "stopped", "pause": "paused"}.get(last["command"])
            if ends is None:
                state.update(**said)
            else:  # in one step, so that nobody meets it acknowledged and not obeyed
                state.update(state=ends, phase=ends, pid=None, queue_position=None, **said)
                return ends
        time.sleep(0.1)
    state.update(queue_position=0)
    if told is not None:
        tell(0)
    return "go"


def others_wait(ticket: Path) -> bool:
    """Whether a live ticket stands behind the one at ``ticket``."""
    return any(path.name > ticket.name for path in _others(ticket))


def _number(ticket: Path) -> int:
    digits = ticket.name.partition("-")[0]
    return int(digits) if digits.isdecimal() and len(digits) <= 20 else 0


def _others(ticket: Path) -> list[Path]:
    found, dead = [], []
    for path in ticket.parent.glob("*.ticket"):
        if path.name != ticket.name:
            (found if is_locked(path) else dead).append(path)
    if dead:  # nobody makes a ticket while the door is held: what is unlocked lost its holder
        with held(ticket.parent / _DOOR, patience=0) as had, contextlib.suppress(OSError):
            for path in dead if had else ():
                if not is_locked(path):
                    path.unlink(missing_ok=True)
    return found
