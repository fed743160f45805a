"""What an engine is: three functions, and what it says of a job.

An engine is a module of this folder, or whatever another package names in the entry point group
``workbench.engines`` (a module or an object), with

``submit(folder, settings) -> str``
    Have the run in ``folder`` worked on, by ``python -m workbench.worker FOLDER`` wherever that
    will be; returns the job's name. ``settings`` is a mapping that the engine checks itself.
``status(job=None, folder=None) -> Word``
    What is known of a job; of the engine itself where ``job`` is None.
``cancel(job) -> None``
    End a job, and see that none of its processes is left.

All three raise :class:`~workbench.errors.EngineError` in two sentences. An engine whose job runs on
another machine sets ``WORKBENCH_ENGINE_TICKET`` in the worker's environment to the ``ticket`` of
the run's ``engine.json``, see :mod:`workbench.run_folder.engine_files`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

JOB_STATES = ("waiting", "running", "over", "unknown")


@dataclasses.dataclass(frozen=True)
class Word:
    """What an engine says of a job at a moment.

    Parameters
    ----------
    state : {'waiting', 'running', 'over', 'unknown'}
    why : str
        The engine's own reason for it, such as ``Priority`` or ``NODE_FAIL``; of the engine itself,
        what it is.
    position : int, optional
        Jobs before it in the queue.
    node : str
        Where it runs, or ran last.
    since, ends_at : float, optional
        When it began and when its time is up, unix seconds.
    restarts : int
        How often the engine began it anew.
    failed : bool
        Whether a job that is over ended otherwise than by itself and well.
    exit : int, optional
        Exit status of a job that is over.
    last_line : str
        The last that a failed job printed as an error.
    said : str
        A sentence about it that a person should read.
    """

    state: str
    why: str = ""
    position: int | None = None
    node: str = ""
    since: float | None = None
    ends_at: float | None = None
    restarts: int = 0
    failed: bool = False
    exit: int | None = None
    last_line: str = ""
    said: str = ""

    def as_dict(self) -> dict:
        """Its fields."""
        return dataclasses.asdict(self)


class Engine(Protocol):
    """The three functions."""

    def submit(self, folder: Path, settings: Mapping) -> str:
        """Have a run worked on; the job's name."""
        ...

    def status(self, job: str | None = None, folder: Path | None = None) -> Word:
        """What is known of a job, or of the engine itself."""
        ...

    def cancel(self, job: str) -> None:
        """End a job."""
        ...
