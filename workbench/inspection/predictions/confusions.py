"""Confusion as shares, the largest confusions, and examples that the model was least sure of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...errors import DataError
from ...intervals import wilson_interval
from .errors import confusion
from .scores import scored

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("label", "prediction", "all")


def normalised_confusion(run, split: str = "test", *, by: str = "label") -> pd.DataFrame:
    """Confusion as shares.

    Parameters
    ----------
    by : {'label', 'prediction', 'all'}
        Shares of the row (of a label's examples, the diagonal is recall), of the column (of a
        predicted class, the diagonal is precision), or of all examples.

    Returns
    -------
    pandas.DataFrame of float, n_classes rows and columns
        NaN where there is nothing to share out.
    """
    if by not in KINDS:
        raise DataError(f"by is {by!r}.", f"Allowed: {', '.join(map(repr, KINDS))}.")
    counts = confusion(run, split).astype(float)
    if by == "all":
        return counts / counts.to_numpy().sum()
    sums = counts.sum(axis=1 if by == "label" else 0)
    return counts.div(sums.where(sums > 0), axis=0 if by == "label" else 1)


def largest_confusions(run, split: str = "test", n: int | None = 20) -> pd.DataFrame:
    """Pairs of label and other prediction, the one with most examples first.

    Returns
    -------
    pandas.DataFrame, at most ``n`` rows
        ``label``, ``prediction``, ``examples``, ``share`` of the label's examples with its 95 %
        Wilson interval ``low``, ``high``, ``back`` (examples confused the other way round) and
        ``of_errors`` (share of all errors). Ties stay in class order.
    """
    import pandas as pd

    counts = confusion(run, split)
    values, names = counts.to_numpy(), list(counts.index)
    rows, columns = np.nonzero(values * ~np.eye(len(values), dtype=bool))
    support = values.sum(axis=1)
    errors = values.sum() - np.trace(values)
    order = np.argsort(-values[rows, columns], kind="stable")[:n]
    table = []
    for i, j in zip(rows[order], columns[order], strict=True):
        low, high = wilson_interval(int(values[i, j]), int(support[i]))
        table.append(
            (names[i], names[j], int(values[i, j]), values[i, j] / support[i], low, high,
             int(values[j, i]), values[i, j] / errors)
        )  # fmt: skip
    columns = ["label", "prediction", "examples", "share", "low", "high", "back", "of_errors"]
    return pd.DataFrame(table, columns=columns)


def uncertainty(run, split: str = "test") -> pd.DataFrame:
    """How sure the model was of each example, the least sure (smallest margin) first.

    Returns
    -------
    pandas.DataFrame
        The predictions table with ``confidence`` (highest score), ``second`` (the class with the
        second highest), ``margin`` (highest minus second highest score, 0 for a tie) and
        ``entropy`` (of the scores, in bits; at most log2 of the number of classes). Its index is
        the position in the predictions.
    """
    data = scored(run, split)
    rows = np.arange(len(data.labels))
    order = np.argsort(-data.scores, axis=1, kind="stable")
    first = data.scores[rows, order[:, 0]]
    one_class = data.scores.shape[1] == 1
    second = order[:, 0 if one_class else 1]
    runner_up = np.zeros(len(rows)) if one_class else data.scores[rows, second]
    positive = np.where(data.scores > 0, data.scores, 1.0)
    table = data.table.reset_index(drop=True).assign(
        confidence=first,
        second=np.asarray(data.names, dtype=object)[second],
        margin=first - runner_up,
        entropy=-(data.scores * np.log2(positive)).sum(axis=1),
    )
    return table.sort_values("margin", kind="stable")
