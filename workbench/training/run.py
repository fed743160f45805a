"""A run as the user holds it: read it, steer it, predict with it."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .. import task_registry
from ..errors import EngineError, RunError, UnknownName
from ..execution import sending
from ..run_folder import engine_files
from ..run_folder.files import check_places, read_fields
from ..run_folder.folders import check_run_folder
from ..worker import control
from ..worker.processes import is_locked
from . import checkpoints, methods
from .predicting.predicting_run import PredictingRun

if TYPE_CHECKING:
    import pandas as pd

RESUMABLE = ("paused", "stopped", "failed", "died")


class Run(PredictingRun):
    """A run folder that can be paused, resumed, stopped, waited for and predicted with."""

    # steering ----------------------------------------------------------------------------------
    def pause(self) -> None:
        """Finish the step, checkpoint, and hold the process ready (ten minutes at most)."""
        self._command("pause", allowed=("queued", "running", "paused"))

    def stop(self) -> None:
        """Finish the step, checkpoint, and end the process; :meth:`resume` goes on later."""
        state = self.state
        if state == "queued" and self._waits_elsewhere():
            self.cancel()
            return
        if state == "paused" and not self._has_worker():
            from ..run_folder.state import StateFile

            StateFile(self.path).update(state="stopped", phase="stopped")
            return
        self._command("stop", allowed=("queued", "running", "paused"))

    def cancel(self) -> None:
        """End the work at once, wherever it is done, and take the run back from its engine.

        Here what came since the last checkpoint is lost; a cluster lets the run write one if it
        can. :meth:`resume` goes on later.

        Raises
        ------
        RunError
            If the run is not queued, running or paused.
        EngineError
            If the engine cannot be reached, or does not let go of the run.
        """
        state = self.state
        if state not in ("queued", "running", "paused", "died"):
            raise RunError(f"The run {self.name} is {state}; there is nothing to cancel.")
        from ..run_folder.state import StateFile

        sending.take_back(self.path)
        file = StateFile(self.path)
        if file.values.get("state") in ("queued", "running", "paused"):
            file.update(state="stopped", phase="stopped", pid=None, trainer_pid=None,
                        queue_position=None)  # fmt: skip

    def resume(
        self, *, on: str | None = None, settings: Mapping | str | os.PathLike | None = None
    ) -> Run:
        """Go on from where the run was left: paused, stopped, failed or died.

        Parameters
        ----------
        on : str, optional
            Where, as :func:`start` takes it; where it was last when not given.
        settings : mapping or path of a YAML file, optional
            Of the engine; those that the run had there when not given.

        Raises
        ------
        RunError
            If the run is done, or another worker has it.
        UnknownName
            If its task is not installed, or was registered in this process alone.
        """
        state = self._settled_state()
        if self._has_worker():
            self._command("resume", allowed=("running", "paused"))
            return self
        if state not in RESUMABLE and not (state == "done" and self.lost_result()):
            remedy = "Start a new run from its recipe: start(run.recipe.replace(...))."
            raise RunError(f"The run {self.name} is {state}; there is nothing to resume.", remedy)
        task_registry.check_installed(self.recipe.task)  # refused here, not in the worker
        check_places(self.path)
        checkpoints.latest(self.path)
        self._check_writable()
        from ..run_folder.state import StateFile

        where = on or sending.engine_of(self.path)
        sending.check_free(self.path)
        file = StateFile(self.path)
        before = dict(file.values)
        file.update(
            state="queued", phase="waiting", pid=None, error=None, remedy=None, details=None,
            acknowledged=control.last_number(self.path),
        )
        control.clear(self.path)
        try:
            sending.give(self.path, where, settings)
        except (EngineError, UnknownName):  # it stays what it was
            kept = ("state", "phase", "error", "remedy", "details")
            file.update(**{name: before.get(name) for name in kept})
            raise
        return self

    def lost_result(self) -> bool:
        """Whether a run that is done has lost a part of its result, which resuming brings back."""
        if checkpoints.latest(self.path) is None:
            return False
        try:
            checkpoints.verify(self.path / "model")
            if beside := methods.keeps(self.recipe):
                checkpoints.verify(self.path / beside)
            for split in ("validation", "test"):
                self.predictions(split)
            return not self.results()
        except RunError:
            return True

    def wait(self, timeout: float | None = None) -> Run:
        """Return when the run is done, stopped, paused, failed or died.

        A command that the worker has still to obey is waited for: after ``resume()`` of a paused
        run, or ``stop()``, it is not the pause that ends the waiting.

        Parameters
        ----------
        timeout : float, optional
            Seconds after which to give up.

        Raises
        ------
        RunError
            When the run failed or died (with its sentence), or after ``timeout``.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while (status := self.status())["state"] in ("queued", "running") or self._obeys(status):
            if end is not None and time.monotonic() > end:
                raise RunError(
                    f"The run {self.name} is still {status['state']} after {timeout:g} s.",
                    "It goes on; wait again, or stop() it.",
                )
            time.sleep(0.05)
        if status["state"] in ("failed", "died"):
            raise RunError(status.get("error") or f"The run {self.name} {status['state']}.",
                           status.get("remedy") or "")  # fmt: skip
        return self

    def _obeys(self, status: dict) -> bool:
        """Whether a paused run's worker has a command before it that ends the pause."""
        if status["state"] != "paused":
            return False
        commands = control.pending(self.path, status.get("acknowledged") or 0)
        return bool(commands) and commands[-1]["command"] != "pause" and self._has_worker()

    def _settled_state(self, patience: float = 5.0) -> str:
        """The state, once a worker that has said its last word has let go of the run."""
        end = time.monotonic() + patience
        while (status := self.status()) and self._has_worker():
            leaving = status["state"] in ("stopped", "failed", "died", "done") or (
                status["state"] == "paused" and status.get("pid") is None
            )
            if not leaving or time.monotonic() > end:
                break
            time.sleep(0.02)
        return status["state"]

    def _command(self, command: str, *, allowed: tuple[str, ...]) -> None:
        state = self.state
        if state not in allowed:
            raise RunError(
                f"The run {self.name} is {state}; {command} needs a run that is "
                f"{' or '.join(allowed)}.",
                "resume() goes on with a run that was stopped, failed or died."
                if state in RESUMABLE
                else "",
            )
        self._check_writable()
        try:
            control.send(self.path, command)
        except OSError as error:
            raise RunError(
                f"The command {command} for the run {self.name} cannot be written "
                f"({error.strerror or error}).",
                "Its folder 'control' must be a folder that you may write, with room on the disk.",
            ) from error

    def _has_worker(self) -> bool:
        if is_locked(self.path / "lock"):
            return True
        record = engine_files.read_record(self.path)
        values, _ = read_fields(self.path, "state.json")
        # a lock may not be seen from another machine
        return record is not None and engine_files.is_alive(self.path, values, record)

    def _waits_elsewhere(self) -> bool:
        """Whether its job of another engine has not begun."""
        return engine_files.read_record(self.path) is not None and not self._has_worker()

    def _check_writable(self) -> None:
        if not os.access(self.path, os.W_OK):
            raise RunError(
                f"The run folder {self.path} cannot be written.",
                "Copy it to a place that you may write.",
            )

    def profile(self, timeout: float = 120.0) -> pd.DataFrame:
        """Where ten steps spend their time, by torch's profiler; the training goes on meanwhile.

        A run that does not train gives the last profile that it made. The picture of it lies in
        ``profile/picture.svg`` of the run's folder.

        Parameters
        ----------
        timeout : float
            Seconds to wait for the ten steps.

        Returns
        -------
        pandas.DataFrame, a row an operation, the most expensive first
            ``operation``, ``calls`` and ``milliseconds`` a step, ``share`` (they sum to 1).

        Raises
        ------
        RunError
            If the run does not train and made none, or after ``timeout``.
        """
        import pandas as pd

        from .speed import profiling

        asked, found = "", self._profile()
        if self.state == "running":
            self._check_writable()
            try:
                asked = profiling.ask(self.path)
            except OSError as error:
                raise RunError(
                    f"The run {self.name} cannot be asked for a profile "
                    f"({error.strerror or error}).",
                    "Its folder 'profile' must be a folder that you may write.",
                ) from error
        elif not found:
            raise RunError(
                f"The run {self.name} is {self.state} and was never profiled.",
                "Ask while it trains.",
            )
        end = time.monotonic() + timeout
        while not found or (asked and found.get("asked") != asked):
            if time.monotonic() > end or self.state != "running":
                raise RunError(
                    f"The run {self.name} made no profile in {timeout:g} s; it is {self.state}.",
                    "Ask again while it trains, with a longer timeout where steps are slow.",
                )
            time.sleep(0.05)
            found = self._profile()
        return pd.DataFrame(found["rows"])

    def _profile(self) -> dict:
        values, problem = read_fields(self.path, "profile/table.json")
        return {} if problem else values

    # the model ---------------------------------------------------------------------------------
    def __repr__(self) -> str:
        status = self.status()
        step, total = status.get("step", 0), status.get("total_steps")
        where = f", step {step} of {total}" if total else ""
        return f"<Run {self.name}: {status['state']}{where}>"


def open_run(path: str | os.PathLike) -> Run:
    """The run in a folder (or of a name in ``runs_dir()``).

    Raises
    ------
    UnknownName, RunError
        See :func:`workbench.run_folder.folders.check_run_folder`.
    """
    return Run(check_run_folder(path))
