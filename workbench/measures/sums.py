"""Metrics as functions of sums over examples, so that drawing examples draws them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..intervals import by_bootstrap, drawn_sums, interval_table, percentile_interval
from .measure import Measure

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Sums:
    """Metrics of a run as functions of sums over examples.

    Attributes
    ----------
    parts : ndarray of float64, shape (n_examples, n_parts)
    figures : callable
        From sums of ``parts``, shape (draws, n_parts), and the number of examples to a dict of
        metrics, each of shape (draws,).
    """

    parts: np.ndarray
    figures: Callable[[np.ndarray, int], dict[str, np.ndarray]]


def means(columns: Mapping[str, np.ndarray | pd.Series]) -> Sums:
    """Metrics that are means over examples: name to a value for each example."""
    names = list(columns)

    def figures(sums: np.ndarray, n: int) -> dict[str, np.ndarray]:
        return {name: sums[:, number] / n for number, name in enumerate(names)}

    return Sums(np.stack([np.asarray(columns[n], float) for n in names], axis=1), figures)


def sums_of(measures: Mapping[str, Measure]) -> Sums:
    """Measures as sums over the rows, so that two runs are compared and drawn by them.

    A measure that is no function of sums (different runs of words) is left out: its interval is by
    the jackknife, in :mod:`.tables`.

    Parameters
    ----------
    measures : mapping of str to Measure, all of the same rows
    """
    taken = {name: one for name, one in measures.items() if one.left_out is None}
    ends = np.cumsum([one.parts.shape[1] for one in taken.values()])[:-1]

    def figures(sums: np.ndarray, n: int) -> dict[str, np.ndarray]:
        columns = np.split(sums, ends, axis=1)
        return {name: one.figure(part)
                for (name, one), part in zip(taken.items(), columns, strict=True)}  # fmt: skip

    return Sums(np.concatenate([one.parts for one in taken.values()], axis=1), figures)


def ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """One over the other, float; 0 where the other is 0."""
    return np.divide(top, bottom, out=np.zeros(np.shape(top)), where=bottom > 0)


def bootstrapped(found: Sums, resamples: int, seed: int) -> pd.DataFrame:
    """The metrics with percentile bootstrap intervals over examples, a row each.

    Returns
    -------
    pandas.DataFrame
        ``metric``, ``value``, ``low``, ``high`` (95 %), ``method``.
    """
    n = len(found.parts)
    plain = found.figures(found.parts.sum(axis=0)[None], n)
    (sums,) = drawn_sums([found.parts], resamples, seed)
    drawn = found.figures(sums, n)
    return interval_table(
        [
            (name, float(value[0]), *percentile_interval(drawn[name]), by_bootstrap(resamples))
            for name, value in plain.items()
        ]
    )


def differences(first: Sums, second: Sums, resamples: int, seed: int) -> pd.DataFrame:
    """Metrics of both and their difference with its 95 % paired bootstrap interval.

    The same examples are drawn for both in each resample (Efron, 1979).

    Returns
    -------
    pandas.DataFrame, a row a metric
        ``metric``, ``first``, ``second``, ``difference`` (second minus first), ``low``, ``high``.
    """
    import pandas as pd

    n = len(first.parts)
    plain = [one.figures(one.parts.sum(axis=0)[None], n) for one in (first, second)]
    drawn = drawn_sums([first.parts, second.parts], resamples, seed)
    sampled = [one.figures(sums, n) for one, sums in zip((first, second), drawn, strict=True)]
    rows = []
    for metric in plain[0]:
        one, two = (float(values[metric][0]) for values in plain)
        low, high = percentile_interval(sampled[1][metric] - sampled[0][metric])
        rows.append((metric, one, two, two - one, low, high))
    return pd.DataFrame(rows, columns=["metric", "first", "second", "difference", "low", "high"])
