"""Where a classifier errs: confusion, classes worst first, examples with the highest loss."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..errors import DataError
from ..intervals import (
    by_bootstrap,
    drawn_counts,
    interval_table,
    percentile_interval,
    wilson_interval,
)
from .kinds import refuse_others
from .prediction_tables import class_names, labelled_predictions
from .queries import PredictionQueries
from .residuals import is_regression, regression_intervals

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
    import pandas as pd

    names, *cells = _cells(run, split)
    rows = []
    totals = np.stack(_totals(*cells, len(names)), axis=1).astype(int).tolist()
    for name, (hits, support, predicted) in zip(names, totals, strict=True):
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
    """The examples with the highest loss first.

    Parameters
    ----------
    n : int or None
        At most so many rows; ``None`` for all.
    label, prediction : str, optional
        Only examples of this class, or predicted as this class.

    Returns
    -------
    pandas.DataFrame
        Rows of the predictions table; its index is the position there.
    """
    table = labelled_predictions(run, split)
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
    """Accuracy and macro-F1 with 95 % intervals.

    Accuracy has Wilson's interval; macro-F1 the percentile bootstrap over examples (Efron, 1979).

    Returns
    -------
    pandas.DataFrame, two rows
        ``metric``, ``value``, ``low``, ``high``, ``method``.
    """
    import pandas as pd

    from .multi_label import is_multi_label, label_set_intervals

    table = run.predictions(split) if hasattr(run, "predictions") else run
    if "exact_match" in table.columns:
        from .answers import answer_intervals

        return answer_intervals(table, resamples=resamples, seed=seed)
    if is_regression(table):
        numbers = labelled_predictions(table, split)
        return regression_intervals(numbers, resamples=resamples, seed=seed)
    if "tokens" in table.columns:
        from .entities import entity_intervals

        return entity_intervals(labelled_predictions(table, split), resamples=resamples, seed=seed)
    if isinstance(table, pd.DataFrame) and is_multi_label(table):
        return label_set_intervals(table, split, resamples=resamples, seed=seed)
    names, *cells, counts = _cells(table, split)
    hits, total = int(_totals(*cells, counts, len(names))[0].sum()), int(counts.sum())
    drawn = np.concatenate(
        [
            _macro_f1(*_totals(*cells, piece, len(names)))
            for piece in drawn_counts(counts, resamples, seed)
        ]
    )
    macro = float(_macro_f1(*_totals(*cells, counts, len(names))))
    return interval_table(
        [
            ("accuracy", hits / total, *wilson_interval(hits, total), "Wilson"),
            ("macro_f1", macro, *percentile_interval(drawn), by_bootstrap(resamples)),
        ]
    )


def _macro_f1(hits: np.ndarray, support: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Macro-F1 over the classes that occur, shape (..., n_classes) -> (...)."""
    both = support + predicted
    occurs = both > 0
    f1 = np.divide(2 * hits, both, out=np.zeros(hits.shape), where=occurs)
    return f1.sum(axis=-1) / occurs.sum(axis=-1)


def _totals(rows, columns, counts: np.ndarray, n: int) -> tuple[np.ndarray, ...]:
    """Hits, support and predictions of each class, shape (..., n), from cells (..., n_cells)."""
    from scipy.sparse import csr_matrix

    cells = np.arange(len(rows))
    right = cells[rows == columns]
    of = [(right, rows[right]), (cells, rows), (cells, columns)]
    ones = [csr_matrix((np.ones(len(i)), (i, j)), shape=(len(rows), n)) for i, j in of]
    return tuple(np.asarray((one.T @ counts.T).T) for one in ones)


def _cells(run, split: str) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """Class names, and label id, prediction id and examples of each cell that is not empty."""
    import pandas as pd

    if isinstance(run, PredictionQueries):
        names, counts = run.names, run.confusion()
        if not len(counts):
            raise DataError("The predictions table has no rows.", "Predict at least one example.")
        weights = counts["examples"].to_numpy()
    else:
        counts = labelled_predictions(run, split)
        refuse_others(counts)
        names, weights = class_names(counts), np.ones(len(counts), np.int64)
    ids, found = pd.Index(names), []
    for name in ("label", "prediction"):
        found.append(ids.get_indexer(counts[name]))
        if (found[-1] < 0).any():
            odd = counts[name].to_numpy()[found[-1] < 0][0]
            raise DataError(
                f"The {name} {odd!r} is none of the {len(names)} classes that have scores.",
                "Predict again with the model that has this class.",
            )
    cells, which = np.unique(found[0] * len(names) + found[1], return_inverse=True)
    sums = np.bincount(which, weights=weights).astype(np.int64)
    return names, cells // len(names), cells % len(names), sums
