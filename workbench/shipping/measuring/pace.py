"""How long answers take, and how much memory: what is measured while a candidate works."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import math
import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

EVERY = 0.002  # seconds between two looks at the memory


def milliseconds(
    candidates: Sequence[Any], frame: pd.DataFrame, batch: int, rounds: int, seconds: float
) -> list[float]:
    """Median milliseconds an example, of several candidates that take turns.

    Each batch is answered by all candidates before the next one, so that what else the machine
    does meanwhile falls on all of them. What counts is the whole way from texts to predictions.

    Parameters
    ----------
    candidates : sequence of Candidate
    frame : pandas.DataFrame
        Whose rows are taken from the first on, ``batch`` at a time.
    batch : int
        Rows asked for at once; all rows where there are fewer.
    rounds : int
        How often each batch is asked for.
    seconds : float
        After which no further batch is begun, when each candidate has answered three.

    Returns
    -------
    list of float, one a candidate
    """
    size = min(batch, len(frame))
    parts = [frame.iloc[start : start + size] for start in range(0, len(frame) - size + 1, size)]
    taken: list[list[float]] = [[] for _ in candidates]
    for one in candidates:
        one.predict(parts[0])  # what is set up at a first pass is no part of the speed
    began = time.perf_counter()
    for number, part in enumerate(parts * rounds):
        if number >= 3 and time.perf_counter() - began > seconds:
            break
        for times, one in zip(taken, candidates, strict=True):
            started = time.perf_counter()
            one.predict(part)
            times.append(time.perf_counter() - started)
    return [1000 * statistics.median(times) / size for times in taken]


def peak_megabytes(candidate: Any, work: Callable[[], Any]) -> tuple[Any, float]:
    """What ``work`` gives, and how much memory loading and answering took at most.

    Parameters
    ----------
    candidate : Candidate
        It is released before: what it had loaded must not count as there already.
    work : callable

    Returns
    -------
    result : object
    megabytes : float
        Of the GPU what torch allocated; else by how much the resident memory of this process
        rose, as far as a look every two milliseconds saw it. NaN for a candidate without
        ``release()``.
    """
    release = getattr(candidate, "release", None)
    if release is None:
        return work(), math.nan
    release()
    _give_back()
    if "torch" in sys.modules and (cuda := sys.modules["torch"].cuda).is_available():
        before = cuda.memory_allocated()
        cuda.reset_peak_memory_stats()
        found = work()
        return found, (cuda.max_memory_allocated() - before) / 1e6
    with _Watch() as watch:
        found = work()
    return found, watch.rise / 1e6


class _Watch:
    """Looks at the resident memory of this process in a thread of its own."""

    def __enter__(self) -> _Watch:
        import psutil

        self._process = psutil.Process()
        self._before = self._most = self._process.memory_info().rss
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._over.set()
        self._thread.join()

    @property
    def rise(self) -> int:
        """Bytes above what there was at first."""
        return self._most - self._before

    def _look(self) -> None:
        while not self._over.wait(EVERY):
            self._most = max(self._most, self._process.memory_info().rss)


def _give_back() -> None:
    """Give freed memory back to the system, where that can be asked for: else it counts as ours."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # musl and macOS have no such function
        ctypes.CDLL(None).malloc_trim(0)
