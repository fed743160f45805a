"""Errors of a regression: intervals of its metrics, residuals, and where they grow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...errors import DataError
from .kinds import kind_of, task_for
from .prediction_tables import no_labels, no_rows

if TYPE_CHECKING:
    import pandas as pd


def is_regression(predictions: pd.DataFrame) -> bool:
    """Whether a predictions table holds numbers and not classes."""
    return kind_of(predictions) == "number"


def regression_intervals(
    run, split: str = "test", *, resamples: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """Pearson and Spearman correlation, mean absolute and root mean squared error.

    Parameters
    ----------
    run : Run or pandas.DataFrame
        A run, or a predictions table (``label``, ``prediction``).
    resamples : int
        Of the bootstrap.

    Returns
    -------
    pandas.DataFrame
        ``metric``, ``value``, ``low``, ``high`` (percentile bootstrap over examples, 95 %),
        ``method``.
    """
    table = _table(run, split)
    return task_for(table).intervals(table, resamples=resamples, seed=seed)


def top_residuals(run, split: str = "test", *, n: int | None = 20) -> pd.DataFrame:
    """The predictions that are furthest from their labels, the worst first."""
    table = _table(run, split)
    order = np.argsort(-table["residual"].abs().to_numpy(), kind="stable")
    return table.iloc[order if n is None else order[:n]]


def residuals_by_label(run, split: str = "test", *, bins: int = 5) -> pd.DataFrame:
    """Mean residual and mean absolute error of each part of the labels' range.

    Returns
    -------
    pandas.DataFrame, one row a part of about equal size
        ``low``, ``high`` (of the labels), ``examples``, ``residual`` (prediction less label:
        below 0 the model says too little), ``mae``.
    """
    import pandas as pd

    table = _table(run, split)
    edges = np.unique(np.quantile(table["label"], np.linspace(0, 1, bins + 1)))
    part = np.clip(np.searchsorted(edges, table["label"], side="right") - 1, 0, len(edges) - 2)
    rows = []
    for number in np.unique(part):
        chosen = table[part == number]
        rows.append(
            (chosen["label"].min(), chosen["label"].max(), len(chosen), chosen["residual"].mean(),
             chosen["residual"].abs().mean())
        )  # fmt: skip
    return pd.DataFrame(rows, columns=["low", "high", "examples", "residual", "mae"])


def _table(run, split: str) -> pd.DataFrame:
    table = run.predictions(split) if hasattr(run, "predictions") else run
    if not len(table):
        raise no_rows()
    if not is_regression(table):
        raise DataError(
            "The predictions are classes, and residuals are differences of numbers.",
            "Use confusion() or per_class_errors().",
        )
    if not task_for(table).labelled(table):
        raise no_labels()
    return table.assign(residual=table["prediction"] - table["label"])
