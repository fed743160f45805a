"""Searching over fields of a recipe: a run a trial, given up early where its curve is no good."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ... import task_registry, task_words, tasks
from ...atomic_files import write_json
from ...errors import RecipeError, RunError, UnknownName, WorkbenchError, explain
from ...i18n import t
from ...run_folder.state import StateFile
from ...worker.processes import Lock, is_locked
from ..run import Run, open_run
from . import suggesting
from .search_folder import LOCK, PROBLEM, STOP, SearchFolder
from .space import with_values
from .training import made, train
from .trial import (
    DIVERGED,
    DONE,
    FAILED,
    PRUNED,
    REFUSED,
    Evaluations,
    Trial,
    has_diverged,
    pruned_sentence,
    tell,
)

if TYPE_CHECKING:
    import optuna
    import pandas as pd

HOPELESS = 3  # trials that fail one after the other, before any has finished


class Search(SearchFolder):
    """A search as the user holds it: what was tried, the best of it; stop it, go on with it."""

    @property
    def metric(self) -> str:
        """What trials are compared by, on the validation rows."""
        return tasks.best_metric(self.recipe)

    @property
    def lower(self) -> bool:
        """Whether lower values of it are better."""
        return task_registry.is_minimised(self.metric, self.recipe.task)

    def table(self) -> pd.DataFrame:
        """What was tried, a row a trial.

        Returns
        -------
        pandas.DataFrame
            ``trial`` (its number), a column a field of the space, the metric (NaN where a trial is
            not done; of one that was given up, in ``said``), ``state`` (``done``, ``pruned``,
            ``diverged``, ``failed``, ``refused``, or the state of its run), ``evaluations``,
            ``run``, ``said``.
        """
        import pandas as pd

        rows, space, metric = [], self.space, self.metric
        for trial in self.trials():
            value = float("nan") if trial.value is None else trial.value
            rows.append([trial.number, *(_cell(trial.values[name]) for name in space), value,
                         trial.outcome or self._state_of(trial), len(trial.curve),
                         self.run_folder(trial).name, trial.said])  # fmt: skip
        columns = ["trial", *space, metric, "state", "evaluations", "run", "said"]
        return pd.DataFrame(rows, columns=columns)

    def best_trial(self) -> Trial | None:
        """The finished trial with the best value; of equal ones the first."""
        done = [trial for trial in self.trials() if trial.outcome == DONE]
        choose = min if self.lower else max
        return choose(done, key=lambda trial: trial.value or 0.0) if done else None

    @property
    def best(self) -> Run:
        """The run of the best trial.

        Raises
        ------
        RunError
            If no trial has finished.
        """
        trial = self.best_trial()
        if trial is None:
            raise RunError(t("search.none_done", search=self.name), t("search.none_done_remedy"))
        return self.run_of(trial)

    def run_of(self, trial: Trial | int) -> Run:
        """The run of a trial, or of its number."""
        if isinstance(trial, int):
            trial = self.trials()[trial]
        return open_run(self.run_folder(trial))

    def runs(self) -> list[Run]:
        """The runs of all finished trials, in order."""
        return [self.run_of(trial) for trial in self.trials() if trial.outcome == DONE]

    def importance(self) -> pd.Series:
        """The share of the differences between finished trials that each field explains.

        Functional analysis of variance (Hutter, Hoos and Leyton-Brown, 2014) over a forest; no row
        where fewer than four trials have finished, or all are equally good.
        """
        import pandas as pd

        found = suggesting.importance(self.space, self.trials(), lower=self.lower)
        return pd.Series(found, dtype=float, name="importance").sort_values(ascending=False)

    def study(self) -> optuna.Study:
        """The trials as an Optuna study in memory, for whatever Optuna draws or computes."""
        return suggesting.study_of(self.space, self.trials(), lower=self.lower)

    @property
    def said(self) -> str:
        """How far it is, in sentences."""
        trials, wanted = self.trials(), self.about()["trials"]
        counts = {name: sum(trial.outcome == name for trial in trials)
                  for name in (DONE, PRUNED, DIVERGED, FAILED, REFUSED)}  # fmt: skip
        parts = [t("search.so_far", n=len(trials), of=wanted, state=self.state)]
        parts += [t(f"search.n_{name}", n=count) for name, count in counts.items() if count]
        if self.about().get("exhausted"):
            parts.append(t("search.exhausted"))
        if best := self.best_trial():
            title = task_words.metric_title(self.metric, self.recipe.task)
            parts.append(t("search.best", trial=best.number, value=best.value, metric=title))
        return " ".join(filter(None, [*parts, self.problem()]))

    # steering ----------------------------------------------------------------------------------
    def stop(self) -> None:
        """Stop the trial that trains at its next step, and the search; it can go on later."""
        (self.path / STOP).touch()

    def resume(self, *, progress: bool = True) -> Search:
        """Go on here and now, until it is done or stopped."""
        with _bar(self, progress) as show:
            self._conduct(here=True, show=show)
        return self

    def start(self) -> Search:
        """Go on in the background: a thread of this process looks on, workers train."""
        if is_locked(self.path / LOCK):
            raise RunError(t("search.at_work", search=self.name), t("search.at_work_remedy"))

        def conduct() -> None:
            with contextlib.suppress(WorkbenchError):  # its state says it
                self._conduct(here=False, show=lambda: None)

        lock = self._locked()
        lock.release()
        threading.Thread(target=conduct, name=f"search-{self.name}", daemon=True).start()
        end = time.monotonic() + 10
        while self.state != "running" and not self.problem() and time.monotonic() < end:
            time.sleep(0.02)
        return self

    def wait(self) -> Search:
        """Return when it is done, stopped or failed."""
        while self.state == "running":
            time.sleep(0.1)
        return self

    def _locked(self) -> Lock:
        lock = Lock(self.path / LOCK)
        if not lock.acquire(patience=1.0):
            raise RunError(t("search.at_work", search=self.name), t("search.at_work_remedy"))
        return lock

    def _conduct(self, *, here: bool, show: Callable[[], None]) -> None:
        lock = self._locked()
        for name in (STOP, PROBLEM):
            (self.path / name).unlink(missing_ok=True)
        try:
            while self._next(here) and not (self.path / STOP).exists():
                show()
        except WorkbenchError as error:
            write_json(self.path / PROBLEM, {"said": str(error)})
            raise
        except Exception as error:
            write_json(self.path / PROBLEM, {"said": " ".join(explain(error))})
            raise
        finally:
            lock.release()

    def _next(self, here: bool) -> bool:
        """Bring one trial to its end; whether there may be another."""
        about, trials = self.about(), self.trials()
        if not trials or trials[-1].outcome:
            if len(trials) >= about["trials"]:
                return False
            values = suggesting.suggest(
                self.space, trials, number=len(trials), sampler=about["sampler"],
                seed=about["seed"], lower=self.lower,
            )  # fmt: skip
            if values is None:
                self.write_about(exhausted=True)
                return False
            trials.append(Trial(len(trials), values))
            self.keep(trials)  # before its run is made: a name that is free of doubt
        trial = trials[-1]
        self._try(trial, trials[:-1], here)
        self.keep(trials)
        outcomes = [one.outcome for one in trials]
        if DONE not in outcomes and outcomes[-HOPELESS:] == [FAILED] * HOPELESS:
            raise RunError(t("search.hopeless", n=HOPELESS, why=trial.said))
        return trial.outcome is not None

    def _try(self, trial: Trial, before: list[Trial], here: bool) -> None:
        """Train a trial; its outcome stays None where it was stopped before its end."""
        try:
            recipe = with_values(self.recipe, trial.values)
        except RecipeError as error:
            trial.outcome, trial.said = REFUSED, str(error)
            return
        run = made(recipe, self.run_folder(trial), self.name)
        seen = Evaluations(run)

        def stops(_run: Run) -> bool:
            return (self.path / STOP).exists() or self._given_up(seen, trial, before)

        if not self._given_up(seen, trial, before) or is_locked(run.path / "lock"):
            train(run, here=here, stops=stops)
        self._settle(run, seen, trial, before)

    def _given_up(self, seen: Evaluations, trial: Trial, before: list[Trial]) -> bool:
        """Whether the curve of a run, as far as it is, is not worth going on with."""
        curve = seen.curve(self.metric, last=False)
        if trial.pruned_at is None and len(curve) > len(trial.curve):
            trial.curve = curve
            trial.pruned_at = suggesting.pruned_at(
                self.space, before, trial, pruner=self.about()["pruner"], lower=self.lower
            )
        return trial.pruned_at is not None

    def _settle(self, run: Run, seen: Evaluations, trial: Trial, before: list[Trial]) -> None:
        """What became of a run that is at its end."""
        given_up, status = self._given_up(seen, trial, before), run.status()
        trial.curve = seen.curve(self.metric)[: trial.pruned_at]
        if given_up:  # by its curve alone, however far it had come by then
            trial.outcome = PRUNED
            if status["state"] != "done":
                StateFile(run.path).update(state="stopped", phase="stopped")
            trial.said = pruned_sentence(trial, self.name)
            tell(run, trial.said)
        elif status["state"] == "done":
            value = run.metrics("validation").get(self.metric, math.nan)
            if math.isfinite(value):
                trial.outcome, trial.value = DONE, float(value)
            else:
                trial.outcome, trial.said = FAILED, t("search.no_value", metric=self.metric)
        elif status["state"] in ("failed", "died"):
            trial.outcome = DIVERGED if has_diverged(run) else FAILED
            trial.said = str(status.get("error") or "")

    def _state_of(self, trial: Trial) -> str:
        try:
            return self.run_of(trial).state
        except (RunError, UnknownName):  # it is not made yet
            return "queued"

    def __repr__(self) -> str:
        return f"<Search {self.name}: {self.said}>"


@contextlib.contextmanager
def _bar(search: Search, wanted: bool):
    """A function that shows on a bar how far a search is."""
    if not wanted:
        yield lambda: None
        return
    from tqdm.auto import tqdm

    with tqdm(total=search.about()["trials"], desc=t("search.bar"), unit="trial") as bar:

        def show() -> None:
            trials, best = search.trials(), search.best_trial()
            bar.n = sum(trial.outcome is not None for trial in trials)
            bar.set_postfix({search.metric: f"{best.value:.3f}"} if best else {}, refresh=False)
            bar.update(0)

        show()
        yield show


def _cell(value: Any) -> Any:
    """A value as a cell of a table: of a kind with settings "lora, rank=4"."""
    if isinstance(value, dict):
        rest = [f"{name}={one}" for name, one in value.items() if name != "kind"]
        return ", ".join([str(value["kind"]), *rest]) if "kind" in value else repr(value)
    return value if isinstance(value, int | float | str) or value is None else repr(value)
