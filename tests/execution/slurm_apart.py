"""A real Slurm whose two nodes are hosts of their own, as far as the network goes; root only.

Each node's daemon lives in a network namespace with a name, an address and a link to a bridge that
stands for the switch, so that a link can be cut: nobody is killed, and no connection is closed.
"""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
from pathlib import Path

from tests.execution.slurm_here import NODES, Slurm, until_it_is

_NODE = """
hostname {name}
mount --bind {hosts} /etc/hosts
until [ -e {link} ]; do sleep 0.05; done
ip addr add {address}/24 dev eth0
ip link set lo up
ip link set eth0 up
exec slurmd -D -N {name}
"""


def lacking() -> str:
    """What it needs and is not here; "" where nothing is lacking."""
    if not sys.platform.startswith("linux") or os.geteuid():
        return "Network namespaces are made by root."
    done = subprocess.run(["unshare", "--net", "--uts", "ip", "link"], capture_output=True)
    return done.stderr.decode() if done.returncode else ""


class SlurmApart(Slurm):
    """See :class:`.Slurm`; its nodes' links can be cut."""

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.bridge = f"wb{random.randrange(10**6):06d}"
        net = f"10.{random.randrange(100, 200)}.{random.randrange(200)}"
        self.address = f"{net}.1"
        self.binding = ""  # this host's own name may lead to 127.0.0.1
        self.nodes = {name: (name, f"{net}.{number}") for number, name in enumerate(NODES, 2)}

    def cut(self, name: str) -> None:
        """Take a node's link down."""
        _ip("link", "set", f"{self.bridge}-{name}", "down")

    def mend(self, name: str) -> None:
        """Put it up again."""
        _ip("link", "set", f"{self.bridge}-{name}", "up")

    def start_node(self, name: str) -> None:
        """See :meth:`.Slurm.start_node`."""
        link, hosts = self.folder / f"{name}.link", self.folder / "etc" / "hosts"
        link.unlink(missing_ok=True)
        script = _NODE.format(name=name, hosts=hosts, link=link, address=self.nodes[name][1])
        self._start(f"slurmd.{name}", "unshare", "--net", "--uts", "--mount", "--propagation",
                    "private", "sh", "-ec", script)  # fmt: skip
        pid = self.processes[f"slurmd.{name}"].pid
        here = os.readlink("/proc/self/ns/net")
        if not until_it_is(lambda: os.readlink(f"/proc/{pid}/ns/net") != here, 10):
            raise RuntimeError(f"{name} has no network of its own")
        veth = f"{self.bridge}-{name}"
        _ip("link", "add", veth, "type", "veth", "peer", "name", "eth0", "netns", str(pid))
        _ip("link", "set", veth, "master", self.bridge, "up")
        link.touch()

    def down(self) -> None:
        """See :meth:`.Slurm.down`; the links go with it."""
        for name in NODES:
            with contextlib.suppress(RuntimeError):
                self.mend(name)
        super().down()
        for one in (*(f"{self.bridge}-{name}" for name in NODES), self.bridge):
            with contextlib.suppress(RuntimeError):
                _ip("link", "delete", one)

    def _up(self) -> None:
        _ip("link", "add", self.bridge, "type", "bridge")
        _ip("addr", "add", f"{self.address}/24", "dev", self.bridge)
        _ip("link", "set", self.bridge, "up")
        known = [("localhost", "127.0.0.1"), (self.host, self.address), *self.nodes.values()]
        (self.folder / "etc").mkdir(parents=True, exist_ok=True)
        lines = "".join(f"{address} {name}\n" for name, address in known)
        (self.folder / "etc" / "hosts").write_text(lines)
        super()._up()


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(words)}: {done.stderr}")
