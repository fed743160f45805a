"""Training after a model lost a part: a run like its own, begun from what is left of it.

It sees the run's training texts once more, which may do nothing but fit them closer: what it gives
is kept only where the validation rows show that it helps.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import task_registry
from ...i18n import t
from ...inspection.comparing.comparison import compare_runs
from ...paths import cache_dir
from ...training.api import fine_tune
from ..measuring.bench import Bench

if TYPE_CHECKING:
    import pandas as pd

    from .work import Work


def recover(work: Work, changes: dict[str, Any]) -> str:
    """Train the model as it is now, and go on with what comes out where that is better.

    Better is the decisive metric on all of the run's validation rows, in pairs and beyond chance.
    Else the model stays as it was.

    Parameters
    ----------
    work : Work
        Whose model is plain.
    changes : dict
        Of the run's recipe, such as ``{"epochs": 1}`` or ``{"loss": {"kind": "distillation",
        "teacher": "runs/large"}}``. All weights are trained, whatever method the run had, where
        none is named here. Nothing is trained where it is empty.

    Returns
    -------
    str
        What was done, with the gain and its 95 % interval; "" for nothing.

    Raises
    ------
    RecipeError
        If the recipe cannot have these changes.
    """
    if not changes:
        return ""
    bench = Bench(work.run, None, split="validation")
    before, left = work.predictor().predict(bench.frame), (work.folder, work.model)
    place = cache_dir() / "compressed"
    place.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=f"{work.run.name}-", dir=place))
    start = work.write(stage / "start")
    recipe = work.run.recipe.replace(**{"method": "full", **changes, "model": str(start.folder)})
    run = fine_tune(recipe, stage / "recovery", progress=False)
    work.load(run.path / "model")
    found = gain(bench, before, work.predictor().predict(bench.frame))
    about = {"steps": run.status().get("step") or 0, "n": len(bench), "metric": bench.metric}
    about |= dict(zip(("difference", "low", "high"), found, strict=True))
    lower = task_registry.is_minimised(bench.metric, work.run.recipe.task)
    if found[2] < 0 if lower else found[1] > 0:
        return t("compress.recovered", **about)
    work.folder, work.model = left
    return t("compress.not_recovered", **about)


def gain(
    bench: Bench, before: pd.DataFrame, after: pd.DataFrame
) -> tuple[float, float, float]:
    """By how much the decisive metric of predictions changed, with its paired 95 % interval."""
    rows = compare_runs(before, after, seed=bench.seed).metrics.set_index("metric")
    if bench.metric in rows.index:
        row = rows.loc[bench.metric]
        return float(row["difference"]), float(row["low"]), float(row["high"])
    # no pairs are known of the metric: the widest that both intervals allow
    one, other = (bench.quality(table) for table in (before, after))
    return (other["value"] - one["value"], other["low"] - one["high"], other["high"] - one["low"])
