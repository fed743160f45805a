"""The models of a server: each loaded once, with a queue of what it is asked."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import math
import threading
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from ... import task_registry
from ...errors import DataError, WorkbenchError
from ...i18n import t
from ...memory import is_out_of_memory
from ...task_words import called
from .answers import answers_of
from .asking import NobodyWaits, ask, waited_for
from .batching import Batcher, Job
from .limits import Limits
from .measuring import Measured
from .refusals import Refused, refusal
from .writer import Writer

if TYPE_CHECKING:
    import pandas as pd

    from ...training.run import Run

log = logging.getLogger("workbench")

READ = ("text", "tokens", "messages")  # kinds of columns that a model reads


class Served:
    """A run's model, and what it is asked.

    Parameters
    ----------
    name : str
        By which requests ask for it.
    run : Run
    limits : Limits
    measured : Measured
    precision : str
        See :meth:`workbench.training.run.Run.predict`.

    Raises
    ------
    RunError
        If the run is not finished, or its files are not those that were written.
    """

    def __init__(
        self, name: str, run: Run, limits: Limits, measured: Measured, precision: str = "fp32"
    ):
        self.name, self.run, self.limits, self.precision = name, run, limits, precision
        self.predictor: Any = run.predictor()
        self.recipe = run.recipe
        self.spec = task_registry.spec(self.recipe.task)
        self.since = int(time.time())
        self._rows = run.reader()
        writes = self.spec.output == "text" and hasattr(self.predictor, "generation")
        #: None where its answers are no texts that it writes.
        self.writer = (
            Writer(self.predictor, self.recipe, self.spec, limits, precision) if writes else None
        )
        self._accepted, self._lock = 0, threading.Lock()
        self._pace = 0.0  # seconds a row, as of late
        self._measured = measured
        self._readers = ThreadPoolExecutor(2, f"read-{name}")
        self.batcher = Batcher(
            self._work, rows=limits.batch, wait=limits.wait, on_batch=self._on_batch, name=name
        )
        measured.watch(name, lambda: self.waiting)

    def about(self) -> dict[str, Any]:
        """What people and pages have to know of it."""
        given = self.recipe.columns
        columns = [given.get(role.name, role.name) for role in self.spec.roles
                   if role.kind in READ and (role.required or role.name in given)]  # fmt: skip
        return {
            "name": self.name, "task": self.recipe.task, "title": called(self.spec),
            "columns": columns, "writes": self.writer is not None,
            "talks": self.writer is not None and self.writer.talks,
            "classes": list(getattr(self.predictor, "label_names", [])),
            "max_length": self.recipe.max_length,
        }  # fmt: skip

    def needs_writer(self) -> Writer:
        """Its writer (Refused with 422 where it writes nothing)."""
        if self.writer is None:
            raise refusal(422, "silent", name=repr(self.name))
        return self.writer

    def accept(self, rows: int) -> Accepted:
        """Room in the queue for so many rows, until it is left.

        Raises
        ------
        Refused
            429 where the queue is full, 503 where the model does not answer any more.
        """
        if not self.batcher.alive:
            raise refusal(503, "dead", name=self.name, headers={"Retry-After": "60"})
        with self._lock:
            waiting = self.waiting
            if waiting + rows > self.limits.waiting and waiting:
                seconds = str(min(60, max(1, math.ceil(waiting * self._pace))))
                raise refusal(
                    429, "full", n=waiting, most=self.limits.waiting, seconds=seconds,
                    headers={"Retry-After": seconds},
                )  # fmt: skip
            self._accepted += rows
        return Accepted(self, rows)

    @property
    def waiting(self) -> int:
        """Rows that are accepted and not yet answered."""
        return self._accepted

    def leave(self, rows: int) -> None:
        """Give room in the queue back."""
        with self._lock:
            self._accepted -= rows

    def warm(self) -> None:
        """Ask for something once: what the libraries make late is made before others ask."""

        def once() -> None:
            raise NobodyWaits

        columns = self.about()["columns"]
        with contextlib.suppress(NobodyWaits, WorkbenchError):  # asked by nobody
            asked = "a" if len(columns) < 2 else dict.fromkeys(columns, "a")
            self.predictor.predict(self.read([asked]), precision=self.precision, tick=once)

    async def aside(self, work: Callable, *about: Any) -> Any:
        """What ``work`` gives, in a thread of its own: other requests go on meanwhile."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, work, *about)

    def close(self) -> None:
        """Answer what was accepted, and end the threads."""
        self.batcher.close()
        self._readers.shutdown()

    def read(self, inputs: Sequence[Any]) -> pd.DataFrame:
        """Rows of what is asked: texts, or mappings from columns to values; never a file's.

        Raises
        ------
        Refused
            422 where the task cannot read it.
        """
        for one in inputs:
            self.check(one)
        if len({isinstance(one, str) for one in inputs}) > 1:
            raise refusal(422, "mixed")
        try:
            frame = self._rows(list(inputs))
        except WorkbenchError as error:
            raise Refused(422, error.message, error.remedy) from error
        except Exception as error:  # values of kinds that no table holds
            first = (str(error).splitlines() or [""])[0][:200]
            raise refusal(422, "unreadable", why=f"{type(error).__name__}: {first}") from error
        if len(frame) != len(inputs):
            raise refusal(422, "unreadable", why=f"{len(inputs)} / {len(frame)}")
        return frame.reset_index(drop=True)

    def check(self, value: Any, depth: int = 0) -> None:
        """Refuse texts that are too long or hold half characters, and what is nested too deeply."""
        if isinstance(value, str):
            if len(value) > self.limits.characters:
                raise refusal(422, "long", n=len(value), most=self.limits.characters)
            try:
                value.encode("utf-8")
            except UnicodeEncodeError as error:
                raise refusal(422, "half", place=error.start) from error
        elif isinstance(value, Mapping | list):
            if depth > 8:
                raise refusal(422, "deep")
            parts = [*value, *value.values()] if isinstance(value, Mapping) else value
            for part in parts:
                self.check(part, depth + 1)

    async def predict(
        self, frame: pd.DataFrame, *, seconds: float, gone: asyncio.Event,
        on_text: Callable[[str], object] | None = None,
    ) -> tuple[list[dict[str, Any]], list[str]]:  # fmt: skip
        """Answers and notes for rows, a batch after the other; see :func:`.asking.ask`.

        ``on_text`` is told what is written of a single row so far, in another thread.
        """
        end, answers, notes = time.monotonic() + seconds, [], []
        for start in range(0, len(frame), self.limits.batch):
            part = frame.iloc[start : start + self.limits.batch].reset_index(drop=True)
            key = ("predict", tuple(part.columns))
            job = (key, _length(part), len(part), (part, on_text))
            found, said = await ask(self.batcher, *job, end=end, gone=gone)
            answers += found
            notes += said
        return answers, list(dict.fromkeys(notes))

    async def work(
        self, way: Callable[[Sequence[Job]], Sequence[Any]], alike: Hashable, text: str,
        asked: Any, *, seconds: float, gone: asyncio.Event,
    ) -> Any:  # fmt: skip
        """What ``way(jobs)`` makes of something that is asked in another way, in the queue of all;
        jobs of one way that are ``alike`` may be asked together. ``text`` says how long it is."""
        end = time.monotonic() + seconds
        return await ask(self.batcher, (way, alike), len(text), 1, asked, end=end, gone=gone)

    def _work(self, jobs: Sequence[Job]) -> Sequence[Any]:
        """Answers of jobs of one key, in the thread of the batcher."""
        way = jobs[0].key[0]
        return (self._predictions if way == "predict" else way)(jobs)

    def _predictions(self, jobs: Sequence[Job]) -> Sequence[Any]:
        import pandas as pd

        frames = [job.asked[0] for job in jobs]
        frame = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
        about: dict[str, Any] = {}
        if any(job.asked[1] for job in jobs):
            rows = [job for job in jobs for _ in range(job.rows)]
            about["on_text"] = lambda row, text: rows[row].asked[1] and rows[row].asked[1](text)
        table = self._predicted(frame, tick=waited_for(jobs), **about)
        if len(table) != len(frame):
            raise DataError(f"{len(frame)} rows have {len(table)} answers.")
        answers, start, found = answers_of(table, frame), 0, []
        notes = table.attrs.get("notes", [])
        for job, own in zip(jobs, frames, strict=True):
            said = self._notes_of(own) if notes and len(jobs) > 1 else notes
            found.append((answers[start : start + job.rows], said))
            start += job.rows
        return found

    def _predicted(self, frame: pd.DataFrame, **about: Any) -> pd.DataFrame:
        """The table for rows, in forward passes of half as many where memory runs out."""
        size = min(self.limits.batch, len(frame))
        while True:
            try:
                return self.predictor.predict(
                    frame, batch_size=size, precision=self.precision, **about
                )
            except Exception as error:
                if size == 1 or not is_out_of_memory(error):
                    raise
            size //= 2  # outside the handler, so that what the batch held can be freed
            log.warning("%s", t("serving.smaller", name=self.name, rows=size))
            gc.collect()

    def _notes_of(self, frame: pd.DataFrame) -> list[str]:
        """What is to be said of some rows of a batch alone."""
        one = self.predictor.members[0] if hasattr(self.predictor, "members") else self.predictor
        return list(one.task.encode(one.tokenizer, frame, one.max_length).notes)

    def _on_batch(self, rows: int, seconds: float) -> None:
        pace = seconds / max(1, rows)
        self._pace = pace if not self._pace else 0.8 * self._pace + 0.2 * pace
        self._measured.batch(self.name, rows)


class Accepted:
    """Room in a model's queue: a context manager, so that it is given back however it ends."""

    def __init__(self, served: Served, rows: int):
        self._served, self._rows = served, rows

    def __enter__(self) -> None:
        """Nothing to do: the room is there."""

    def __exit__(self, *_: object) -> None:
        self._served.leave(self._rows)


def _length(frame: pd.DataFrame) -> int:
    """Characters of the longest row, of what is text in it."""
    total = sum(
        frame[name].map(lambda one: len(one) if isinstance(one, str | list) else 0)
        for name in frame.columns
    )
    return int(max(total, default=0)) if len(frame) else 0
