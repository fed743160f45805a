"""The trainer process of a worker: ``python -m workbench.training.job RUN``.

Its supervisor (:mod:`workbench.worker.supervisor`) holds the run's lock and writes ``state.json``;
this process tells it what changes, a JSON line each, and ends when the supervisor is gone.
``--wait`` in place of RUN it imports what training needs and then waits to be told the run.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
from pathlib import Path

from .. import task_registry
from ..errors import explain
from ..memory import SHRINKABLE, is_out_of_memory
from ..run_folder.files import read_fields
from .speed.thread_waits import settle

STATE_HANDLE = "WORKBENCH_STATE_HANDLE"
TICKET = "WORKBENCH_TICKET"
OUT_OF_MEMORY = 86  # exit status: the supervisor starts again with smaller forward passes
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
    pipe = open(int(os.environ[STATE_HANDLE]), "w", encoding="utf-8", buffering=1)
    writing = threading.Lock()
    said: dict = {}

    def set_state(**changes) -> None:
        with writing:
            said.update(changes)
            pipe.write(json.dumps(changes) + "\n")

    from .reporter import Reporter
    from .session import run_session

    state, _ = read_fields(folder, "state.json")
    reporter = None
    try:
        reporter = Reporter(folder, set_state, state.get("acknowledged") or 0)
        outcome = run_session(
            folder, reporter, may_leave=_may_leave, micro_batch=state.get("micro_batch")
        )
    except BaseException as error:
        import traceback

        if is_out_of_memory(error) and said.get("phase") in SHRINKABLE:
            return OUT_OF_MEMORY
        details = traceback.format_exc()
        sys.stderr.write(details)
        message, remedy = explain(error)
        set_state(outcome="failed", error=message, remedy=remedy, details=details[-20_000:])
        return 1
    finally:
        if reporter is not None:
            reporter.close()
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
