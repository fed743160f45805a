"""Accuracy and macro-F1 of classes with intervals, from the cells of a confusion matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...errors import DataError
from ...intervals import (
    by_bootstrap,
    drawn_counts,
    interval_table,
    percentile_interval,
    wilson_interval,
)

if TYPE_CHECKING:
    import pandas as pd

Cells = tuple[list[str], np.ndarray, np.ndarray, np.ndarray]


def cells_of(names: list[str], table: pd.DataFrame, weights: np.ndarray | None = None) -> Cells:
    """The cells of a confusion matrix that are not empty.

    Parameters
    ----------
    names : list of str
        Of the classes, in class-id order.
    table : pandas.DataFrame
        ``label``, ``prediction``.
    weights : ndarray of int, shape (n_rows,), optional
        How many examples a row stands for; one where it is left out.

    Returns
    -------
    names : list of str
    label, prediction, examples : ndarray of int64, shape (n_cells,)

    Raises
    ------
    DataError
        If a label or prediction is none of the classes.
    """
    import pandas as pd

    ids, found = pd.Index(names), []
    for name in ("label", "prediction"):
        found.append(ids.get_indexer(pd.Index(table[name])))
        if (found[-1] < 0).any():
            odd = table[name].to_numpy()[found[-1] < 0][0]
            raise DataError(
                f"The {name} {odd!r} is none of the {len(names)} classes that have scores.",
                "Predict again with the model that has this class.",
            )
    weights = np.ones(len(table), np.int64) if weights is None else weights
    cells, which = np.unique(found[0] * len(names) + found[1], return_inverse=True)
    sums = np.bincount(which, weights=weights).astype(np.int64)
    return names, cells // len(names), cells % len(names), sums


def cell_intervals(cells: Cells, resamples: int, seed: int) -> pd.DataFrame:
    """Accuracy with Wilson's interval, macro-F1 with the percentile bootstrap over examples."""
    names, label, prediction, counts = cells
    hits, total = int(totals(label, prediction, counts, len(names))[0].sum()), int(counts.sum())
    drawn = np.concatenate(
        [
            macro_f1(*totals(label, prediction, piece, len(names)))
            for piece in drawn_counts(counts, resamples, seed)
        ]
    )
    macro = float(macro_f1(*totals(label, prediction, counts, len(names))))
    return interval_table(
        [
            ("accuracy", hits / total, *wilson_interval(hits, total), "Wilson"),
            ("macro_f1", macro, *percentile_interval(drawn), by_bootstrap(resamples)),
        ]
    )


def macro_f1(hits: np.ndarray, support: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Macro-F1 over the classes that occur, shape (..., n_classes) -> (...)."""
    both = support + predicted
    occurs = both > 0
    f1 = np.divide(2 * hits, both, out=np.zeros(hits.shape), where=occurs)
    return f1.sum(axis=-1) / occurs.sum(axis=-1)


def totals(
    rows: np.ndarray, columns: np.ndarray, counts: np.ndarray, n: int
) -> tuple[np.ndarray, ...]:
    """Hits, support and predictions of each class, shape (..., n), from cells (..., n_cells)."""
    from scipy.sparse import csr_matrix

    cells = np.arange(len(rows))
    right = cells[rows == columns]
    of = [(right, rows[right]), (cells, rows), (cells, columns)]
    ones = [csr_matrix((np.ones(len(i)), (i, j)), shape=(len(rows), n)) for i, j in of]
    return tuple(np.asarray((one.T @ counts.T).T) for one in ones)
