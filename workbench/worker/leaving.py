"""A worker that is asked to leave its machine: it writes a checkpoint, and goes on elsewhere.

A cluster takes a machine back by a signal: before the time limit, or for somebody with more
priority. It reaches all processes of the job. Here they are blocked, which the trainer inherits,
and one thread waits for them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from ..atomic_files import read_json, write_json
from ..run_folder import engine_files
from ..run_folder.state import StateFile
from . import control

SIGNALS = {signal.SIGTERM, signal.SIGUSR1}
# SIGUSR2 and SIGCONT are for the engine's own process
_OF_A_CLUSTER = SIGNALS | {signal.SIGUSR2, signal.SIGCONT}
_FILE = "leave.json"  # in the engine's folder: the number of the command that this worker gave


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Context in which a process that is started will not see the signals of a cluster.

    A mask is inherited, a handler is not; the worker opens its own ear again.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _OF_A_CLUSTER)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Leaving:
    """Whether the machine is wanted back.

    Parameters
    ----------
    folder : Path
        Of the run.
    state : StateFile
    """

    def __init__(self, folder: Path, state: StateFile):
        self.folder, self.state = folder, state
        self.asked = self.paused = False

    def listen(self) -> Leaving:
        """Wait for a signal, in the job of an engine; a worker at home is ended by it as ever."""
        if engine_files.TICKET in os.environ:
            self._forget_last()
            signal.pthread_sigmask(signal.SIG_BLOCK, _OF_A_CLUSTER)
            threading.Thread(target=self._wait, name="workbench-leaving", daemon=True).start()
        return self

    def ending(self, outcome: str | None) -> str | None:
        """What a run is that was stopped in order to leave: ``queued``, or paused as it was."""
        if not self.asked or outcome != "stopped":
            return outcome
        record = engine_files.read_record(self.folder)
        if record is None or record.get("cancelled"):
            return outcome
        return "paused" if self.paused else "queued"

    def _wait(self) -> None:
        signal.sigwait(SIGNALS)
        values = self.state.values
        number = int(values.get("acknowledged") or 0)
        said = [one["command"] for one in control.pending(self.folder, number)]
        if values.get("phase") == "stopping" or "stop" in said:  # somebody's own wish comes first
            return
        self.paused = values.get("state") == "paused" or "pause" in said
        self.asked = True
        try:
            number = control.send(self.folder, "stop")
            write_json(self.folder / engine_files.PLACE / _FILE, {"number": number})
        except OSError as error:  # a full disk: the job is killed in a while, the checkpoint stays
            sys.stderr.write(f"The command to leave cannot be written: {error}\n")

    def _forget_last(self) -> None:
        """A command to leave that an earlier worker was killed before obeying is no longer one."""
        left = read_json(self.folder / engine_files.PLACE / _FILE)
        number = left.get("number") if isinstance(left, dict) else None
        if isinstance(number, int) and number > int(self.state.values.get("acknowledged") or 0):
            self.state.update(acknowledged=number)
