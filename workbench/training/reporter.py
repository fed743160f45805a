"""How a session says what happens: rows to ``metrics.jsonl``, state to whoever writes it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

from ..atomic_files import RowWriter, write_text
from ..run_folder.files import WARNED, metric_rows
from ..run_folder.place import RunPlace
from ..worker import control
from .parallel import ALONE, Alone


class BrokenOff(Exception):
    """Work was left because of a command: ``wanted`` is ``pause`` or ``stop``."""

    def __init__(self, wanted: str):
        super().__init__(wanted)
        self.wanted = wanted


class Reporter:
    """Rows and state of one run, and the commands that come in.

    Parameters
    ----------
    folder : Path
        Of the run.
    set_state : callable taking keyword arguments
        ``StateFile.update`` in the foreground; a message to the supervisor in a worker.
    acknowledged : int
        Number of the last command that an earlier part of the run obeyed.
    ranks : Alone
        Who trains the run beside this process; see :mod:`workbench.training.parallel`.
    """

    def __init__(
        self, folder: Path, set_state: Callable[..., None], acknowledged: int = 0,
        ranks: Alone = ALONE,
    ):  # fmt: skip
        self.folder, self.ranks = folder, ranks
        self.place = RunPlace(folder)
        self.set_state = set_state
        self.rows = RowWriter(folder / "metrics.jsonl")
        self.acknowledged = acknowledged
        self.wanted: str | None = None
        self.warnings: dict[str, str] = {}  # of this part of the run, the last of each matter
        self.on_row: Callable[[dict], None] = lambda row: None

    def row(self, kind: str, **values) -> None:
        """Append a row; ``time`` is added (unix seconds)."""
        row = {"kind": kind, **values, "time": time.time()}
        self.rows.append(row)
        self.on_row(row)
        if self.rows.error and "rows" not in self.warnings:
            self.warn(f"Rows of metrics.jsonl wait in memory: {self.rows.error}.", "rows")

    def event(self, name: str, step: int, **values) -> None:
        """Append an event row."""
        self.row("event", event=name, step=step, **values)

    def warn(self, message: str, matter: str = "") -> None:
        """A sentence that every view of the run shows beside earlier ones, and its rows keep.

        One of the same ``matter`` takes the place of the earlier one, where views are concerned.
        """
        if self.warnings.get(matter or message) == message:
            return
        self.warnings[matter or message] = message
        self.set_state(warning=" ".join(self.warnings.values()))
        self.row("event", event=WARNED, said=message)

    def poll(self) -> str | None:
        """The command to obey (``pause``, ``stop``) or ``None``; acknowledges what it reads.

        Raises
        ------
        RunError
            If the run's folder is not where it was.
        """
        self.place.check()
        for command in control.pending(self.folder, self.acknowledged):
            self.acknowledged = command["number"]
            self.wanted = None if command["command"] == "resume" else command["command"]
            # with the command a pause is over: who waits never meets it obeyed and still paused
            over = {} if self.wanted == "pause" else {"state": "running"}
            self.set_state(acknowledged=self.acknowledged, acknowledged_at=time.time(), **over)
        return self.wanted

    def agreed(self) -> str | None:
        """What :meth:`poll` says to the first process, for all that train together at this point.
        """

        def look() -> tuple[str | None, int]:
            return self.poll(), self.acknowledged

        self.wanted, self.acknowledged = self.ranks.of_first(look)
        return self.wanted

    def obey(self) -> None:
        """Leave what is being done where a command waits (:class:`BrokenOff`)."""
        if wanted := self.poll():
            raise BrokenOff(wanted)

    def hold(self, step: int, may_leave: Callable[[float], bool]) -> str | None:
        """Wait until a pause is over: ``None`` when the run goes on, ``"stop"``, or ``"leave"``
        where ``may_leave(seconds)`` says so. Of several processes the first one waits for all."""
        ended = self.ranks.of_first(lambda: self._hold(step, may_leave))
        self.agreed()
        return ended

    def _hold(self, step: int, may_leave: Callable[[float], bool]) -> str | None:
        self.set_state(state="paused", phase="paused")
        self.event("paused", step)
        started = time.monotonic()
        while self.poll() == "pause":
            if may_leave(time.monotonic() - started):
                return "leave"
            time.sleep(0.05)
        if self.wanted != "stop":
            self.event("resumed", step)
        return self.wanted

    def discard_after(self, step: int, *, evaluated: bool = True) -> None:
        """Move rows after ``step`` to ``metrics.discarded.jsonl``, so that a step occurs once.

        Without ``evaluated`` its evaluation is still to be made, and an earlier one goes as well.
        """
        self.rows.close()
        path = self.folder / "metrics.jsonl"
        kept, discarded = [], []
        reader = metric_rows(self.folder)
        for row in reader.read():
            kind, of = row.get("kind"), row.get("step", 0)
            late = kind in ("step", "eval") and of > step
            late |= kind == "eval" and of == step and not evaluated
            (discarded if late else kept).append(row)
        if discarded:
            writer = RowWriter(self.folder / "metrics.discarded.jsonl")
            writer.append(*discarded)
            writer.close()
            write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept))
        self.rows = RowWriter(path)
        if reader.left_out:
            self.warn(
                f"{reader.left_out} line{'s' * (reader.left_out != 1)} of metrics.jsonl cannot be "
                "read and are left out; what was trained is not touched by it."
            )

    def close(self) -> None:
        """Write what waits."""
        self.rows.close()
        self.place.close()
