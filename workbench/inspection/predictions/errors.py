"""Where a classifier errs: confusion, classes worst first, examples with the highest loss."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ...errors import DataError
from ...intervals import wilson_interval
from ...tasks.text_classification.measures import Cells, cell_intervals, cells_of, totals
from .kinds import refuse_others, task_for
from .prediction_tables import class_names, labelled_predictions, no_labels, no_rows
from .queries import PredictionQueries

if TYPE_CHECKING:
    import pandas as pd


def confusion(run, split: str = "test") -> pd.DataFrame:
    """Count label against prediction.

    Parameters
    ----------
    run : Run, pandas.DataFrame or PredictionQueries
        A run, a predictions table (``label``, ``prediction``, ``score_<class>``), or such a table
        on disk.

    Returns
    -------
    pandas.DataFrame of int, n_classes rows and columns, in class-id order
        Rows are labels, columns are predictions.

    Raises
    ------
    DataError
        If there are no examples.
    """
    import pandas as pd

    names, rows, columns, examples = _cells(run, split)
    counts = np.zeros((len(names), len(names)), np.int64)
    counts[rows, columns] = examples
    return pd.DataFrame(
        counts, index=pd.Index(names, name="label"), columns=pd.Index(names, name="prediction")
    )


def per_class_errors(run, split: str = "test") -> pd.DataFrame:
    """Precision, recall, F1 and errors of each class, the lowest F1 first.

    Returns
    -------
    pandas.DataFrame, n_classes rows
        ``class``, ``support`` (examples of the class), ``errors`` (of these, predicted otherwise),
        ``error_rate`` (a fraction; NaN when support is 0), ``precision``, ``precision_low``,
        ``precision_high``, ``recall``, ``recall_low``, ``recall_high``, ``f1``, ``f1_low``,
        ``f1_high``. Intervals cover 95 %: Wilson's for precision and recall; that of F1 comes from
        Wilson's for F1 / (2 - F1) = TP / (TP + FP + FN), of which F1 is a rising function.
    """
    return class_rows(*_cells(run, split))


def class_rows(names: list[str], *cells: np.ndarray) -> pd.DataFrame:
    """Precision, recall, F1 and errors of each class from its cells, as :func:`per_class_errors`.

    Parameters
    ----------
    names : list of str, length n_classes
    cells : ndarray of int
        Label id, prediction id and number of examples of each cell.
    """
    import pandas as pd

    rows = []
    counted = np.stack(totals(*cells, len(names)), axis=1).astype(int).tolist()
    for name, (hits, support, predicted) in zip(names, counted, strict=True):
        union = support + predicted - hits
        row = {
            "class": name,
            "support": support,
            "errors": support - hits,
            "error_rate": (support - hits) / support if support else math.nan,
        }
        for measure, trials in (("precision", predicted), ("recall", support)):
            low, high = wilson_interval(hits, trials)
            row[measure] = hits / trials if trials else math.nan
            row[f"{measure}_low"], row[f"{measure}_high"] = low, high
        row["f1"] = 2 * hits / (support + predicted) if support + predicted else math.nan
        low, high = (2 * j / (1 + j) for j in wilson_interval(hits, union))
        row["f1_low"], row["f1_high"] = low, high
        rows.append(row)
    return pd.DataFrame(rows).sort_values(
        "f1", kind="stable", na_position="first", ignore_index=True
    )


def top_losses(
    run,
    split: str = "test",
    n: int | None = 20,
    *,
    label: str | None = None,
    prediction: str | None = None,
) -> pd.DataFrame:
    """The examples with the highest loss first, of any task that has one loss an example.

    Parameters
    ----------
    run : Run, or pandas.DataFrame with ``loss`` (float)
        Texts that are learnt themselves have a loss and no label.
    split : str
    n : int or None
        At most so many rows; ``None`` for all.
    label, prediction : str, optional
        Only examples of this class, or predicted as this class.

    Returns
    -------
    pandas.DataFrame
        Rows of the predictions table; its index is the position there.
    """
    table = run.predictions(split) if hasattr(run, "predictions") else run
    if not len(table) or "loss" not in table.columns or not (label is prediction is None):
        table = labelled_predictions(table, split)
    for column, wanted in (("label", label), ("prediction", prediction)):
        if wanted is not None:
            names = class_names(table)
            if wanted not in names:
                raise DataError(f"There is no class {wanted!r}.", f"Classes: {', '.join(names)}.")
            table = table[table[column] == wanted]
    table = table.sort_values("loss", ascending=False, kind="stable")
    return table if n is None else table.head(n)


def metric_intervals(
    run, split: str = "test", *, resamples: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """The metrics of predictions with 95 % intervals, as their task measures them.

    Of classes accuracy (Wilson's interval) and macro-F1 (the percentile bootstrap over examples,
    Efron, 1979).

    Parameters
    ----------
    run : Run, pandas.DataFrame or PredictionQueries
        Of any task.

    Returns
    -------
    pandas.DataFrame, a row a metric
        ``metric``, ``value``, ``low``, ``high``, ``method``.
    """
    if isinstance(run, PredictionQueries):
        return cell_intervals(_cells(run, split), resamples, seed)
    table = run.predictions(split) if hasattr(run, "predictions") else run
    if not len(table):
        raise no_rows()
    task = task_for(table)
    if not task.labelled(table):
        raise no_labels()
    return task.intervals(table, resamples=resamples, seed=seed)


def _cells(run, split: str) -> Cells:
    """Class names, and label id, prediction id and examples of each cell that is not empty."""
    if isinstance(run, PredictionQueries):
        names, counts = run.names, run.confusion()
        if not len(counts):
            raise no_rows()
        weights = counts["examples"].to_numpy()
    else:
        counts = labelled_predictions(run, split)
        refuse_others(counts)
        names, weights = class_names(counts), np.ones(len(counts), np.int64)
    return cells_of(names, counts, weights)
