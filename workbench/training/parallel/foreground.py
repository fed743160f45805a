"""A run of several processes that one process waits for as if it made it itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ...run_folder.files import metric_rows
from ...worker.launching import launch_worker


def in_worker(run: Any, show: Callable[[dict], object]) -> Any:
    """Let a worker make a run, and show its rows until it has ended.

    The first interrupt stops the run at the end of its step; a second one leaves it to itself.

    Parameters
    ----------
    run : Run
        One that begins, or that was left.
    show : callable taking dict
        Given each row of ``metrics.jsonl``.

    Raises
    ------
    RunError
        If the run failed or one of its processes died.
    """
    if run.state == "queued":
        launch_worker(run.path)
    else:
        run.resume()
    reader = metric_rows(run.path)
    stopping = False
    while True:
        try:
            ended = run.state not in ("queued", "running")
            for row in reader.read():
                show(row)
            if ended:
                return run.wait()
            time.sleep(0.1)
        except KeyboardInterrupt:
            if stopping:
                raise
            stopping = True
            run.stop()
