"""How tests wait: for a state, so long that no busy machine is too slow for it."""

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
