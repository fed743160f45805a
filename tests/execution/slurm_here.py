"""A real Slurm on this machine: munge, a controller, two node daemons, in a folder of its own.

Works as root and as a user, without systemd. ``python -m tests.execution.slurm_here FOLDER`` brings
one up and prints how to reach it; an interrupt ends it.

What is unusual in the configuration has a reason: cgroup plugins start and then fail every step, so
``proctrack/linuxproc`` and ``task/none``; ``cred_expire=5``, or each requeue waits two minutes;
both nodes are this host, so that each has its port. ``SlurmdTimeout`` is short: a node that is lost
is noticed in seconds. As root, the second node sees an empty folder where ``unshared`` lies.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun")
NODES = ("n1", "n2")
_LONGEST = 80  # characters of the folder: the path of a socket has 107

_CONFIGURATION = """
ClusterName=here
SlurmctldHost={host}({address})
SlurmctldPort={controller}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/s,cred_expire=5
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
{binding}
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0,sched_min_interval=0,requeue_delay=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
ReturnToService=2
SlurmctldTimeout=30
SlurmdTimeout=10
InactiveLimit=0
MinJobAge=600
KillWait=15
OverTimeLimit=0
JobRequeue=1
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/slurmctld.pid
SlurmctldLogFile={folder}/log/slurmctld
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmdLogFile={folder}/log/slurmd.%n
SlurmdSpoolDir={folder}/spool.%n
SlurmdParameters=config_overrides
NodeName=n1 NodeHostname={host1} NodeAddr={at1} Port={n1} CPUs=2 RealMemory=2000 State=UNKNOWN
NodeName=n2 NodeHostname={host2} NodeAddr={at2} Port={n2} CPUs=2 RealMemory=2000 State=UNKNOWN
PartitionName=ci Nodes=n1,n2 Default=YES MaxTime=60 DefaultTime=10 State=UP PriorityTier=1
PartitionName=urgent Nodes=n1,n2 MaxTime=60 DefaultTime=10 State=UP PriorityTier=10 PreemptMode=OFF
"""


def lacking() -> list[str]:
    """Programs of Slurm that are not here."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    return [name for name in PROGRAMS if shutil.which(name, path=path) is None]


class Slurm:
    """A cluster in ``folder``, which must be short and seen by its user alone.

    Used as a context; everything it started has ended when that is left.
    """

    def __init__(self, folder: Path):
        self.folder = Path(folder).resolve()
        if len(str(self.folder)) > _LONGEST:
            raise ValueError(f"{self.folder} is too long for a socket's path")
        self.host, self.address = socket.gethostname().split(".")[0], "127.0.0.1"
        self.binding = "CommunicationParameters=NoInAddrAny,NoCtldInAddrAny"
        #: Host name and address of each node.
        self.nodes = dict.fromkeys(NODES, (self.host, self.address))
        self.processes: dict[str, subprocess.Popen] = {}
        self.environment = {
            "SLURM_CONF": str(self.folder / "etc" / "slurm.conf"),
            "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin",
        }

    @property
    def unshared(self) -> Path:
        """A folder that the second node has of its own, where the nodes are started by root."""
        return self.folder / "unshared"

    def __enter__(self) -> Slurm:
        try:
            self._up()
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    def run(self, *command: str, timeout: float = 20, cwd: Path | None = None) -> str:
        """What a command of Slurm prints."""
        done = subprocess.run(
            command, env={**os.environ, **self.environment}, capture_output=True, text=True,
            timeout=timeout, cwd=cwd,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr or done.stdout}")
        return done.stdout

    def start_node(self, name: str) -> None:
        """Start the daemon of a node."""
        command = ["slurmd", "-D", "-N", name]
        if name == NODES[1] and os.geteuid() == 0:
            hidden = f'mount -t tmpfs none "{self.unshared}"; exec slurmd -D -N {name}'
            command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", hidden]
        self._start(f"slurmd.{name}", *command)

    def lose_node(self, name: str) -> None:
        """Kill a node's daemon and all that it runs, as when the machine loses its power."""
        import psutil

        daemon = self.processes[f"slurmd.{name}"]
        # a step's daemon leaves the family of the node's daemon: it is known by its job's node
        steps = [one for one in psutil.process_iter(["name", "cmdline"])
                 if one.info["name"] == "slurmstepd" and self._is_of(one, name)]  # fmt: skip
        family = [child for step in steps for child in step.children(recursive=True)]
        # all at once: none is left to report that the others have gone
        for one in (signal.SIGSTOP, signal.SIGKILL):
            for process in [psutil.Process(daemon.pid), *steps, *family]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(one)
        daemon.wait()

    def _is_of(self, step, name: str) -> bool:
        """Whether a step's daemon is of this cluster and node."""
        import psutil

        with contextlib.suppress(psutil.Error):
            for child in [step, *step.children(recursive=True)]:
                environment = child.environ()
                if environment.get("SLURM_CONF") == self.environment["SLURM_CONF"]:
                    if environment.get("SLURMD_NODENAME") == name:
                        return True
        return False

    def down(self) -> None:
        """End all jobs, then the daemons, the newest first."""
        with contextlib.suppress(Exception):
            self.run("scancel", "--user", getpass.getuser(), timeout=5)
            until_it_is(lambda: not self.run("squeue", "-h", "-t", "R,CG"), 15)
        for process in reversed(self.processes.values()):
            process.terminate()
        for process in reversed(self.processes.values()):
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()

    def _up(self) -> None:
        folder = self.folder
        for name in ("state", "log", "etc", "munge", "spool.n1", "spool.n2", "unshared"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        for public in (folder, folder / "munge"):  # munge refuses a socket nobody can reach
            public.chmod(0o755)
        key = folder / "munge" / "key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o600)
        controller, n1, n2 = _free_ports(3)
        (folder / "etc" / "slurm.conf").write_text(
            _CONFIGURATION.format(
                host=self.host,
                address=self.address,
                binding=self.binding,
                host1=self.nodes["n1"][0],
                at1=self.nodes["n1"][1],
                host2=self.nodes["n2"][0],
                at2=self.nodes["n2"][1],
                user=getpass.getuser(),
                folder=folder,
                controller=controller,
                n1=n1,
                n2=n2,
            )  # fmt: skip
        )
        at = folder / "munge"
        self._start(
            "munged", "munged", "--foreground", f"--key-file={key}", f"--socket={at}/s",
            f"--pid-file={at}/pid", f"--seed-file={at}/seed", f"--log-file={folder}/log/munged",
            "--num-threads=2",
        )  # fmt: skip
        self._when(lambda: bool(self.run("munge", "-n", "-S", f"{at}/s")), 10)
        self._start("slurmctld", "slurmctld", "-D", "-i", "-c")
        self._when(lambda: "UP" in self.run("scontrol", "ping"), 15)
        for name in NODES:
            self.start_node(name)
        self._when(lambda: set(self.run("sinfo", "-h", "-N", "-o", "%T").split()) == {"idle"}, 20)
        self._when(lambda: bool(self.run("srun", "-N2", "hostname")), 20)  # a step really runs

    def _start(self, name: str, *command: str) -> None:
        with open(self.folder / "log" / f"{name}.out", "ab") as log:
            self.processes[name] = subprocess.Popen(
                command, env={**os.environ, **self.environment}, stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def _when(self, condition, seconds: float) -> None:
        """Wait for a daemon; with the logs where it does not come."""
        if not until_it_is(condition, seconds):
            logs = (path.read_text(errors="replace")[-1500:] for path in self.folder.glob("log/*"))
            raise RuntimeError("Slurm does not come up.\n" + "\n".join(logs))


def until_it_is(condition, seconds: float) -> bool:
    """Wait for a condition, one that cannot be asked yet included; whether it came."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(RuntimeError, OSError, subprocess.TimeoutExpired):
            if condition():
                return True
        time.sleep(0.1)
    return False


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, all different."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


if __name__ == "__main__":
    with Slurm(Path(sys.argv[1])) as cluster:
        print("\n".join(f"export {k}={v}" for k, v in cluster.environment.items()), flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
