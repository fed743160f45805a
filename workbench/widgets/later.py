"""Something done a little later in a thread of its own, whose failure ends nothing else."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

log = logging.getLogger("workbench")


def later(seconds: float, work: Callable[..., Any], *values: Any) -> threading.Timer:
    """Call ``work(*values)`` in some seconds; ``cancel()`` of what is returned prevents it.

    A failure is logged: by then the run's folder may be gone, or the widget closed.
    """

    def guarded() -> None:
        try:
            work(*values)
        except Exception:
            log.exception("A panel could not be brought up to date")

    timer = threading.Timer(seconds, guarded)
    timer.name, timer.daemon = "workbench-later", True
    timer.start()
    return timer
