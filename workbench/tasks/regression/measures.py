"""Metrics of numbers with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...intervals import by_bootstrap, drawn_rows, interval_table, percentile_interval
from ...measures.sums import Sums

if TYPE_CHECKING:
    import pandas as pd


def correlation(one: np.ndarray, two: np.ndarray) -> float:
    """Pearson's correlation; 0 where one of them is constant."""
    one, two = one - one.mean(), two - two.mean()
    size = float(np.sqrt((one @ one) * (two @ two)))
    return float(one @ two) / size if size > 0 else 0.0


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1, ties sharing the mean of theirs."""
    from scipy.stats import rankdata

    return rankdata(values)


def number_intervals(
    label: np.ndarray, prediction: np.ndarray, resamples: int, seed: int
) -> pd.DataFrame:
    """Both correlations, mean absolute and root mean squared error, bootstrapped over examples.

    Parameters
    ----------
    label, prediction : ndarray of float, shape (n_examples,)
    """
    ordered = ranks(label), ranks(prediction)
    figures = {
        "pearson": lambda rows: correlation(label[rows], prediction[rows]),
        # ranks of the whole set stand in for those of each resample: ties apart they order alike
        "spearman": lambda rows: correlation(ordered[0][rows], ordered[1][rows]),
        "mae": lambda rows: float(np.abs(prediction[rows] - label[rows]).mean()),
        "rmse": lambda rows: float(np.sqrt(((prediction[rows] - label[rows]) ** 2).mean())),
    }
    drawn = np.asarray(
        [
            [figure(rows) for figure in figures.values()]
            for piece in drawn_rows(len(label), resamples, seed)
            for rows in piece
        ]
    )
    everything = np.arange(len(label))
    return interval_table(
        [
            (name, figure(everything), *percentile_interval(values), by_bootstrap(resamples))
            for (name, figure), values in zip(figures.items(), drawn.T, strict=True)
        ]
    )


def number_sums(label: np.ndarray, prediction: np.ndarray) -> Sums:
    """The sums behind these metrics."""
    x, y = label, prediction
    error = y - x
    x, y = x - x.mean(), y - y.mean()  # small numbers: their squares lose no digits
    r, s = ranks(x) / len(x), ranks(y) / len(y)  # of the whole set, for every resample
    pairs = [column for a, b in ((x, y), (r, s)) for column in (a, b, a * a, b * b, a * b)]
    parts = np.stack([*pairs, np.abs(error), error**2], axis=1)

    def figures(sums: np.ndarray, n: int) -> dict[str, np.ndarray]:
        mean = sums / n
        return {
            "pearson": _correlation(mean[:, :5]),
            "spearman": _correlation(mean[:, 5:10]),
            "mae": mean[:, 10],
            "rmse": np.sqrt(mean[:, 11]),
        }

    return Sums(parts, figures)


def _correlation(means: np.ndarray) -> np.ndarray:
    """From means of a, b, a², b², ab, shape (draws, 5); 0 where one of them is constant."""
    a, b, aa, bb, ab = means.T
    both = np.maximum(aa - a * a, 0) * np.maximum(bb - b * b, 0)
    size = np.sqrt(both)
    return np.divide(ab - a * b, size, out=np.zeros(len(a)), where=size > 1e-12)
