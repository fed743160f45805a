"""The other nodes of a run, as the first one's supervisor sees them: it has the run, they compute.

Each has an agent (:mod:`.node_agent`) that starts its processes when it is told to and passes on
what they say. A run of one node has none, and nothing here does anything.
"""

from __future__ import annotations

import contextlib
import hmac
import select
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from ..errors import EngineError
from ..i18n import t
from ..run_folder import engine_files
from ..run_folder.state import StateFile
from .node_link import ALIVE_EVERY, MEETS_WITHIN, SILENT, Link, Place, open_meeting

WELL, DIED, GONE = "well", "died", "gone"  # how processes of a node have ended
_ENDS_WITHIN = 30.0  # seconds that processes may take to end when one of them has
_NOTICES_WITHIN = 5.0  # and when their node is lost


class Nodes:
    """All nodes of a run, asked on the first one.

    Parameters
    ----------
    folder : Path
        Of the run.
    """

    def __init__(self, folder: Path):
        self.folder, self.place = folder, Place.here()
        self.count = len(self.place.names) if self.place else 1
        self.links: dict[str, Link] = {}
        self.devices: dict[str, int] = {}
        #: Seconds by which the clock of each node is ahead.
        self.clocks: dict[str, float] = {}
        self.lost: list[str] = []
        self.killed_for_memory = False
        self._life = 0
        self._process: subprocess.Popen | None = None
        self._state: StateFile | None = None
        self._working: dict[str, bool] = {}
        self._word = threading.Condition()

    def gather(self, ahead: float) -> None:
        """Wait until all nodes are there and fit.

        Parameters
        ----------
        ahead : float
            Seconds by which the clock of this one is ahead of that of whoever sent the run.

        Raises
        ------
        EngineError
            Names the node that does not fit, or that does not come.
        """
        if self.place is None or self.links:
            return
        self.clocks[self.place.names[0]] = ahead
        end = time.monotonic() + MEETS_WITHIN
        with open_meeting(self.folder, self.place) as listening:
            while absent := [one for one in self.place.names[1:] if one not in self.links]:
                listening.settimeout(max(0.1, end - time.monotonic()))
                try:
                    link = Link(listening.accept()[0])
                except TimeoutError:
                    said = t("nodes.absent", nodes=", ".join(absent), n=int(MEETS_WITHIN))
                    raise EngineError(said, t("nodes.absent_back")) from None
                self._greet(link)
        for name, link in self.links.items():
            threading.Thread(target=self._hear, args=(name, link), daemon=True).start()
        threading.Thread(target=self._live, daemon=True).start()

    def check(self, each: int) -> None:
        """Refuse a node that has fewer devices than its share."""
        for name, there in self.devices.items():
            if there < each:
                raise EngineError(t("nodes.few_devices", node=name, n=each, there=there),
                                  t("nodes.few_devices_back"))  # fmt: skip

    def begin(self, count: int) -> list[str]:
        """Have all nodes start their part of so many processes; words for this one's torchrun."""
        if self.place is None:
            return []
        self._life += 1
        self.killed_for_memory = False
        life = f"--rdzv-id={self.place.key}.{self._life}"
        with self._word:
            self._working = dict.fromkeys(self.links, True)
        for link in self.links.values():
            link.say(begin=count, life=life)
        return [*self.place.words, life]

    @contextlib.contextmanager
    def beside(self, process: subprocess.Popen, state: StateFile) -> Iterator[None]:
        """Context of a life: what others' processes say of the run goes into its state.

        This node's processes are ended when another node is lost, or when processes there have died
        and these do not notice. On the way out the others' are ended.
        """
        self._process, self._state = process, state
        yield
        for link in self.links.values():
            link.say(over=True)
        with self._word:  # each says that its processes ended, or is lost after its silence
            self._word.wait_for(lambda: not any(self._working.values()), 2 * SILENT)

    def loss(self, values: dict) -> dict:
        """What the state of a run says of which a node was lost.

        Its job goes back into the queue, unless a node was lost at this very step before: then the
        run itself may be what ends it.
        """
        step, names = int(values.get("step") or 0), ", ".join(self.lost)
        record = engine_files.read_record(self.folder) or {}
        if record.get("cancelled"):
            return {"state": "stopped", "phase": "stopped"}
        if values.get("lost_at") == step:
            return {"state": "died", "phase": "died", "remedy": t("nodes.lost_again_back"),
                    "error": t("nodes.lost_again", node=names, step=step)}  # fmt: skip
        said = t("engine.lost", node=names, step=step, engine=record.get("engine"))
        return {"state": "queued", "phase": "requeued", "lost_at": step, "warning": said}

    def close(self) -> None:
        """Let the others go."""
        for link in self.links.values():
            link.say(end=True)
            link.close()

    def _greet(self, link: Link) -> None:
        """Take in who comes; a stranger is sent away."""
        ready = select.select([link], [], [], 10.0)[0]
        words = (link.read() if ready else None) or [{}]
        hello, record = words[0], engine_files.read_record(self.folder) or {}
        ticket, name = str(hello.get("ticket") or ""), hello.get("node")
        knows = hmac.compare_digest(ticket.encode(), str(record.get("ticket")).encode())
        if not knows or self.place is None or name not in self.place.names[1:]:
            link.close()
            return
        if hello.get("error"):
            link.close()
            raise EngineError(hello["error"], hello.get("remedy") or "")
        self.links[name] = link
        self.devices[name], self.clocks[name] = hello["devices"], hello["ahead"]

    def _hear(self, name: str, link: Link) -> None:
        while True:
            try:
                ready = select.select([link], [], [], 1.0)[0]
                words = link.read() if ready else []
            except (OSError, ValueError):  # closed meanwhile
                words = None
            if words is None or link.silence > SILENT:
                self._end(name, GONE)
                return
            for word in words:
                if "said" in word and self._state is not None:
                    self._state.update(**word["said"])
                if "ended" in word:
                    self.killed_for_memory |= bool(word.get("memory"))
                    self._end(name, DIED if word["ended"] else WELL)

    def _end(self, name: str, how: str) -> None:
        """A node's processes have ended: well, badly, or with the node."""
        with self._word:
            if how == GONE:
                self.lost.append(name)
            working = self._working.get(name)
            self._working[name] = False
            self._word.notify_all()
        if working and how != WELL and self._process is not None:
            # those of this node notice by their connections, but not where the network is cut
            about = (self._process, _ENDS_WITHIN if how == DIED else _NOTICES_WITHIN)
            threading.Thread(target=_end_process, args=about, daemon=True).start()

    def _live(self) -> None:
        while True:
            time.sleep(ALIVE_EVERY)
            for link in self.links.values():
                link.say(alive=True)


def _end_process(process: subprocess.Popen, patience: float) -> None:
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()  # what it started ends when nobody listens to it
