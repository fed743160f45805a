"""How tests wait and measure so that no busy machine is too slow for them."""

import time
from collections.abc import Callable
from typing import Any

#: Seconds that something may take beside ten other processes; what hangs is found all the same.
PATIENCE = 300


def until(condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """The first true value of a condition; an assertion fails after ``seconds``."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"not within {seconds:g} s"
        time.sleep(0.01)
    return value


def best(measure: Callable[[], Any], enough: Any, tries: int = 5) -> Any:
    """The smallest of several measurements, or the first that is small enough.

    What else the machine does can only lengthen one: that a few are long is luck, that all are is
    the fault of what is measured.
    """
    found = []
    while len(found) < tries and not (found and found[-1] <= enough):
        found.append(measure())
    return min(found)


def runs(pid: int) -> bool:
    """Whether a process computes: it exists and is no zombie that waits for its parent."""
    import psutil

    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
