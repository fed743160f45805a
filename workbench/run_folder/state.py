"""``state.json`` of a run: one writer at a time, a heartbeat, and what a reader makes of it."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from pathlib import Path

from ..atomic_files import write_json
from ..execution import asking
from ..worker.processes import boot_id, identity, is_locked
from . import engine_files
from .files import STATES as STATES
from .files import is_missing, read_fields

ACTIVE = ("queued", "running", "paused")
STALE_AFTER = 5.0  # seconds without a heartbeat after which a worker elsewhere counts as dead
START_GRACE = 15.0  # seconds a worker may take to report for the first time
_AT_ONCE = ("state", "phase", "acknowledged", "pid", "error")


class StateFile:
    """Writes ``state.json``: changes of state at once, progress at most five times a second.

    A full disk does not end a run: ``write_error`` keeps what the system said and the next update
    tries again.
    """

    def __init__(self, run_folder: Path, *, minimum_gap: float = 0.2):
        self.path = Path(run_folder) / "state.json"
        self.values: dict = read_fields(self.path.parent, self.path.name)[0]
        self.write_error: str | None = None
        self._place = self._folder()
        self._gap = minimum_gap
        self._written = 0.0
        self._lock = threading.Lock()

    def update(self, **changes) -> None:
        """Merge ``changes``; written now when they matter now, otherwise soon."""
        with self._lock:
            urgent = any(self.values.get(k) != changes[k] for k in _AT_ONCE if k in changes)
            self.values.update(changes)
            if urgent or time.monotonic() - self._written >= self._gap:
                self._write()

    def beat(self) -> None:
        """Write the heartbeat and whatever waits."""
        with self._lock:
            self._write()

    def _folder(self) -> tuple[int, int] | None:
        try:
            about = os.stat(self.path.parent)
        except OSError:
            return None
        return about.st_dev, about.st_ino

    def _write(self) -> None:
        self.values["heartbeat"] = time.time()
        try:
            if self._folder() != self._place:
                raise OSError("the run's folder is not where it was")  # another one may be
            write_json(self.path, self.values)
            self.write_error = None
        except OSError as error:
            self.write_error = str(error)
        self._written = time.monotonic()


@contextlib.contextmanager
def heartbeat(state: StateFile, every: float = 1.0):
    """Context in which a thread writes the heartbeat every ``every`` seconds."""
    ended = threading.Event()

    def beat():
        while not ended.wait(every):
            state.beat()

    thread = threading.Thread(target=beat, name="workbench-heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def claim(file: StateFile, **changes) -> None:
    """Say that this process works on the run now."""
    file.update(**identity(), error=None, remedy=None, details=None, **changes)


def read_state(run_folder: Path) -> dict:
    """What ``state.json`` says, corrected by whether the worker still lives.

    Returns
    -------
    dict
        ``state`` is one of ``STATES``: an active state whose worker is gone becomes ``died``, with
        ``error`` and ``remedy``.
    """
    folder = Path(run_folder)
    values, problem = read_fields(folder, "state.json")
    state = values.get("state")
    if state is None:
        return _without_state(folder, values, problem)
    if record := engine_files.read_record(folder):
        return _of_engine(folder, values, record)
    if state in ACTIVE and _is_dead(folder, values):
        # a worker writes its last state before it lets go of the lock: look once more
        values = read_fields(folder, "state.json")[0] or values
        state = values.get("state")
        if state in (None, *ACTIVE) and _is_dead(folder, values):
            return {**values, **_DIED, "state": "died", "pid": None}
    return values


def _of_engine(folder: Path, values: dict, record: dict) -> dict:
    """What is said of a run that another engine has, or had."""
    if values["state"] in ACTIVE and not _rests(values):
        asking.refresh(folder)
        found = engine_files.with_engine(folder, values, record)
        if found["state"] != "died":
            return found
        # its worker may have said its last word since: look once more
        values = read_fields(folder, "state.json")[0] or values
        if values.get("state") in ACTIVE and not _rests(values):
            return engine_files.with_engine(folder, values, record)
    return {**values, "engine": record["engine"], "job": record.get("job") or "?"}


def _rests(values: dict) -> bool:
    """Whether it is a paused run whose worker gave its memory back."""
    return values.get("state") == "paused" and values.get("pid") is None


def _without_state(folder: Path, values: dict, problem: str) -> dict:
    """What can be said of a run whose ``state.json`` is damaged: its other files tell."""
    if is_locked(folder / "lock"):  # its worker writes the file anew within a second
        return {**values, "state": "running"}
    said = f"state.json of the run is damaged: {problem}."
    results, wrong = read_fields(folder, "metrics.json")
    if results and not wrong:  # written last of all
        return {**values, "state": "done", "warning": said}
    if is_missing(problem):
        said = _DIED["error"]
    return {**values, "state": "died", "error": said, "remedy": _DIED["remedy"]}


_DIED = {
    "error": "The worker process ended without a word: it was killed, or the machine restarted.",
    "remedy": "resume() goes on from the last checkpoint.",
}


def _is_dead(folder: Path, values: dict) -> bool:
    age = time.time() - float(values.get("heartbeat") or 0)
    if values.get("pid") is None:
        # a paused run whose worker gave its memory back is no corpse; a start that never came is,
        # also when the clock was set back since
        waits = values.get("state") == "paused" or abs(age) <= START_GRACE
        return not waits and not is_locked(folder / "lock")
    if values.get("boot_id") == boot_id():
        return not is_locked(folder / "lock")
    return age > STALE_AFTER
