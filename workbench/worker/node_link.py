"""Words between the nodes of a run: a connection each to the first one, a JSON line a word.

A link is also how each side knows that the other one lives: whoever is killed closes it, and who is
cut off is silent.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from ..atomic_files import read_json, write_json
from ..run_folder import engine_files

VARIABLE = "WORKBENCH_NODES"  # where this process stands among the nodes, of several
LOST = 4  # exit status of a worker that ends since another node is lost
ALIVE_EVERY = 5.0  # seconds between two signs of life
SILENT = 60.0  # seconds without one after which the other side is lost
MEETS_WITHIN = 180.0  # seconds that the nodes of a job may take to meet
_SENDS_WITHIN = 10.0
_MEETING = "meeting.json"  # in the engine's folder: where the first node listens


@dataclass(frozen=True)
class Place:
    """Where a node stands among those of its job.

    Parameters
    ----------
    number : int
        From 0, which has the run.
    names : list of str
        Of all nodes.
    key : str
        Of the job and its stay: a meeting of another one is none.
    address : str
        Of this node, for the others.
    words : list of str
        What ``torch.distributed.run`` is told on this node, so that it finds the others.
    """

    number: int
    names: list[str]
    key: str
    address: str
    words: list[str]

    @classmethod
    def here(cls) -> Place | None:
        """That of this process; None where the run has one node."""
        written = os.environ.get(VARIABLE)
        return cls(**json.loads(written)) if written else None

    def announce(self) -> None:
        """Tell it to the processes that this one starts."""
        os.environ[VARIABLE] = json.dumps(asdict(self))


class Link:
    """One side of a connection; words may be said by several threads."""

    def __init__(self, connection: socket.socket):
        connection.settimeout(_SENDS_WITHIN)
        self.connection = connection
        self.heard = time.monotonic()
        self._buffer = b""
        self._turn = threading.Lock()

    def fileno(self) -> int:
        """For a selector."""
        return self.connection.fileno()

    def say(self, **word) -> None:
        """Send a word; whoever cannot be reached is noticed by whoever reads."""
        line = json.dumps(word).encode() + b"\n"
        try:
            with self._turn:
                self.connection.sendall(line)
        except OSError:
            self.close()

    def read(self) -> list[dict] | None:
        """Words that have come, once a selector said that there is something.

        None at the end, and of somebody who speaks otherwise.
        """
        try:
            block = self.connection.recv(65536)
        except OSError:
            return None
        if not block:
            return None
        self.heard = time.monotonic()
        *lines, self._buffer = (self._buffer + block).split(b"\n")
        try:
            words = [json.loads(line) for line in lines]
        except ValueError:
            return None
        return words if all(isinstance(word, dict) for word in words) else None

    @property
    def silence(self) -> float:
        """Seconds since the other side was heard."""
        return time.monotonic() - self.heard

    def close(self) -> None:
        """End it for both sides."""
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.connection.close()


def open_meeting(folder: Path, place: Place) -> socket.socket:
    """Listen on the first node, and say in the run's folder where."""
    listening = socket.create_server((place.address, 0), backlog=len(place.names))
    _write(folder, place, port=listening.getsockname()[1])
    return listening


def call_off(folder: Path, place: Place) -> None:
    """Say that the nodes of this job need not meet."""
    _write(folder, place, port=None)


def find_meeting(folder: Path, place: Place) -> Link | None:
    """Reach the first node; None where it does not come, or called the meeting off."""
    path = folder / engine_files.PLACE / _MEETING
    end = time.monotonic() + MEETS_WITHIN
    while time.monotonic() < end:
        found = read_json(path)
        if isinstance(found, dict) and found.get("key") == place.key:
            if found["port"] is None:
                return None
            try:
                where = (found["address"], found["port"])
                return Link(socket.create_connection(where, timeout=_SENDS_WITHIN))
            except OSError:  # it may be back in a moment
                pass
        time.sleep(0.2)
    return None


def _write(folder: Path, place: Place, *, port: int | None) -> None:
    write_json(folder / engine_files.PLACE / _MEETING,
               {"key": place.key, "address": place.address, "port": port})  # fmt: skip
