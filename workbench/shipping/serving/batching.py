"""Requests that came at about the same time, asked of a model together.

A thread works on one batch at a time. The oldest job is always in the next one, with others that
may be asked together with it and are about as long: padding costs as much as text. It waits a few
milliseconds for others where the last batch had several, so that a client that is alone never does.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

log = logging.getLogger("workbench")

ALIKE = 2  # times as long as another one that it is asked together with, at most
SHORT = 160  # characters: what is shorter is alike


@dataclass
class Job:
    """Something that a model is asked.

    Parameters
    ----------
    key : hashable
        Jobs of one key may be asked together.
    size : int
        Characters of its longest text.
    rows : int
    asked : object
        What the batcher's ``work`` reads.
    deadline : float
        By ``time.monotonic``: after it nobody waits for the answer.
    on_end : callable
        ``on_end(answer, error)``, in the thread that works.
    """

    key: Hashable
    size: int
    rows: int
    asked: Any
    deadline: float
    on_end: Callable[[Any, Exception | None], object]
    left: bool = False  # whoever asked has gone

    @property
    def over(self) -> bool:
        """Whether nobody waits for it any more."""
        return self.left or time.monotonic() >= self.deadline


class Batcher:
    """A queue of jobs, and the thread that works on them.

    Parameters
    ----------
    work : callable
        ``work(jobs)`` gives an answer a job, in their order. Where it raises for several jobs, each
        is asked alone: what is wrong with one of them is not the others'.
    rows : int
        Of a batch at most; a job of more is a batch by itself.
    wait : float
        Seconds.
    on_batch : callable
        ``on_batch(rows, seconds)`` after each batch, before its answers go out: who has an answer
        finds it counted.
    """

    def __init__(
        self, work: Callable[[Sequence[Job]], Sequence[Any]], *, rows: int, wait: float,
        on_batch: Callable[[int, float], object] = lambda rows, seconds: None, name: str = "model",
    ):  # fmt: skip
        self._work, self._most, self._wait, self._on_batch = work, rows, wait, on_batch
        self._jobs: deque[Job] = deque()
        self._changed = threading.Condition()
        self._closed, self._together = False, 1  # jobs of the last batch
        self._thread = threading.Thread(target=self._run, name=f"serve-{name}", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether what is put in will be answered."""
        return self._thread.is_alive() and not self._closed

    def put(self, job: Job) -> None:
        """Have a job done; its ``on_end`` is called once, unless it is over before its turn."""
        with self._changed:
            self._jobs.append(job)
            self._changed.notify()

    def close(self) -> None:
        """Do what was put in, and end the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while jobs := self._next():
            self._answer(jobs)

    def _next(self) -> list[Job]:
        """The jobs of the next batch; none once it is closed and all are done."""
        with self._changed:
            while True:
                while not self._jobs:
                    if self._closed:
                        return []
                    self._changed.wait()
                self._wait_for_others()
                if found := self._taken():
                    self._together = len(found)
                    return found

    def _wait_for_others(self) -> None:
        end = time.monotonic() + self._wait
        while not self._closed and len(self._jobs) < self._together:
            left = end - time.monotonic()
            if left <= 0 or sum(job.rows for job in self._jobs) >= self._most:
                return
            self._changed.wait(left)

    def _taken(self) -> list[Job]:
        """The oldest job and those that go with it, out of the queue; what is over is dropped."""
        found: list[Job] = []
        kept: deque[Job] = deque()
        rows, low, high = 0, 0, 0
        for job in self._jobs:
            if job.over:
                continue
            size = max(job.size, SHORT)
            fits = not found or (
                job.key == found[0].key
                and rows + job.rows <= self._most
                and max(high, size) <= ALIKE * min(low, size)
            )
            if not fits:
                kept.append(job)
                continue
            low, high = (min(low, size), max(high, size)) if found else (size, size)
            found.append(job)
            rows += job.rows
        self._jobs = kept
        return found

    def _answer(self, jobs: Sequence[Job]) -> None:
        started = time.monotonic()
        try:
            answers = self._work(jobs)
        except Exception as error:
            if len(jobs) == 1:
                self._counted(jobs, started)
                self._end(jobs[0], None, error)
                return
            log.debug("%d jobs are asked one by one: %s", len(jobs), error)
            for job in jobs:
                if not job.over:
                    self._answer([job])
            return
        self._counted(jobs, started)
        for job, answer in zip(jobs, answers, strict=True):
            self._end(job, answer, None)

    def _counted(self, jobs: Sequence[Job], started: float) -> None:
        self._on_batch(sum(job.rows for job in jobs), time.monotonic() - started)

    def _end(self, job: Job, answer: Any, error: Exception | None) -> None:
        try:
            job.on_end(answer, error)
        except Exception:  # whoever asked is gone, with its event loop
            log.debug("an answer found nobody", exc_info=True)
