"""What a job does on its node, whichever engine sent it: look whether the node fits, then work."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from ..errors import EngineError, WorkbenchError, explain
from ..i18n import t
from ..run_folder import engine_files
from ..run_folder.state import StateFile
from ..worker import node_agent, node_link
from ..worker.leaving import held_back
from ..worker.node_link import LOST, Place
from ..worker.processes import Lock, is_locked
from .clocks import disk_ahead
from .fingerprint import differences, fingerprint

_LOOK = 0.1  # seconds between two looks at the worker


class NodeJob:
    """The work on a run by a job: called on the node, told to leave by :meth:`leave`.

    Parameters
    ----------
    folder : str
        Of the run, on the shared disk.
    ticket : str
        Of the run's ``engine.json``.
    """

    def __init__(self, folder: str, ticket: str):
        self.folder, self.ticket = folder, ticket
        self.process: subprocess.Popen | None = None

    def __getstate__(self) -> dict:
        return {"folder": self.folder, "ticket": self.ticket}

    def __setstate__(self, state: dict) -> None:
        self.__init__(**state)

    def __call__(self) -> str:
        """Work on the run until its worker ends; the state that it left.

        Of several nodes the first one has the run; the others work for it.
        """
        folder = Path(self.folder)
        os.environ[engine_files.TICKET] = self.ticket
        os.environ["WORKBENCH_QUEUE"] = str(folder / engine_files.PLACE / "queue")  # of this job
        place = None
        try:
            place = self.place()
            ahead = self._check(folder, place)
        except WorkbenchError as error:
            if place is not None and place.number:
                node_agent.serve(folder, place, ahead=0.0, wrong=error)
                raise
            if place is not None:
                node_link.call_off(folder, place)
            _fail(folder, error)
            raise
        if place is not None:
            place.announce()
            if place.number:
                node_agent.serve(folder, place, ahead=ahead, wrong=None)
                return self.state()
        # what the worker writes is compared with the clock of whoever sent the run
        StateFile(folder).update(clock_ahead=ahead)
        with open(folder / "log.txt", "ab") as log:
            # signals that reach all processes of a job are for this one, which tells the worker
            with held_back():
                self.process = subprocess.Popen(
                    [sys.executable, "-m", "workbench.worker", str(folder)],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                )  # fmt: skip
        while self.process.poll() is None:
            time.sleep(_LOOK)
        if place is not None:
            node_link.call_off(folder, place)  # a worker that ended before may have left it open
        if self.process.returncode == LOST and self.state() == "queued":
            self.again()
        return self.state()

    def place(self) -> Place | None:
        """Where this node stands among those of its job; None of a job of one node."""
        return None

    def again(self) -> None:
        """Have the engine begin the job anew, since one of its nodes is lost."""

    def leave(self, patience: float) -> str:
        """Have the worker write a checkpoint and end; the state that it left.

        The run is then ``queued`` where the job should go on later, or what it is otherwise.
        Called from a signal's handler, which interrupts :meth:`__call__`: it asks the lock, since
        the process is waited for down there.
        """
        folder = Path(self.folder)
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGUSR1)
        end = time.monotonic() + patience
        while is_locked(folder / "lock") and time.monotonic() < end:
            time.sleep(_LOOK)
        return self.state()

    def state(self) -> str:
        """What the run's own file says, whatever its engine does."""
        return str(StateFile(Path(self.folder)).values.get("state"))

    def _check(self, folder: Path, place: Place | None) -> float:
        """Refuse a node that does not fit; seconds by which its clock is ahead of the sender's."""
        record = engine_files.read_record(folder)
        if record is None or record["ticket"] != self.ticket:
            raise EngineError(t("engine.other_ticket", run=folder.name))
        host = place.names[place.number] if place else os.uname().nodename
        if found := differences(record.get("fingerprint") or {}, fingerprint()):
            raise EngineError(t("engine.other_code", node=host, differences="; ".join(found)),
                              t("engine.other_code_back"))  # fmt: skip
        return float(record.get("disk_ahead") or 0.0) - disk_ahead(folder)


def _fail(folder: Path, error: WorkbenchError) -> None:
    """Say in the run's folder why it is not worked on, unless somebody works on it."""
    lock = Lock(folder / "lock")
    if not lock.acquire(patience=1.0):
        return
    message, remedy = explain(error)
    StateFile(folder).update(state="failed", phase="failed", pid=None, error=message, remedy=remedy)
    lock.release()
