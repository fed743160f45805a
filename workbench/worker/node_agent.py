"""What works on the nodes of a run beside the first one: it starts processes when it is told to.

Everything that its processes say of the run goes to the first node's supervisor (:mod:`.nodes`).
When that is gone, or is not heard any more, they are ended.
"""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import time
from pathlib import Path

from ..errors import WorkbenchError, explain
from ..hardware import available
from ..memory import processes_killed_for_memory
from ..run_folder import engine_files
from . import ranks
from .leaving import held_back
from .node_link import ALIVE_EVERY, SILENT, Link, Place, find_meeting

_ENDS_WITHIN = 30.0  # seconds that processes may take to end when the first node's have
_LOOK = 0.2


def serve(folder: Path, place: Place, *, ahead: float, wrong: WorkbenchError | None) -> None:
    """Work for the first node until it lets this one go.

    Parameters
    ----------
    folder : Path
        Of the run.
    place : Place
        Of this node.
    ahead : float
        Seconds by which its clock is ahead of that of whoever sent the run.
    wrong : WorkbenchError, optional
        Why this node does not fit; it is told to the first one, and that is all.
    """
    link = find_meeting(folder, place)
    if link is None:
        return
    said: dict = {"devices": available(), "ahead": ahead}
    if wrong is not None:
        said = dict(zip(("error", "remedy"), explain(wrong), strict=True))
    link.say(node=place.names[place.number], ticket=os.environ[engine_files.TICKET], **said)
    if wrong is None:
        NodeAgent(folder, place, link).work()
    link.close()


class NodeAgent:
    """Processes of a node, and its link to the first one."""

    def __init__(self, folder: Path, place: Place, link: Link):
        self.folder, self.place, self.link = folder, place, link
        self.process: subprocess.Popen | None = None
        self._ours: socket.socket | None = None
        self._buffer = b""
        self._killed = 0  # processes of this machine killed for memory when these began
        self._end_at = float("inf")  # when what still runs is killed

    def work(self) -> None:
        """Start, pass on and end, until the first node has no more to say."""
        said = 0.0
        try:
            while self.link.silence < SILENT:
                ears = [one for one in (self.link, self._ours) if one is not None]
                ready = select.select(ears, [], [], _LOOK)[0]
                if self.link in ready:
                    words = self.link.read()
                    if words is None or not all(self._obey(word) for word in words):
                        return
                if self._ours in ready:
                    self._pass_on()
                self._look()
                if time.monotonic() - said > ALIVE_EVERY:
                    said = time.monotonic()
                    self.link.say(alive=True)
        except (OSError, ValueError):  # the link was closed while a word was said
            return
        finally:
            self._kill()

    def _obey(self, word: dict) -> bool:
        """Do what the first node says; False when this one may go."""
        if "begin" in word:
            self._start(word["begin"], word["life"])
        if word.get("over") and self.process is not None:
            self._end_at = time.monotonic() + _ENDS_WITHIN
        return not word.get("end")

    def _start(self, count: int, life: str) -> None:
        self._killed = processes_killed_for_memory()
        self._ours, theirs = socket.socketpair()
        about = {"WORKBENCH_STATE_HANDLE": str(ranks.INPUT), "TOKENIZERS_PARALLELISM": "false"}
        log = self.folder / engine_files.PLACE / f"log-{self.place.names[self.place.number]}.txt"
        with theirs, open(log, "ab") as printed, held_back():
            self.process = ranks.start(
                self.folder, count, given=theirs.fileno(), log=printed, handles=(),
                environment={**os.environ, **about}, place=self.place,
                words=[*self.place.words, life],
            )  # fmt: skip

    def _pass_on(self) -> None:
        """Tell the first node what the processes said."""
        block = self._ours.recv(65536) if self._ours is not None else b""
        *lines, self._buffer = (self._buffer + block).split(b"\n")
        for line in lines:
            self.link.say(said=json.loads(line))
        if not block and self._ours is not None:
            self._ours.close()
            self._ours = None

    def _look(self) -> None:
        """Whether the processes have ended."""
        if self.process is None:
            return
        if time.monotonic() > self._end_at:
            self.process.kill()
        if (status := self.process.poll()) is None:
            return
        while self._ours is not None and select.select([self._ours], [], [], 0)[0]:
            self._pass_on()
        self._kill()
        memory = bool(status) and processes_killed_for_memory() > self._killed
        self.link.say(ended=status, memory=memory)

    def _kill(self) -> None:
        """End what still runs: torchrun by a signal, what it started by nobody listening to it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        if self._ours is not None:
            self._ours.close()
        self.process, self._ours, self._buffer = None, None, b""
        self._end_at = float("inf")
