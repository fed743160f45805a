"""Fine-tune a recipe: here and now, or in a worker process."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import threading
from collections.abc import Mapping
from pathlib import Path

from .. import task_registry, tasks
from ..data.settings import check_new
from ..device import device_name
from ..errors import EngineError, RunError, TrainingError, UnknownName, explain
from ..execution import sending
from ..execution.registry import HOME
from ..hardware import processes
from ..memory import NO_SMALLER, SHRINKABLE, is_out_of_memory, smaller_batch, smaller_sentence
from ..recipe import Recipe
from ..run_folder.files import check_places
from ..run_folder.folder import RunFolder
from ..run_folder.folders import check_run_folder, create_run_folder
from ..run_folder.place import RunPlace
from ..run_folder.state import StateFile, claim, heartbeat
from ..worker.device_queue import Ticket, wait_for_turn
from ..worker.processes import Lock
from . import settling
from .parallel.foreground import in_worker
from .preparing import check_recipe
from .run import Run


def start(
    recipe: Recipe,
    out: str | os.PathLike | None = None,
    *,
    on: str = HOME,
    settings: Mapping | str | os.PathLike | None = None,
) -> Run:
    """Fine-tune in a worker process; returns at once.

    Parameters
    ----------
    recipe : Recipe
    out : path, optional
        Folder of the run; a new one in ``runs_dir()`` when not given.
    on : str
        Where: an engine of :func:`workbench.execution.registry.engines`, this machine by default.
    settings : mapping or path of a YAML file, optional
        Of the engine, such as ``{"partition": "gpu", "gpus": 1}``; those of ``ENGINE.yaml`` in the
        working folder when not given.

    Returns
    -------
    Run
        Queued or running.

    Raises
    ------
    WorkbenchError
        What the recipe alone shows to be wrong, and a task that was registered in this process
        alone; what only the data shows fails the run. Of an engine what it does not take.
    """
    task_registry.check_installed(recipe.task)
    check_recipe(recipe)
    if on == HOME:  # another machine has other devices
        processes(recipe)
    check_new(recipe)
    run = Run(create_run_folder(recipe, out))
    try:
        sending.give(run.path, on, settings)
    except (EngineError, UnknownName):
        shutil.rmtree(run.path, ignore_errors=True)  # nothing was begun
        raise
    return run


def fine_tune(
    recipe: Recipe, out: str | os.PathLike | None = None, *, progress: bool = True
) -> Run:
    """Fine-tune in this process, with a progress bar; returns when the run has ended.

    The first interrupt (Ctrl-C, the kernel's stop button) ends it like :meth:`Run.stop`: the step
    is finished, a checkpoint written, and :meth:`Run.resume` goes on. A second one breaks off. A
    run of several devices is made by a worker, which this process follows.

    Parameters
    ----------
    recipe : Recipe
    out : path, optional
        Folder of the run. When it holds an unfinished run of the same recipe, that run goes on.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Run

    Raises
    ------
    WorkbenchError
        One sentence of what went wrong; the folder stays and says the same.
    """
    check_recipe(recipe)
    count = processes(recipe)
    run = Run(_folder_for(recipe, out))
    check_places(run.path)
    sending.take_home(run.path)
    if count > 1:
        with _progress_bar(run, progress) as show:
            return in_worker(run, show)
    lock = Lock(run.path / "lock")
    if not lock.acquire(patience=1.0):
        raise RunError(f"Another worker has the run {run.name}.", "Wait for it, or stop it first.")
    place, state, ticket = RunPlace(run.path), StateFile(run.path), None
    claim(state, state="queued", phase="waiting", outcome=None, warning=None)
    try:
        ticket = Ticket(device_name())
        with heartbeat(state), _progress_bar(run, progress) as show:
            outcome = wait_for_turn(run.path, state, ticket, tell=show.waiting)
            if outcome == "go":
                outcome = _run_here(run.path, state, show)
        state.update(state=outcome, phase=outcome, pid=None, queue_position=None)
    except BaseException as error:
        import traceback

        message, remedy = explain(error)
        if isinstance(error, KeyboardInterrupt):
            message, remedy = (
                "Training was broken off.",
                "resume() goes on from the last checkpoint.",
            )
        state.update(
            state="failed", phase="failed", pid=None, error=message, remedy=remedy,
            details=traceback.format_exc()[-20_000:],
        )  # fmt: skip
        raise
    finally:
        place.leave_word(state.values)
        if ticket is not None:
            ticket.release()
        lock.release()
    return run


def _folder_for(recipe: Recipe, out) -> Path:
    if out is not None and os.path.isfile(Path(out) / "run.json"):
        folder = check_run_folder(out)
        run = Run(folder)
        if run.recipe not in (recipe, settling.as_begun(recipe, folder)):
            raise RunError(
                f"The folder {folder} holds a run of another recipe.", "Give another folder."
            )
        if run.state == "done" and not run.lost_result():
            raise RunError(f"The run {run.name} is done.", "Give another folder for a new run.")
        return folder
    check_new(recipe)
    return create_run_folder(recipe, out)


def _run_here(folder: Path, state: StateFile, show) -> str:
    from .reporter import Reporter
    from .session import run_session

    smaller = state.values.get("micro_batch")
    while True:
        reporter = Reporter(folder, state.update, int(state.values.get("acknowledged") or 0))
        reporter.on_row = show
        try:
            with _interrupt_stops(reporter):
                return run_session(folder, reporter, micro_batch=smaller)
        except BaseException as error:
            if not is_out_of_memory(error):
                raise
            if state.values.get("phase") not in SHRINKABLE:
                raise TrainingError(*explain(MemoryError())) from error
            smaller = smaller_batch(RunFolder(folder).recipe.batch_size, smaller)
            if smaller is None:
                raise TrainingError(NO_SMALLER["error"], NO_SMALLER["remedy"]) from error
        finally:
            reporter.close()
        # outside the handler, so that what the failed part held can be freed
        _free_memory()
        state.update(micro_batch=smaller, warning=smaller_sentence(smaller))


def _free_memory() -> None:
    import gc

    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


@contextlib.contextmanager
def _interrupt_stops(reporter):
    """The first interrupt asks for a stop at the end of the step; the second one interrupts."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def ask(number, frame):
        reporter.wanted = "stop"
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _progress_bar(run: Run, wanted: bool):
    """A :class:`_Shown` that shows the run on a progress bar."""
    if not wanted:
        yield _Shown(None, run)
        return
    from tqdm.auto import tqdm

    with tqdm(desc="preparing", unit="step") as bar:
        yield _Shown(bar, run)


class _Shown:
    """Shows on a bar (or nowhere) what a run says of itself."""

    def __init__(self, bar, run: Run):
        self.bar, self.run = bar, run
        self.metric = tasks.best_metric(run.recipe)

    def waiting(self, before: int) -> None:
        """So many runs are before this one; none: it is its turn."""
        if self.bar is not None:
            waits = f"waiting for the device, {before} before it"
            self.bar.set_description(waits if before else "preparing")

    def __call__(self, row: dict) -> None:
        bar, name = self.bar, self.metric
        if bar is None:
            return
        if row["kind"] == "step":
            bar.total = bar.total or self.run.status().get("total_steps")
            bar.set_description("training")
            bar.n = row["step"]
            bar.set_postfix(loss=f"{row['loss']:.3f}", refresh=False)
            bar.update(0)
        elif row["kind"] == "eval":
            bar.set_postfix({"validation_loss": f"{row['loss']:.3f}", name: f"{row[name]:.3f}"})
