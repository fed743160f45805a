"""The supervisor's side of a warm worker: a trainer that imports early and is told its run later.

The supervisor waits on its standard input for a line that names the run, its trainer on a socket
for the same, so both leave when whoever started them is gone.
"""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

IDLE_LIMIT = 1800.0  # seconds after which a worker that got no run leaves


class WarmTrainer:
    """A trainer process without a run.

    Parameters
    ----------
    environment : mapping of str to str
        Of the process.
    handle_name : str
        Environment variable that tells the trainer where to write its state.
    """

    def __init__(self, environment: Mapping[str, str], handle_name: str):
        self.reading, writing = os.pipe()
        self._line, other = socket.socketpair()
        with other:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "workbench.training.job", "--wait"],
                stdin=other.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(writing,),
                env={**environment, handle_name: str(writing)},
            )
        os.close(writing)

    def begin(self, folder: Path, *, ticket: Path, handles: tuple[int, ...]) -> bool:
        """Tell it its run and share the handles of the run's lock; whether it was still there."""
        message = {"folder": str(folder), "working_folder": os.getcwd(), "ticket": str(ticket)}
        try:
            socket.send_fds(self._line, [json.dumps(message).encode()], list(handles))
        except OSError:
            return False
        return self.process.poll() is None

    def dismiss(self) -> None:
        """End it."""
        self._line.close()
        self.process.kill()
        self.process.wait()
        os.close(self.reading)


def wait_for_run() -> Path | None:
    """The folder of the run that comes in on standard input; ``None`` when there will be none.

    From then on this process prints into the run's log and works where the sender did.
    """
    if not select.select([0], [], [], IDLE_LIMIT)[0]:
        return None
    line = sys.stdin.readline()
    return take_up(json.loads(line)) if line else None


def receive_run() -> tuple[Path, str] | None:
    """In the trainer: folder and ticket of the run that its supervisor names, ``None`` at the end.

    The handles of the run's lock that come along stay open until this process ends.
    """
    with socket.socket(fileno=os.dup(0)) as line:
        content, *_ = socket.recv_fds(line, 65536, 8)
    if not content:
        return None
    message = json.loads(content)
    return take_up(message), message["ticket"]


def take_up(message: dict) -> Path:
    """Work where the run was started and print into its log; returns the run's folder."""
    os.chdir(message["working_folder"])
    folder = Path(message["folder"])
    log = os.open(folder / "log.txt", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(log)
    return folder
