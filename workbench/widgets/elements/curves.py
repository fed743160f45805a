"""Live curves of a run: training loss raw and smoothed, validation loss, one metric; metrics that
steps have as well, such as the rewards of preference tuning."""

from __future__ import annotations

from typing import Any

import numpy as np
import traitlets

from workbench import inspection

from ..base import View, module, pack
from .history import History, Smoother, as_arrays, not_finite, of_rows, smoothed, thin

COLUMNS = 480  # of the training curve; 4 rows of float32: 7.7 kB
MEASURED = 160  # of each metric that steps have: 2 rows of float32, 1.3 kB
EVALUATIONS = 120  # shown at most; thinned evenly, the last one kept


class Curves(View):
    """Curves that grow; the whole state is in traits, so a reload or a second view shows it all.

    >>> curves = Curves()
    >>> curves.set_history({"step": [1, 2, 3], "loss": [2.0, 1.5, 1.2]}, total_steps=10)
    >>> curves.points
    3
    """

    TEXTS = "curves"
    _esm = module("keys.js", "elements/curves.js")
    train = traitlets.Bytes(b"").tag(sync=True)  # float32 [4, k]: step, lowest, highest, smoothed
    bad = traitlets.Bytes(b"").tag(sync=True)  # float32 [2, k]: step, 1 NaN, 2 inf, 3 -inf
    validation = traitlets.Bytes(b"").tag(sync=True)  # float32 [3, k]: step, loss, metric
    #: Of each metric that steps have: name, title, and float32 [2, k] of steps and smoothed values,
    #: of steps of evaluations and values.
    measures = traitlets.List().tag(sync=True)
    points = traitlets.Int(0).tag(sync=True)
    bad_points = traitlets.Int(0).tag(sync=True)
    total_steps = traitlets.Int(0).tag(sync=True)
    epochs = traitlets.Float(0.0).tag(sync=True)
    metric = traitlets.Unicode("").tag(sync=True)
    metric_title = traitlets.Unicode("").tag(sync=True)  # as people write it
    span = traitlets.Int(0).tag(sync=True)

    def __init__(self, **traits):
        super().__init__(**traits)
        self._smoother = Smoother(0)
        self._last: tuple | None = None  # step and loss that the smoother ended with

    def set_history(
        self,
        history: Any,
        *,
        total_steps: int | None = None,
        epochs: float | None = None,
        metric: str = "",
        span: int | None = None,
    ) -> None:
        """Show these numbers in place of what is shown.

        Parameters
        ----------
        history : pandas.DataFrame, mapping of arrays, or History
            ``Run.history()``; or ``step`` and ``loss`` (and ``eval_step``, ``eval_loss``,
            ``eval_metric``), each array-like of the same length as its steps.
        total_steps : int, optional
            Where the x axis ends while the run is not there yet.
        epochs : float, optional
            What ``total_steps`` are in epochs; the axis then counts epochs.
        metric : str, optional
            Which number of the evaluations to draw; by default the usual one (macro F1 first).
        span : int, optional
            Steps that the smoothed curve averages over; by default a fortieth of the run, at
            least 10.
        """
        history = of_rows(history)
        data, name = as_arrays(history, metric)
        step, loss = data["step"], data["loss"]
        width = span or max(10, round(max(total_steps or 0, len(step)) / 40))
        columns = thin(step, COLUMNS, loss, self._smoothed(step, loss, width))
        with self.hold_sync():
            self.train = pack(*columns) if len(step) else b""
            marks = not_finite(step, loss)
            self.bad = pack(*marks) if marks.size else b""
            self.bad_points = int((~np.isfinite(loss)).sum())
            self.validation = _evaluations(data)
            self.measures = _measures(history, data, width) if hasattr(history, "measures") else []
            self.points = len(step)
            self.metric, self.metric_title = name, inspection.metric_name(name) if name else ""
            self.span = width
            if total_steps is not None:
                self.total_steps = int(total_steps)
            if epochs is not None:
                self.epochs = float(epochs)

    def _smoothed(self, step: np.ndarray, loss: np.ndarray, span: float) -> np.ndarray:
        """The smoothed curve; only what is new is computed when the old part is as it was."""
        known = len(self._smoother.values)
        same = 0 < known <= len(step) and self._last == (step[known - 1], loss[known - 1])
        if self._smoother.span != span or not same:
            self._smoother, known = Smoother(span), 0
        self._smoother.extend(loss[known:].tolist())
        self._last = (step[-1], loss[-1]) if len(step) else None
        return np.array(self._smoother.values)

    def __repr__(self) -> str:
        return f"Curves({self.points} steps)"


def _evaluations(data: dict[str, np.ndarray]) -> bytes:
    step = data["eval_step"]
    if not len(step):
        return b""
    kept = _spread(len(step), EVALUATIONS)
    return pack(step[kept], data["eval_loss"][kept], data["eval_metric"][kept])


def _measures(history: History, data: dict[str, np.ndarray], span: float) -> list[dict[str, Any]]:
    steps, evaluations = data["step"], data["eval_step"]
    some, few, found = _spread(len(steps), MEASURED), _spread(len(evaluations), EVALUATIONS), []
    for name in history.measures():
        trained, evaluated = history.measured(name)
        found.append({
            "name": name, "title": inspection.metric_name(name),
            "train": pack(steps[some], smoothed(trained, span)[some]),
            "validation": pack(evaluations[few], evaluated[few]),
        })  # fmt: skip
    return found


def _spread(n: int, most: int) -> np.ndarray:
    """Numbers of at most so many of ``n`` places, evenly, the last one kept."""
    if n <= most:
        return np.arange(n)
    return np.linspace(0, n - 1, most).round().astype(int)
