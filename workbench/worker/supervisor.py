"""The supervisor of a run: ``python -m workbench.worker RUN``. Small, without torch.

It holds the run's lock, waits for the device, starts the trainer process in its own process group,
writes ``state.json`` with a heartbeat, notices when the trainer dies, and starts it again with
smaller forward passes when the device ran out of memory. ``--wait`` in place of RUN has the trainer
import first; the run is named later (:mod:`.waiting`).
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from ..atomic_files import write_json
from ..errors import RunError, WorkbenchError, explain
from ..hardware import device_hint, processes
from ..memory import NO_SMALLER, processes_killed_for_memory, smaller_batch, smaller_sentence
from ..run_folder.engine_files import check_ticket
from ..run_folder.files import check_places
from ..run_folder.folder import RunFolder
from ..run_folder.folders import check_run_folder
from ..run_folder.place import RunPlace
from ..run_folder.state import StateFile, claim, heartbeat
from . import control, ranks
from .device_queue import Ticket, wait_for_turn
from .leaving import Leaving
from .node_link import LOST
from .nodes import Nodes
from .processes import Lock
from .waiting import WarmTrainer, wait_for_run

LOCKED, OUT_OF_MEMORY = 3, 86
STATE_HANDLE = "WORKBENCH_STATE_HANDLE"
NO_MEMORY = "out of memory"  # outcome of one of several processes


def main(argv: list[str] | None = None) -> int:
    """Supervise the run in ``argv[0]``; 3 when another worker has it, 4 when a node was lost."""
    wanted = (argv or sys.argv[1:])[0]
    if wanted != "--wait":
        return _work(check_run_folder(wanted))
    trainer = WarmTrainer(_environment(), STATE_HANDLE)
    folder = wait_for_run()
    if folder is None:
        trainer.dismiss()
        return 0
    return _work(check_run_folder(folder), trainer)


def _work(folder: Path, trainer: WarmTrainer | None = None) -> int:
    check_places(folder)
    try:
        check_ticket(folder)
    except RunError as error:
        sys.stderr.write(f"{error}\n")
        if trainer is not None:
            trainer.dismiss()
        return LOCKED
    lock = Lock(folder / "lock")
    if not lock.acquire(patience=2.0):
        sys.stderr.write(f"Another worker has the run {folder.name}.\n")
        if trainer is not None:
            trainer.dismiss()
        return LOCKED
    state, place = StateFile(folder), RunPlace(folder)
    leaving, nodes = Leaving(folder, state).listen(), Nodes(folder)
    with heartbeat(state):
        try:
            while True:
                claim(state, state="queued", phase="waiting", outcome=None, warning=None)
                _supervise(folder, state, lock, trainer, leaving, nodes)
                trainer = None  # it has had its run
                if not _called_back(folder, state):
                    break
        except Exception as error:
            message, remedy = explain(error)
            _end(folder, state, state="failed", error=message, remedy=remedy)
            if not isinstance(error, WorkbenchError):
                raise
        finally:
            nodes.close()
            place.leave_word(state.values)
    return LOST if nodes.lost else 0


def _supervise(
    folder: Path, state: StateFile, lock: Lock, trainer: WarmTrainer | None, leaving: Leaving,
    nodes: Nodes,
) -> None:  # fmt: skip
    nodes.gather(float(state.values.get("clock_ahead") or 0))
    count = processes(RunFolder(folder).recipe, nodes=nodes.count)
    nodes.check(count // nodes.count)
    state.update(clocks=nodes.clocks or None)
    if count > 1 and trainer is not None:
        trainer.dismiss()
        trainer = None
    ticket = Ticket(device_hint())
    try:
        if (wanted := wait_for_turn(folder, state, ticket)) != "go":
            if trainer is not None:
                trainer.dismiss()
            _end(folder, state, state=wanted, phase=wanted)
            return
        while True:
            killed = processes_killed_for_memory()
            status = _run_trainer(folder, state, lock, ticket, trainer, count, nodes)
            trainer = None
            alone = status == -signal.SIGKILL
            among = count > 1 and status != 0 and state.values.get("outcome") is None
            fewer = processes_killed_for_memory() > killed or nodes.killed_for_memory
            if (alone or among) and fewer:
                status = OUT_OF_MEMORY
            if state.values.get("outcome") == NO_MEMORY:
                status = OUT_OF_MEMORY
                state.update(outcome=None)
            if status == OUT_OF_MEMORY and not nodes.lost and _halve(folder, state):
                continue
            break
    finally:
        ticket.release()
    outcome = leaving.ending(state.values.get("outcome"))
    if outcome is None and nodes.lost:
        _end(folder, state, **nodes.loss(state.values))
    elif outcome is None and count > 1:
        _end(folder, state, state="died", phase="died", **ranks.without_a_word(count))
    elif outcome is None:
        _end(folder, state, state="failed", phase="failed", **_death(status))
    elif outcome == "failed":
        _end(folder, state, state="failed", phase="failed")
    elif outcome == "queued":
        _end(folder, state, state="queued", phase="requeued")
    else:
        left = 0 if outcome == "done" else None
        _end(folder, state, state=outcome, phase=outcome, seconds_left=left)


def _called_back(folder: Path, state: StateFile) -> bool:
    """Whether a paused run that has just given its memory back is to go on after all.

    A `stop` that came too late for the trainer makes it a stopped one.

    Asked after the state says that nobody works on the run: whoever writes `resume` before that
    counts on this worker and is seen here; whoever comes later starts a worker of their own.
    """
    if state.values["state"] != "paused":
        return False
    commands = control.pending(folder, int(state.values.get("acknowledged") or 0))
    if commands and commands[-1]["command"] == "stop":
        said = {"acknowledged": commands[-1]["number"], "acknowledged_at": time.time()}
        state.update(state="stopped", phase="stopped", **said)
    return bool(commands) and commands[-1]["command"] == "resume"


def _environment() -> dict[str, str]:
    """Environment of a trainer."""
    return {
        **os.environ,
        "TOKENIZERS_PARALLELISM": "false",
        "TRANSFORMERS_VERBOSITY": os.environ.get("TRANSFORMERS_VERBOSITY", "error"),
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }


def _run_trainer(
    folder: Path, state: StateFile, lock: Lock, ticket: Ticket, warm: WarmTrainer | None,
    count: int, nodes: Nodes,
) -> int:  # fmt: skip
    state.update(state="running", phase="starting", outcome=None)
    if warm is not None:
        if warm.begin(folder, ticket=ticket.path, handles=lock.handles()):
            state.update(trainer_pid=warm.process.pid)
            _listen(warm.reading, warm.process, state)
            return warm.process.wait()
        warm.dismiss()
    if count > 1:
        return _run_ranks(folder, state, lock, ticket, count, nodes)
    reading, writing = os.pipe()
    environment = {
        **_environment(),
        STATE_HANDLE: str(writing),
        "WORKBENCH_TICKET": str(ticket.path),
    }
    with open(folder / "log.txt", "ab") as log:
        trainer = subprocess.Popen(
            [sys.executable, "-m", "workbench.training.job", str(folder)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=(writing, *lock.handles()),
            env=environment,
        )
    os.close(writing)
    state.update(trainer_pid=trainer.pid)
    _listen(reading, trainer, state)
    return trainer.wait()


def _run_ranks(
    folder: Path, state: StateFile, lock: Lock, ticket: Ticket, count: int, nodes: Nodes
) -> int:
    ours, theirs = socket.socketpair()
    environment = {
        **_environment(),
        STATE_HANDLE: str(ranks.INPUT),
        "WORKBENCH_TICKET": str(ticket.path),
    }
    with theirs, open(folder / "log.txt", "ab") as log:
        trainer = ranks.start(
            folder, count, given=theirs.fileno(), log=log, environment=environment,
            handles=lock.handles(), place=nodes.place, words=nodes.begin(count),
        )  # fmt: skip
    state.update(trainer_pid=trainer.pid)
    with nodes.beside(trainer, state):
        _listen(ours.detach(), trainer, state)
    return trainer.wait()


def _listen(reading: int, trainer: subprocess.Popen, state: StateFile) -> None:
    """Merge what the trainer says into the state until it ends."""
    buffer = b""
    with selectors.DefaultSelector() as selector, open(reading, "rb", buffering=0) as pipe:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            # asked before the pipe is: what the trainer said last is then in it
            ended = trainer.poll() is not None
            if not selector.select(timeout=0 if ended else 1.0):
                if ended:
                    return
                continue
            block = pipe.read(65536)
            if not block:
                return
            *lines, buffer = (buffer + block).split(b"\n")
            for line in lines:
                state.update(**json.loads(line))


def _halve(folder: Path, state: StateFile) -> bool:
    """Halve the forward pass after out-of-memory; whether there was anything to halve."""
    recipe = RunFolder(folder).recipe
    smaller = smaller_batch(recipe.batch_size, state.values.get("micro_batch"))
    if smaller is None:
        state.update(outcome="failed", **NO_SMALLER)
        return False
    state.update(micro_batch=smaller, warning=smaller_sentence(smaller))
    return True


def _death(status: int) -> dict:
    if status < 0:
        name = signal.Signals(-status).name
        return {
            "error": f"The training process was killed ({name}).",
            "remedy": "Often the machine ran out of memory; resume() goes on from the last "
            "checkpoint.",
        }
    return {
        "error": f"The training process ended without a word (exit status {status}).",
        "remedy": "Look into log.txt of the run folder; resume() goes on from the last checkpoint.",
    }


def _end(folder: Path, file: StateFile, **changes) -> None:
    values = {"pid": None, "trainer_pid": None, "queue_position": None, **changes}
    file.update(**values)
    if values["state"] == "failed":
        keys = ("error", "remedy", "details", "step")
        try:
            write_json(folder / "error.json", {k: file.values.get(k) for k in keys})
        except OSError as error:
            sys.stderr.write(f"error.json could not be written: {error}\n")
    else:
        with contextlib.suppress(OSError):
            (folder / "error.json").unlink(missing_ok=True)
