"""What came out of a run, by the metric that decided, beside what costs no neural network."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ... import task_registry, task_words, tasks
from ...errors import WorkbenchError
from ...i18n import t
from ...task_spec import LOSS
from ...written_parts import UNTUNED
from ..predictions.errors import metric_intervals
from ..predictions.kinds import kind_of
from ..predictions.queries import queries_of_large

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Outcome:
    """The decisive metric of a run on held-out examples, and the best baseline by it.

    Attributes
    ----------
    metric : str
        What the kept checkpoint was chosen by; the task's first one where that is the loss, which
        the sentence then says.
    value, low, high : float
        With its 95 % interval; NaN where there is none.
    examples : int
    baseline : str
        Name of the best baseline; "" for none.
    baseline_value : float
    minimised : bool or None
        Whether the metric is better when lower; None is what the tasks that have it say.
    chosen_by : str
        What the kept checkpoint was chosen by, where that is another: the loss.
    task : str
        Name of the task; a baseline is called as it says.
    """

    metric: str
    value: float
    low: float
    high: float
    examples: int
    baseline: str
    baseline_value: float
    minimised: bool | None = None
    chosen_by: str = ""
    task: str = ""

    @property
    def verdict(self) -> str:
        """``won``, ``tied`` or ``lost`` against the baseline; "" where there is none."""
        if not self.baseline:
            return ""
        lead = self.value - self.baseline_value
        lead = -lead if self._lower else lead
        return "won" if lead > 0 else "lost" if lead < 0 else "tied"

    @property
    def _lower(self) -> bool:
        lower = self.minimised
        return task_registry.is_minimised(self.metric) if lower is None else lower

    @property
    def perfect(self) -> bool:
        """Whether nothing is better: no advice can be given."""
        return self.value <= 0 if self._lower else self.value >= 1

    @property
    def lost(self) -> bool:
        """Whether a baseline is better, or as good."""
        return self.verdict in ("lost", "tied")

    @property
    def worse(self) -> bool:
        """Whether it is worse than the model that it began with: more of the same is no remedy."""
        return self.verdict == "lost" and self.baseline == UNTUNED.name

    @property
    def unsure(self) -> bool:
        """Whether the baseline lies within the interval: the difference may be chance."""
        return self.low <= self.baseline_value <= self.high

    @property
    def sentence(self) -> str:
        """The metric that decided, both values, and who won."""
        value = f"{self.value:.3f}"
        if not math.isnan(self.low):
            value = t("outcome.value", value=self.value, low=self.low, high=self.high)
        name = metric_name(self.metric)
        key = "outcome.done_by_loss" if self.chosen_by == LOSS.name else "outcome.done"
        parts = [t(key, metric=name, value=value, n=self.examples)]
        if self.baseline:
            what = baseline_name(self.baseline, self.task)
            verdict = self.verdict
            parts.append(t(f"outcome.{verdict}", baseline=what, value=self.baseline_value))
            if self.unsure and verdict != "tied":
                parts.append(t(f"outcome.{verdict}_unsure"))
        if self.lost and not self.perfect:
            parts.append(t("outcome.advice_untuned" if self.worse else "outcome.advice"))
        return " ".join(parts)


def metric_name(name: str) -> str:
    """A metric as people write it: "macro-F1"."""
    return task_words.metric_title(name)


def baseline_name(name: str, task: str | None = None) -> str:
    """A baseline as it stands in a sentence, as the task says."""
    return task_words.baseline_said(name, task)


def _reads_no_word(baseline: str, task: str) -> bool:
    declared = task_registry.baseline(baseline, task)
    return declared is not None and declared.plain


def decisive_metric(run: Any) -> str:
    """The metric that chose the checkpoint of a run, or of a recipe; never the loss.

    Raises
    ------
    WorkbenchError
        If the run's recipe cannot be read, or its task is not known.
    """
    recipe = getattr(run, "recipe", run)
    name = tasks.best_metric(recipe)
    if name != "loss":
        return name
    declared = task_registry.spec(recipe.task)
    return declared.decides.get(recipe.writes, declared.metric_names[0])


def outcome(
    run: Any, split: str = "test", *, intervals: pd.DataFrame | None = None
) -> Outcome | None:
    """What came out of a run; None before it has metrics.

    Parameters
    ----------
    run : Run
    split : str
        Whose metrics are looked at.
    intervals : pandas.DataFrame, optional
        What :func:`workbench.inspection.metric_intervals` says of them, where it is there already.

    Raises
    ------
    WorkbenchError
        If the run's recipe cannot be read.
    """
    results = run.results()
    measured = (results.get("metrics") or {}).get(split) or {}
    metric = decisive_metric(run)
    if not isinstance(measured.get(metric), int | float):
        return None
    rows = _intervals(run, split) if intervals is None else intervals
    low, high = (math.nan, math.nan) if rows is None else _interval(rows, metric)
    found = {
        name: values[metric]
        for name, values in (results.get("baselines") or {}).items()
        if isinstance(values, dict) and isinstance(values.get(metric), int | float)
    }
    # of equals the one that reads words
    order = sorted(found, key=lambda name: _reads_no_word(name, run.recipe.task))
    minimised = task_registry.is_minimised(metric, run.recipe.task)
    pick = min if minimised else max
    best = pick(order, key=found.__getitem__) if order else ""
    return Outcome(
        metric, float(measured[metric]), low, high, int(measured.get("examples") or 0),
        best, float(found[best]) if best else math.nan, minimised,
        tasks.best_metric(run.recipe), run.recipe.task,
    )  # fmt: skip


def _intervals(run: Any, split: str) -> pd.DataFrame | None:
    """Those of a run's metrics; None where it has no table of predictions."""
    try:
        large = queries_of_large(run, split) if kind_of(run) == "class" else None
        try:
            return metric_intervals(large if large is not None else run, split)
        finally:
            if large is not None:
                large.close()
    except WorkbenchError:  # no table of predictions
        return None


def _interval(rows: pd.DataFrame, metric: str) -> tuple[float, float]:
    """The 95 % interval of a metric; NaN where there is none."""
    names = set(rows["metric"])
    if metric not in names and metric == "f1":  # of tags of words the mean over the tags
        metric = "macro_f1"
    row = rows[rows["metric"] == metric]
    return (float(row["low"].iloc[0]), float(row["high"].iloc[0])) if len(row) else (math.nan,) * 2
