"""One class against the rest as its threshold moves: precision, recall, ROC, and what errors cost.

Every curve has a point for each distinct score (ties move together) and agrees with scikit-learn's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...errors import DataError
from .scores import Scored, scored

if TYPE_CHECKING:
    import pandas as pd


def threshold_curve(run, split: str = "test", *, positive: str) -> pd.DataFrame:
    """Precision, recall, F1 and both error rates at each threshold of one class.

    Parameters
    ----------
    positive : str
        The class that is asked for; an example is called positive when its score is at least the
        threshold.

    Returns
    -------
    pandas.DataFrame, a row a distinct score, the highest threshold first
        ``threshold``, ``predicted`` (examples called positive), ``precision``, ``recall`` (the
        true positive rate), ``f1``, ``false_positive_rate``, ``accuracy``.

    Raises
    ------
    DataError
        If no example, or every example, is of the class: then there is nothing to tell apart.
    """
    return curve_of(*_one_against_rest(scored(run, split), positive))


def curve_of(truth: np.ndarray, scores: np.ndarray) -> pd.DataFrame:
    """The table of :func:`threshold_curve` from truth (bool) and scores, shape (n_examples,)."""
    import pandas as pd

    order = np.argsort(-scores, kind="stable")
    last_of_tie = np.r_[np.flatnonzero(np.diff(scores[order])), len(scores) - 1]
    hits = np.cumsum(truth[order])[last_of_tie]
    predicted = last_of_tie + 1
    positives, negatives = truth.sum(), (~truth).sum()
    false = predicted - hits
    return pd.DataFrame(
        {
            "threshold": scores[order][last_of_tie],
            "predicted": predicted,
            "precision": hits / predicted,
            "recall": hits / positives,
            "f1": 2 * hits / (predicted + positives),
            "false_positive_rate": false / negatives,
            "accuracy": (hits + negatives - false) / len(truth),
        }
    )


def ranking_quality(run, split: str = "test") -> pd.DataFrame:
    """Average precision and area under the ROC curve of each class against the rest.

    Returns
    -------
    pandas.DataFrame, n_classes rows, in class order
        ``class``, ``support``, ``average_precision``, ``roc_auc`` (NaN when no example or every
        example is of the class), ``best_threshold`` and ``best_f1``.
    """
    import pandas as pd

    data = scored(run, split)
    rows = []
    for number, name in enumerate(data.names):
        support = int((data.labels == number).sum())
        row = {"class": name, "support": support, "average_precision": np.nan, "roc_auc": np.nan,
               "best_threshold": np.nan, "best_f1": np.nan}  # fmt: skip
        if 0 < support < len(data.labels):
            curve = threshold_curve(data.table, positive=name)
            recall = np.r_[0.0, curve["recall"]]
            fpr = np.r_[0.0, curve["false_positive_rate"]]
            best = int(curve["f1"].to_numpy().argmax())
            row["average_precision"] = float((np.diff(recall) * curve["precision"]).sum())
            row["roc_auc"] = float((np.diff(fpr) * (recall[1:] + recall[:-1]) / 2).sum())
            row["best_threshold"] = float(curve["threshold"].iloc[best])
            row["best_f1"] = float(curve["f1"].iloc[best])
        rows.append(row)
    return pd.DataFrame(rows)


def expected_cost(run, split: str = "test", *, costs: pd.DataFrame | dict) -> pd.DataFrame:
    """What errors cost, as predicted and when each example takes the class of least expected cost.

    Parameters
    ----------
    costs : pandas.DataFrame or dict of (label, prediction) to float
        Cost of predicting the column for an example of the row; what a dict leaves out costs 0 on
        the diagonal and 1 off it.

    Returns
    -------
    pandas.DataFrame, two rows
        ``decision`` ("highest score", "least expected cost"), ``total``, ``mean`` (a example),
        ``accuracy``.

    Notes
    -----
    C. Elkan, "The foundations of cost-sensitive learning", 2001. The second row is only as good as
    the scores are calibrated.
    """
    import pandas as pd

    data = scored(run, split)
    matrix = _cost_matrix(costs, data)
    cautious = (data.scores @ matrix).argmin(axis=1)
    rows = []
    for name, decided in (
        ("highest score", data.predictions),
        ("least expected cost", cautious),
    ):
        paid = matrix[data.labels, decided]
        rows.append((name, float(paid.sum()), float(paid.mean()), (decided == data.labels).mean()))
    return pd.DataFrame(rows, columns=["decision", "total", "mean", "accuracy"])


def _cost_matrix(costs, data: Scored) -> np.ndarray:
    k = len(data.names)
    if isinstance(costs, dict):
        matrix = 1.0 - np.eye(k)
        for pair, value in costs.items():
            label, prediction = pair
            matrix[data.id_of(label), data.id_of(prediction)] = value
    else:
        missing = [n for n in data.names if n not in costs.index or n not in costs.columns]
        if missing:
            raise DataError(
                f"The cost matrix has no row or no column for {missing[0]!r}.",
                f"It needs both for each class: {', '.join(data.names)}.",
            )
        matrix = costs.loc[data.names, data.names].to_numpy(float)
    if not np.isfinite(matrix).all():
        raise DataError("The cost matrix holds a value that is not finite.", "Give numbers.")
    return matrix


def _one_against_rest(data: Scored, positive: str) -> tuple[np.ndarray, np.ndarray]:
    number = data.id_of(positive)
    truth = data.labels == number
    if truth.all() or not truth.any():
        raise DataError(
            f"{'Every' if truth.all() else 'No'} example is of the class {positive!r}, so there "
            "is no threshold to choose.",
            "Choose another class.",
        )
    return truth, data.scores[:, number]
