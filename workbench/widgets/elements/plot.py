"""Lines and points in one small picture with its table beside it."""

from __future__ import annotations

import numpy as np
import traitlets

from ..base import View, module

MOST = 400  # points of a line that are sent
DIAGONAL = {"x": [0, 1], "y": [0, 1], "guide": True}  # what curves are compared with


class Plot(View):
    """A few curves over one pair of axes."""

    TEXTS = "plot"
    _esm = module("elements/plot.js")
    heading = traitlets.Unicode("").tag(sync=True)
    x_title = traitlets.Unicode("").tag(sync=True)
    y_title = traitlets.Unicode("").tag(sync=True)
    limits = traitlets.List().tag(sync=True)  # x from, x to, y from, y to; empty: those of reach
    reach = traitlets.List([0, 1, 0, 1]).tag(sync=True)  # 0 to 1, and further where a value is
    series = traitlets.List().tag(sync=True)  # name, x, y; points, low, high, guide

    def show(self, heading: str, x_title: str, y_title: str, series: list[dict]) -> None:
        """Draw these curves; on axes from 0 to 1, or as far as the values go, without limits.

        Parameters
        ----------
        series : list of dict
            ``name``, ``x`` and ``y`` (array-like of float, shape (n,)); of a picture with points
            also ``points`` (their texts), ``low`` and ``high``; ``guide`` for a line to read by.
        """
        with self.hold_sync():
            self.heading, self.x_title, self.y_title = heading, x_title, y_title
            self.series = [_sent(line) for line in series]
            self.reach = [*_reach(self.series, "x"), *_reach(self.series, "y", "low", "high")]


def _sent(line: dict) -> dict:
    """At most MOST points of each array, the first and the last among them, as lists."""
    n = len(line["x"])
    kept = np.unique(np.linspace(0, n - 1, min(n, MOST)).astype(int)) if n else []
    numbers = {
        k: np.asarray(line[k], float)[kept].tolist() for k in ("x", "y", "low", "high") if k in line
    }
    rest = {k: line[k] for k in ("name", "guide", "points") if k in line}
    return {**rest, **numbers}


def _reach(series: list[dict], *names: str) -> tuple[float, float]:
    """From 0 to 1, further on either side where a value lies beyond; a tenth more than that."""
    values = [v for line in series for name in names for v in line.get(name, ())]
    finite = [v for v in values if np.isfinite(v)]
    low, high = min([0.0, *finite]), max([1.0, *finite])
    return (1.1 * low if low < 0 else 0.0), (1.1 * high if high > 1 else 1.0)
