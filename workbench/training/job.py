"""The trainer process of a worker: ``python -m workbench.training.job RUN``.

Its supervisor (:mod:`workbench.worker.supervisor`) holds the run's lock and writes ``state.json``;
this process tells it what changes, a JSON line each, and ends when the supervisor is gone.
``--wait`` in place of RUN it imports what training needs and then waits to be told the run. Where
several processes train together (:mod:`workbench.training.parallel`) each of them is this one.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from .. import task_registry
from ..errors import explain
from ..memory import SHRINKABLE, is_out_of_memory
from ..run_folder.files import read_fields
from .parallel import Alone, beside
from .parallel.joining import join
from .speed.thread_waits import settle

STATE_HANDLE = "WORKBENCH_STATE_HANDLE"
TICKET = "WORKBENCH_TICKET"
OUT_OF_MEMORY = 86  # exit status: the supervisor starts again with smaller forward passes
NO_MEMORY = "out of memory"  # the same as an outcome, of processes whose exit status nobody sees
_NEEDED = (
    "torch",
    "transformers.trainer",
    "transformers.models.auto.modeling_auto",
    "transformers.models.bert.modeling_bert",
    "accelerate",
    "datasets",
    "pandas",
    "sklearn.metrics",
    task_registry.default().task.partition(":")[0],
    "workbench.training.engine",
    "workbench.training.speed.packed",
    "workbench.training.preparing",
    "workbench.training.session",
    "workbench.training.steering",
)  # what the way to the first step imports
IDLE_LIMIT = 600.0  # seconds a paused run keeps its memory


def main() -> int:
    """Run the session of the folder in ``sys.argv``; the exit status says how it ended."""
    settle()
    folder = _run_to_come() if sys.argv[1] == "--wait" else Path(sys.argv[1])
    if folder is None:
        return 0
    threading.Thread(target=_end_with_supervisor, daemon=True).start()
    handle = int(os.environ[STATE_HANDLE])
    pipe = open(handle, "w", encoding="utf-8", buffering=1, closefd=handle > 2)
    writing = threading.Lock()

    def tell(**changes) -> None:
        with writing:
            pipe.write(json.dumps(changes) + "\n")

    return work(folder, tell, join())


def work(folder: Path, tell: Callable[..., None], ranks: Alone) -> int:
    """Run the session of a folder; the exit status says how it ended.

    Parameters
    ----------
    folder : Path
        Of the run.
    tell : callable taking keyword arguments
        Told what changes in its state: by the first process, and by whoever fails.
    ranks : Alone
        Who trains the run beside this process.
    """
    said: dict = {}

    def set_state(**changes) -> None:
        said.update(changes)
        if ranks.first:
            tell(**changes)

    from .reporter import Reporter
    from .session import run_session

    reporter = None
    try:
        state = ranks.of_first(lambda: read_fields(folder, "state.json")[0])
        mine = beside.enter(folder, ranks)
        pids = ranks.exchange(os.getpid)
        set_state(rank_pids=pids if ranks.size > 1 else None)
        reporter = Reporter(mine, set_state, state.get("acknowledged") or 0, ranks)
        outcome = run_session(
            mine, reporter, may_leave=_may_leave, micro_batch=state.get("micro_batch")
        )
        ranks.end()
    except BaseException as error:
        import traceback

        details = traceback.format_exc()
        if is_out_of_memory(error) and said.get("phase") in SHRINKABLE:
            if ranks.size > 1:
                tell(outcome=NO_MEMORY)
            return OUT_OF_MEMORY
        sys.stderr.write(details)
        if not ranks.is_lost(error):  # who was lost says why, or was killed
            message, remedy = explain(error)
            tell(outcome="failed", error=message, remedy=remedy, details=details[-20_000:])
        return 1
    finally:
        if reporter is not None:
            reporter.close()
    beside.leave(folder, ranks)
    set_state(outcome=outcome)
    return 0


def _run_to_come() -> Path | None:
    from ..worker.waiting import receive_run

    for name in _NEEDED:
        importlib.import_module(name)
    found = receive_run()
    if found is None:
        return None
    folder, os.environ[TICKET] = found
    return folder


def _may_leave(idle: float) -> bool:
    from ..worker.device_queue import others_wait

    ticket = os.environ.get(TICKET)
    return idle > IDLE_LIMIT or bool(ticket and others_wait(Path(ticket)))


def _end_with_supervisor() -> None:
    os.read(0, 1)  # nothing is ever sent: this returns when the supervisor ends
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
