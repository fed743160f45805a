"""The Train panel: buttons, progress, live curves and figures of one run."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from workbench.errors import WorkbenchError
from workbench.i18n import t
from workbench.run_folder import step_pace
from workbench.run_folder.state import ACTIVE
from workbench.worker.control import send
from workbench.worker.processes import is_locked

from ..boxes import VBox
from ..elements.controls import Controls
from ..elements.curves import Curves
from ..elements.history import History, main_metric
from ..elements.notice import Notice
from ..elements.stats import Stats
from .profile_view import ProfileView
from .run_follower import Follower
from .run_words import (
    RECENT,
    chosen_by,
    curves_said,
    epochs_of,
    figures,
    kept_of,
    outcome_of,
    status_text,
)
from .samples import WrittenNow

ENDED = ("done", "stopped", "failed", "died")
_NOTES = {"queued": "goes_on", "running": "goes_on", "paused": "paused"}


class TrainPanel(VBox):
    """Watch and steer a run.

    Parameters
    ----------
    run : Run, optional
    recipe : callable, optional
        Called when Train is pressed; returns the recipe to start, or raises a
        :class:`WorkbenchError`. Without it there is no Train.
    on_run : callable, optional
        Called with the run that Train started.
    on_status : callable, optional
        Called with ``(status, history)`` at every change, from a background thread.
    """

    def __init__(
        self,
        run: Any = None,
        *,
        recipe: Callable[[], Any] | None = None,
        on_run: Callable[[Any], None] | None = None,
        on_status: Callable[[dict, History], None] | None = None,
    ):
        self._recipe, self._on_run, self._on_status = recipe, on_run, on_status
        self._follower: Follower | None = None
        self.run: Any = None
        self._last_state = ""
        self._ended: tuple | None = None  # of which run that ended, and what came out
        self.notice, self.curves, self.stats = Notice(), Curves(), Stats()
        self.profile, self.written = ProfileView(), WrittenNow()
        self.controls = Controls(
            on_train=self.train, on_command=self._command, can_train=recipe is not None
        )
        self._usual = (self.controls, self.notice, self.curves, self.stats, self.profile)
        super().__init__(self._usual)
        self.add_class("wb-stack")
        self._warm()
        if run is not None:
            self.follow(run)

    def train(self) -> Any:
        """Start the recipe in a worker process, as the Train button does; returns the run or None.

        What is wrong with the recipe is said in the panel.
        """
        if self._recipe is None:
            return None
        self.notice.clear()
        try:
            from workbench.training.api import start

            run = start(self._recipe())
        except Exception as error:  # said in the panel, with its details folded
            self.notice.show_error(error)
            return None
        self.follow(run)
        if self._on_run is not None:
            self._on_run(run)
        return run

    def _warm(self) -> None:
        """While the user picks, or looks at a run that ended, a worker imports what it will need.

        Only in a notebook, and not with ``$WORKBENCH_WARM`` set to 0.
        """
        if self._recipe is None or os.environ.get("WORKBENCH_WARM") == "0":
            return
        if "ipykernel.kernelapp" in sys.modules:
            from workbench.worker.warming import warm

            warm()

    def pause(self) -> None:
        """Pause the run, as the button does."""
        self.controls.press("pause")

    def resume(self) -> None:
        """Go on with the run, as the button does."""
        self.controls.press("resume")

    def stop(self) -> None:
        """Stop the run, as the button does."""
        self.controls.press("stop")

    def follow(self, run: Any) -> None:
        """Show this run from now on: all of its past, then what comes."""
        self.detach()
        self.run = run
        self.controls.follow(run.path)
        self.profile.follow(run)
        self._follower = Follower(run, self._show, self._broke).start()

    def detach(self) -> None:
        """Stop reading the run; the run itself goes on."""
        if self._follower is not None:
            self._follower.stop()
            self._follower = None

    def close(self) -> None:
        """Detach and close the widgets."""
        self.detach()
        super().close()

    def refresh(self) -> None:
        """Read the run's folder now."""
        if self._follower is not None:
            self._follower.look()

    def _command(self, name: str, number: int | None) -> None:
        """A live worker takes the numbered file; without one the run itself knows what to do."""
        if self.run is None or (number or 0) < 0:
            return
        if number and int(self.run.status().get("acknowledged") or 0) >= number:
            return  # the browser's own file was quicker
        try:
            if is_locked(self.run.path / "lock"):
                number = send(self.run.path, name, number=number)
                if name == "resume":
                    threading.Thread(target=self._see_to, args=(self.run, number)).start()
            else:
                getattr(self.run, name)()
        except (WorkbenchError, OSError) as error:
            self.notice.show_error(error)

    def _see_to(self, run: Any, number: int, patience: float = 20.0) -> None:
        """A worker that was about to leave may miss the command: then another one is started."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if int(run.status().get("acknowledged") or 0) >= number:
                return
            if not is_locked(run.path / "lock"):
                try:
                    run.resume()
                except (WorkbenchError, OSError) as error:
                    self.notice.show_error(error)
                return
            time.sleep(0.1)

    def _broke(self, error: Exception) -> None:
        self.notice.show_error(error)

    def _show(self, status: dict, history: History) -> None:
        state = status.get("state", "")
        total = int(status.get("total_steps") or 0)
        step = int(status.get("step") or 0)
        with self.controls.hold_sync():
            self.controls.state = state
            self.controls.acknowledged = int(status.get("acknowledged") or 0)
            self.controls.progress = min(1.0, step / total) if total else 0.0
            self.controls.status = status_text(status)
        metric = main_metric({*history.metrics(), *history.measures()}, self.run)
        self.curves.set_history(
            history, total_steps=total or None, epochs=epochs_of(status),
            metric=metric,
        )  # fmt: skip
        chosen = chosen_by(self.run) or metric
        self.stats.show(figures(status, history, chosen, self._task()), self._note(status, history))
        if state in ("failed", "died"):
            self.notice.show(
                status.get("error") or t(f"state.{state}"),
                " ".join(filter(None, (status.get("remedy"), status.get("warning")))),
                status.get("details") or "",
            )  # fmt: skip
        elif status.get("warning"):
            self.notice.show(status["warning"])
        elif state in ("queued", "running", "done"):
            self.notice.clear()
        if state in ENDED and self._last_state in ACTIVE:
            self._warm()
        self._last_state = state
        shown = (*self._usual, self.written.table) if self.written.follow(self.run) else self._usual
        if self.children != shown:
            self.children = shown
        self.profile.can_ask = state == "running" and step > 0
        if self._on_status is not None:
            self._on_status(status, history)

    def _task(self) -> str | None:
        """The run's task; None where its recipe cannot be read."""
        try:
            return self.run.recipe.task
        except (WorkbenchError, OSError, AttributeError):  # Inspect says it of the run
            return None

    def _note(self, status: dict, history: History) -> str:
        """How the run goes on or ended; while it trains also what limits it, what was chosen."""
        state = status.get("state")
        parts = [t(f"train.{_NOTES[state]}")] if state in _NOTES else []
        if state in ENDED:
            key = (self.run.path, state, status.get("step"))
            if self._ended is None or self._ended[0] != key:
                said = [outcome_of(self.run), kept_of(self.run)] if state == "done" else []
                self._ended = key, " ".join(filter(None, [*said, *curves_said(self.run)]))
            parts.append(self._ended[1])
        if status.get("followed"):
            parts.append(t("train.followed", what=status["followed"]))
        if state == "running":
            pace = step_pace.summarise(history.recent(RECENT))
            parts += [pace["advice"]] if pace else []
            parts += [t("train.chosen", what=status["speed"])] if status.get("speed") else []
        return " ".join(part for part in parts if part)

    def __repr__(self) -> str:
        return f"<TrainPanel: {self.run!r}>" if self.run is not None else "<TrainPanel: no run>"
