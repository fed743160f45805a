"""Something done a little later in a thread of its own, whose failure ends nothing else."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

log = logging.getLogger("workbench")


def later(
    seconds: float, work: Callable[..., Any], *values: Any,
    failed: Callable[[Exception], None] | None = None,
) -> threading.Timer:
    """Call ``work(*values)`` in some seconds; ``cancel()`` of what is returned prevents it.

    What it raises goes to ``failed``, which says it where a person looks; without one it is logged:
    what was to be renewed stays as it was.
    """

    def guarded() -> None:
        try:
            work(*values)
        except Exception as error:
            log.error("A panel could not be brought up to date", exc_info=error)
            if failed is not None:
                failed(error)

    timer = threading.Timer(seconds, guarded)
    timer.name, timer.daemon = "workbench-later", True
    timer.start()
    return timer
