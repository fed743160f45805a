"""The numbers behind the curves: rows of ``metrics.jsonl`` as arrays, thinned for a screen."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from workbench import inspection, task_registry
from workbench.errors import WorkbenchError

NOT_METRICS = {
    "kind", "step", "epoch", "loss", "seconds", "time", "split", "examples",
}


def main_metric(names: Iterable[str], run: Any = None) -> str:
    """The metric to draw when nobody chose one.

    What chooses the checkpoint of the run; without a run the usual one of the tasks that have it.
    """
    there = set(names) - NOT_METRICS
    try:
        decisive = inspection.decisive_metric(run) if run is not None else ""
    except (WorkbenchError, OSError, AttributeError):  # a run whose recipe cannot be read
        decisive = ""
    return decisive if decisive in there else task_registry.usual_metric(there)


@dataclass
class History:
    """Steps and evaluations of a run, grown row by row; the last row of a step wins."""

    steps: dict[int, dict] = field(default_factory=dict)
    evaluations: dict[int, dict] = field(default_factory=dict)
    events: list[dict] = field(default_factory=list)
    _curve: tuple[array, array] = field(default_factory=lambda: (array("d"), array("d")))

    def add(self, rows: Iterable[dict]) -> None:
        """Take rows of ``metrics.jsonl``."""
        for row in rows:
            if row.get("kind") == "step":
                self._add_step(int(row["step"]), row)
            elif row.get("kind") == "eval":
                self.evaluations[int(row["step"])] = row
            elif row.get("kind") == "event":
                self.events.append(row)

    def _add_step(self, step: int, row: dict) -> None:
        """Steps come in order; the curve grows with them and is not made anew at each look."""
        in_order = not self._curve[0] or step > self._curve[0][-1]
        self.steps[step] = row
        if in_order:
            self._curve[0].append(step)
            self._curve[1].append(_number(row.get("loss")))
        else:
            ordered = sorted(self.steps)
            losses = (_number(self.steps[s].get("loss")) for s in ordered)
            self._curve = (array("d", ordered), array("d", losses))

    def recent(self, n: int) -> list[dict]:
        """The last ``n`` steps, oldest first."""
        return [self.steps[int(s)] for s in self._curve[0][-n:]]

    def arrays(self, metric: str = "") -> dict[str, np.ndarray]:
        """``step, loss`` and ``eval_step, eval_loss, eval_metric``, each float64, by step."""
        evaluations = sorted(self.evaluations)
        read = _column
        return {
            "step": np.array(self._curve[0]),
            "loss": np.array(self._curve[1]),
            "eval_step": np.array(evaluations, float),
            "eval_loss": read([self.evaluations[s] for s in evaluations], "loss"),
            "eval_metric": read([self.evaluations[s] for s in evaluations], metric),
        }

    def measures(self) -> list[str]:
        """Names of the metrics that steps have beside their loss, in the order of their rows."""
        last = self.recent(1)
        return [name for name in (last[0] if last else {})
                if name not in NOT_METRICS and task_registry.metric(name) is not None]  # fmt: skip

    def measured(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """A metric of steps, and of evaluations; float64, NaN where a row has none."""
        rows = [self.steps[int(step)] for step in self._curve[0]]
        return _column(rows, name), _column(
            [self.evaluations[step] for step in sorted(self.evaluations)], name
        )

    def metrics(self) -> set[str]:
        """Names of the numbers that evaluations have beside their loss."""
        return {
            name
            for row in self.evaluations.values()
            for name, value in row.items()
            if name not in NOT_METRICS and isinstance(value, int | float)
        }


def _column(rows: list[dict], name: str) -> np.ndarray:
    return np.array([_number(row.get(name)) for row in rows], float)


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def of_rows(history: Any) -> Any:
    """A ``Run.history()`` frame as a :class:`History`; anything else as it is."""
    if "kind" not in getattr(history, "columns", ()):
        return history
    kept = History()
    kept.add(history.to_dict("records"))
    return kept


def as_arrays(history: Any, metric: str = "") -> tuple[dict[str, np.ndarray], str]:
    """Arrays and the metric's name from a History, a frame or a mapping.

    A mapping holds ``step`` and ``loss``, and when there are evaluations ``eval_step``,
    ``eval_loss`` and ``eval_metric``.
    """
    if isinstance(history, History):
        name = metric or main_metric({*history.metrics(), *history.measures()})
        return history.arrays(name), name
    if hasattr(history, "columns"):  # a DataFrame
        history = {name: history[name] for name in history.columns}
    if not isinstance(history, Mapping):
        raise TypeError(f"history must be a DataFrame or a mapping, not {type(history).__name__}")
    names = ("step", "loss", "eval_step", "eval_loss", "eval_metric")
    found = {name: np.asarray(history.get(name, ()), dtype=float) for name in names}
    if len(found["step"]) != len(found["loss"]):
        raise ValueError(
            f"step has {len(found['step'])} values and loss {len(found['loss'])}; "
            "they must be equally long."
        )
    for name in ("eval_loss", "eval_metric"):
        if not len(found[name]):
            found[name] = np.full(len(found["eval_step"]), np.nan)
    return found, metric


class Smoother:
    """Exponential moving average over about ``span`` steps, grown value by value.

    NaN and infinite values are left out. Unbiased at the start: an average of the values so far,
    not of values and an invented zero.
    """

    def __init__(self, span: float):
        self.span = span
        self.values = array("d")
        self._keep = 1 - 2 / (max(span, 1) + 1)
        self._total = self._weight = 0.0

    def extend(self, values: Iterable[float]) -> None:
        """Go on with these values."""
        total, weight, keep = self._total, self._weight, self._keep
        for value in values:
            total, weight = total * keep, weight * keep
            if math.isfinite(value):
                total, weight = total + value, weight + 1
            self.values.append(total / weight if weight > 1e-9 else math.nan)
        self._total, self._weight = total, weight


def smoothed(values: np.ndarray, span: float) -> np.ndarray:
    """The whole of a curve smoothed; see :class:`Smoother`.

    >>> smoothed(np.array([2.0, np.nan, 2.0]), 5).tolist()
    [2.0, 2.0, 2.0]
    """
    smoother = Smoother(span)
    smoother.extend(values.tolist())
    return np.array(smoother.values)


def thin(step: np.ndarray, columns: int, *values: np.ndarray) -> list[np.ndarray]:
    """At most ``columns`` columns of a curve, with the lowest and highest value of each.

    Parameters
    ----------
    step : ndarray, shape (n,)
    columns : int
    values : one ndarray (the curve) and optionally a second, taken at each column's last step

    Returns
    -------
    list of ndarray, each of shape (k,), k <= columns
        first step, lowest, highest [, last value of the second]; a column without a finite value
        is NaN.
    """
    curve, *rest = values
    n = len(step)
    with np.errstate(invalid="ignore"):
        finite = np.isfinite(curve)
    if n <= columns:
        plain = np.where(finite, curve, np.nan)
        return [step, plain, plain, *rest]
    edges = np.linspace(0, n, columns + 1).astype(int)
    starts = edges[:-1]
    low = np.minimum.reduceat(np.where(finite, curve, np.inf), starts)
    high = np.maximum.reduceat(np.where(finite, curve, -np.inf), starts)
    empty = ~np.logical_or.reduceat(finite, starts)
    low[empty], high[empty] = np.nan, np.nan
    return [step[starts], low, high, *[r[edges[1:] - 1] for r in rest]]


def not_finite(step: np.ndarray, curve: np.ndarray, limit: int = 64) -> np.ndarray:
    """Where a curve is NaN (1), +inf (2) or -inf (3): shape (2, k), rows step and code.

    At most ``limit`` marks, spread over all of them.
    """
    where = np.flatnonzero(~np.isfinite(curve))
    if len(where) > limit:
        where = where[np.linspace(0, len(where) - 1, limit).astype(int)]
    values = curve[where]
    code = np.where(np.isnan(values), 1, np.where(values > 0, 2, 3))
    return np.array([step[where], code], float)
