"""One metric of predictions with its interval, and what of it was lost between two runs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..predictions.errors import metric_intervals

if TYPE_CHECKING:
    import pandas as pd

    from .comparison import Comparison

_LOST = ("difference", "difference_low", "difference_high", "agreement")


def quality(
    run: Any, metric: str, split: str = "test", *, metrics: dict | None = None, seed: int = 0
) -> dict[str, float]:
    """``value``, ``low`` and ``high`` (95 %) of a metric.

    Parameters
    ----------
    run : Run or pandas.DataFrame
    metrics : dict of str to float, optional
        Where the metric's value is found when the task draws no interval for it; NaN where it is
        not there either.
    """
    found: pd.DataFrame = metric_intervals(run, split, seed=seed).set_index("metric")
    if metric in found.index:
        return found.loc[metric, ["value", "low", "high"]].to_dict()
    return {"value": (metrics or {}).get(metric, math.nan), "low": math.nan, "high": math.nan}


def lost(comparison: Comparison | None, metric: str) -> dict[str, float]:
    """``difference`` in a metric with its paired interval ``difference_low`` and
    ``difference_high``, and ``agreement``; NaN for what there is no comparison of."""
    if comparison is None:
        return dict.fromkeys(_LOST, math.nan)
    found = comparison.metrics.set_index("metric")
    numbers = [math.nan] * 3
    if metric in found.index:
        numbers = found.loc[metric, ["difference", "low", "high"]].tolist()
    return dict(zip(_LOST, (*numbers, comparison.agreement), strict=True))
