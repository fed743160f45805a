"""Bringing the runs of a search, or of several seeds, to their end: here, or in workers."""

from __future__ import annotations

import contextlib
import datetime
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ...errors import RunError, WorkbenchError
from ...i18n import t
from ...paths import runs_dir
from ...recipe import Recipe
from ...reference import short_name
from ...run_folder.folders import create_run_folder
from ...run_folder.state import StateFile
from ...worker import control
from ...worker.launching import launch_worker
from ...worker.processes import is_locked
from ..api import fine_tune
from ..run import Run, open_run

LOOK_EVERY = 0.1  # seconds between two looks at a run
SETTLING = 10.0  # seconds that a worker takes to leave once it has said its last word
LIVES = 3  # of a worker that dies without a word
ENDED = ("done", "stopped", "failed")
BEGUN = {"control", "recipe.yaml", "state.json"}  # what is there before a run is one


def unused_path(recipe: Recipe, *words: str) -> Path:
    """A path in ``runs_dir()`` for what belongs together: today's, with the name of the data."""
    day = datetime.date.today().isoformat()
    parts = [day, *words, short_name(recipe.dataset), secrets.token_hex(2)]
    return runs_dir() / "-".join(filter(None, parts))


def made(recipe: Recipe, folder: Path, part_of: str) -> Run:
    """The run of a recipe in a folder: the one that is there, or a new one.

    Raises
    ------
    RunError
        If another run, or something else, is there.
    """
    if folder.is_dir() and not (folder / "run.json").exists():
        if {path.name for path in folder.iterdir()} <= BEGUN:
            shutil.rmtree(folder)  # its making was broken off
    if not folder.is_dir():
        return Run(create_run_folder(recipe, folder, part_of=part_of))
    run = open_run(folder)
    if run.recipe != recipe:
        raise RunError(t("search.other_run", folder=folder), t("search.other_folder"))
    return run


def train(run: Run, *, here: bool, stops: Callable[[Run], bool]) -> str:
    """Bring a run to its end and give back its state: ``done``, ``stopped`` or ``failed``.

    Parameters
    ----------
    run : Run
        A new one, or one that was left, or one that a worker is at work on: it is waited for.
    here : bool
        Train in this process; else in a worker of its own.
    stops : callable taking the run, returning bool
        Asked again and again, from a thread where the training is here: whether to stop the run.
    """
    for _ in range(LIVES):
        if (state := run.state) == "done":
            return state
        if is_locked(run.path / "lock"):
            _wait(run, stops)
        elif here:
            _forget_commands(run)
            with _watched(run, stops), contextlib.suppress(WorkbenchError):  # its state says it
                fine_tune(run.recipe, run.path, progress=False)
        elif state == "queued":  # whoever made it did not come to start its worker
            launch_worker(run.path)
            _wait(run, stops)
        else:
            run.resume()
            _wait(run, stops)
        if (state := run.state) in ENDED:
            return state
    return "failed"


def _forget_commands(run: Run) -> None:
    """Commands of an earlier life, which nobody obeyed, are not of this one."""
    StateFile(run.path).update(acknowledged=control.last_number(run.path))
    control.clear(run.path)


def _wait(run: Run, stops: Callable[[Run], bool]) -> None:
    asked = False
    pause = threading.Event()
    while run.state in ("queued", "running", "paused"):
        if not asked and stops(run):
            asked = True
            with contextlib.suppress(RunError):  # it has ended meanwhile
                run.stop()
        pause.wait(LOOK_EVERY)
    end = time.monotonic() + SETTLING
    while is_locked(run.path / "lock") and time.monotonic() < end:
        pause.wait(0.02)


@contextlib.contextmanager
def _watched(run: Run, stops: Callable[[Run], bool]) -> Iterator[None]:
    """Context in which a thread looks at a run that this process trains."""
    over = threading.Event()
    broken: list[BaseException] = []

    def look() -> None:
        while not over.wait(LOOK_EVERY):
            try:
                if stops(run):
                    control.send(run.path, "stop")
                    return
            except Exception as error:  # raised where somebody sees it
                broken.append(error)
                control.send(run.path, "stop")
                return

    thread = threading.Thread(target=look, name="workbench-search", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if broken:
        raise broken[0]
