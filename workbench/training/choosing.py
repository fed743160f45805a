"""Which checkpoint of a run is kept: the latest that is not worse than the best beyond noise.

A metric of few validation rows jumps from one evaluation to the next, and its best value is often
chance: the checkpoint that has it was trained for less long than the last one. So a later
checkpoint is kept unless an earlier one is better by more than the standard error of the
difference, as it is for separate rows. ``docs/defaults.md`` has what that rule is worth.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .. import task_registry, tasks
from ..i18n import t
from ..intervals import Z_95
from .declared_metrics import check_metrics

if TYPE_CHECKING:
    import pandas as pd

RESAMPLES = 200  # of the interval that the error is taken of
NOISE = "within_error"  # of a run's progress: a run of before goes on by the best value alone


def error_of(task: Any, predictions: pd.DataFrame, metric: str) -> float | None:
    """Standard error of a metric of predictions: of its 95 % interval; None where it has none."""
    found = task.intervals(predictions, resamples=RESAMPLES)
    row = found[found["metric"] == metric]
    if not len(row):
        return None
    error = float(row["high"].iloc[0] - row["low"].iloc[0]) / (2 * Z_95)
    return error if error == error else None


def compare(
    progress: dict[str, Any], value: float, error: float | None, *, minimised: bool
) -> tuple[bool, bool]:
    """Whether an evaluation is the best so far, and whether its checkpoint is to be kept.

    Parameters
    ----------
    progress : dict
        That of the run; ``top`` of it, value and error of the best evaluation, is changed.
    error : float or None
        Standard error of ``value``; without one only what is better is kept.

    Examples
    --------
    >>> progress = {"best_value": None, "within_error": True}
    >>> [compare(progress, value, 0.05, minimised=False) for value in (0.80, 0.78, 0.70)]
    [(True, True), (False, True), (False, False)]
    """
    top = progress.get("top") or {"value": progress["best_value"], "error": None}
    best = top["value"]
    noise = None if error is None or top["error"] is None else math.hypot(error, top["error"])
    ahead = 0.0 if best is None else (best - value if minimised else value - best)
    better = best is None or ahead > 0
    if better and progress.get(NOISE):
        progress["top"] = {"value": value, "error": error}
    return better, better or (noise is not None and ahead >= -noise)


def judge(engine: Any, metrics: dict[str, float], error: float | None) -> None:
    """Decide on the checkpoint of an evaluation of an :class:`.engine.Engine`, and on its end."""
    recipe, progress = engine.recipe, engine.progress
    name = tasks.best_metric(recipe)
    lacking = check_metrics(recipe.task, name, metrics)
    if lacking:
        engine.reporter.warn(lacking)
    minimised = task_registry.is_minimised(name, recipe.task)
    better, kept = compare(progress, metrics[name], error, minimised=minimised)
    if kept:
        progress["candidate"] = {"step": engine.state.global_step, "value": metrics[name]}
        engine.control.should_save = True
    if better:
        progress["evaluations_since_best"] = 0
        return
    progress["evaluations_since_best"] += 1
    patience = recipe.early_stopping
    if patience is not None and progress["evaluations_since_best"] >= patience:
        engine.reporter.event("early_stopping", engine.state.global_step, patience=patience)
        progress["ended"] = True
        engine.control.should_training_stop = engine.control.should_save = True


def kept_said(run: Any) -> str:
    """Why the kept checkpoint of a finished run is not that of its best evaluation; "" if it is."""
    results, history = run.results(), run.history()
    kept, name = results.get("best_step"), results.get("best_metric")
    evaluations = history[history["kind"] == "eval"] if len(history) else history
    if kept is None or name not in evaluations or evaluations[name].isna().all():
        return ""
    values = evaluations.set_index("step")[name]
    top = values.idxmin() if task_registry.is_minimised(name, run.recipe.task) else values.idxmax()
    if kept <= top or kept not in values.index or values[kept] == values[top]:
        return ""
    rows = int(run.data_info().get("examples", {}).get("validation", 0))
    return t("choosing.kept", step=kept, top=int(top), n=rows)
