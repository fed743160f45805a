"""Intervals that cover 95 %, and whether two models differ by more than chance.

What draws takes a seed. The same seed gives the same numbers, however many draws are held in memory
at once. A bootstrap draws what is independent: where rows belong together (the words of a
sentence), sum them by group first and draw the groups.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

Z_95 = 1.959963984540054  # the normal quantile of a two-sided 95 % interval
OUTSIDE = (2.5, 97.5)  # percentiles between which 95 % of the draws lie
DRAWN = 4_000_000  # numbers that a bootstrap holds at once


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    r"""95 % Wilson score interval of a share (Wilson, 1927).

    .. math:: \frac{\hat p + z^2/2n \pm z\sqrt{\hat p(1-\hat p)/n + z^2/4n^2}}{1 + z^2/n}

    Returns
    -------
    (low, high) : tuple of float
        ``(nan, nan)`` when there are no trials.

    >>> low, high = wilson_interval(8, 10)
    >>> round(low, 4), round(high, 4)
    (0.4902, 0.9433)
    """
    if trials == 0:
        return math.nan, math.nan
    share, z = successes / trials, Z_95
    middle = share + z * z / (2 * trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    # rounding must not leave the share itself, or [0, 1], outside
    return max(0.0, min(share, (middle - half) / scale)), min(
        1.0, max(share, (middle + half) / scale)
    )


def exact_interval(successes: int, trials: int) -> tuple[float, float]:
    """95 % exact binomial interval of a share (Clopper and Pearson, 1934): it covers at least that.

    Returns
    -------
    (low, high) : tuple of float
        ``(nan, nan)`` when there are no trials.

    >>> low, high = exact_interval(8, 10)
    >>> round(low, 4), round(high, 4)
    (0.4439, 0.9748)
    """
    if trials == 0:
        return math.nan, math.nan
    from scipy.stats import binomtest

    found = binomtest(successes, trials).proportion_ci(0.95, method="exact")
    return float(found.low), float(found.high)


def mean_interval(values: np.ndarray, *, few: bool = False) -> tuple[float, float]:
    r"""95 % normal interval of a mean, :math:`\bar x \pm z s / \sqrt n`.

    ``few``: with Student's (1908) quantile :math:`t_{n-1}` for :math:`z`, since of few values the
    spread is not known well.

    Returns
    -------
    (low, high) : tuple of float
        ``(nan, nan)`` for fewer than two values, which say nothing of their spread.

    >>> [round(end, 3) for end in mean_interval(np.array([1.0, 2.0, 3.0]))]
    [0.868, 3.132]
    """
    if len(values) < 2:
        return math.nan, math.nan
    quantile = Z_95
    if few:
        from scipy.stats import t as student

        quantile = student.ppf(0.975, len(values) - 1)
    mean, half = values.mean(), quantile * values.std(ddof=1) / np.sqrt(len(values))
    return float(mean - half), float(mean + half)


def percentile_interval(drawn: Sequence | np.ndarray) -> np.ndarray:
    """Between which 95 % of the draws lie: the percentile bootstrap (Efron, 1979).

    Parameters
    ----------
    drawn : array-like of float, shape (resamples,) or (resamples, n_figures)
        A draw that is NaN is left out: nothing of what is measured was in it.

    Returns
    -------
    ndarray of float, shape (2,) or (2, n_figures)
        Low and high.

    >>> percentile_interval(np.arange(201)).tolist()
    [5.0, 195.0]
    """
    drawn = np.asarray(drawn)
    if drawn.dtype.kind == "f" and np.isnan(drawn).any():
        some = ~np.isnan(drawn).all(axis=0)  # numpy warns of columns without any
        drawn = np.where(some, drawn, 0.0)
        return np.where(some, np.nanpercentile(drawn, OUTSIDE, axis=0), np.nan)
    return np.percentile(drawn, OUTSIDE, axis=0)


def jackknife_interval(value: float, left_out: np.ndarray) -> tuple[float, float]:
    r"""95 % normal interval by the jackknife (Tukey, 1958), for what resampling would bias.

    .. math:: \hat\theta \pm z \sqrt{\tfrac{n-1}{n} \sum_i (\theta_{(i)} - \bar\theta_{(\cdot)})^2}

    Parameters
    ----------
    value : float
        Of all rows.
    left_out : ndarray of float, shape (n_rows,)
        Of all rows but one.

    Returns
    -------
    (low, high) : tuple of float
        ``(nan, nan)`` for fewer than two rows.

    >>> low, high = jackknife_interval(2.0, np.array([2.5, 2.0, 1.5]))  # the mean of 1, 2, 3
    >>> round(low, 3), round(high, 3)
    (0.868, 3.132)
    """
    half = Z_95 * jackknife_error(left_out)
    return float(value - half), float(value + half)


def jackknife_error(left_out: np.ndarray) -> float:
    """Standard error by the jackknife; NaN for fewer than two rows."""
    n = len(left_out)
    if n < 2:
        return math.nan
    return float(np.sqrt((n - 1) / n * np.square(left_out - left_out.mean()).sum()))


def bootstrap_p(difference: float, drawn: np.ndarray) -> float:
    r"""Two-sided p-value that two systems are equally good, from differences of paired resamples.

    The draws are moved to a mean of 0, as if there were no difference (Riezler and Maxwell, 2005):
    :math:`(1 + \#\{|d_b - \bar d| \ge |d|\}) / (1 + B)`, so that it is never 0.

    Parameters
    ----------
    difference : float
        Of the rows as they are.
    drawn : ndarray of float, shape (resamples,)
        Of each resample; NaN where it is not defined, which counts as not smaller.

    >>> bootstrap_p(2.0, np.array([1.0, 2.0, 3.0])), bootstrap_p(0.0, np.zeros(9))
    (0.25, 1.0)
    """
    if math.isnan(difference) or np.isnan(drawn).all():
        return math.nan
    away = np.abs(drawn - np.nanmean(drawn))
    smaller = away < abs(difference) * (1 - 1e-12)  # sums in another order round otherwise
    return float((1 + len(drawn) - smaller.sum()) / (1 + len(drawn)))


def drawn_rows(n: int, resamples: int, seed: int | np.random.Generator) -> Iterator[np.ndarray]:
    """Row numbers drawn with replacement, ``n`` a resample, in pieces that fit into memory.

    Yields
    ------
    ndarray of int64, shape (resamples of the piece, n)
    """
    rng = np.random.default_rng(seed)
    for size in _pieces(resamples, n):
        yield rng.integers(n, size=(size, n))


def drawn_counts(
    counts: np.ndarray, resamples: int, seed: int | np.random.Generator
) -> Iterator[np.ndarray]:
    """How often each cell is drawn when as many rows as there are are drawn with replacement.

    Rows that are alike in all that counts are one cell: drawing a million predictions is drawing
    the cells of their confusion matrix. For rows of their own, ``counts`` is ones.

    Parameters
    ----------
    counts : ndarray of int, shape (n_cells,)
        Rows of each cell, at least one row in all.

    Yields
    ------
    ndarray of int64, shape (resamples of the piece, n_cells)
        Each row sums to ``counts.sum()``.
    """
    rng, total = np.random.default_rng(seed), int(counts.sum())
    for size in _pieces(resamples, len(counts)):
        yield rng.multinomial(total, counts / total, size=size)


def drawn_sums(
    parts: Sequence[np.ndarray], resamples: int, seed: int | np.random.Generator
) -> list[np.ndarray]:
    """Sums over the rows of each resample; several tables are drawn together, as pairs.

    Parameters
    ----------
    parts : sequence of ndarray of float, each of shape (n_rows, n_parts)
        Row ``i`` of each is of the same example.

    Returns
    -------
    list of ndarray of float, each of shape (resamples, n_parts)
    """
    found: list[list[np.ndarray]] = [[] for _ in parts]
    n = len(parts[0])
    for rows in drawn_rows(n, resamples, seed):
        # how often each row is drawn: counting draws is ten times as quick as drawing counts
        cells = rows + n * np.arange(len(rows))[:, None]
        weights = np.bincount(cells.ravel(), minlength=rows.size).reshape(rows.shape)
        for sums, part in zip(found, parts, strict=True):
            sums.append(weights.astype(part.dtype) @ part)
    return [np.concatenate(sums) for sums in found]


def drawn_means(values: np.ndarray, resamples: int, seed: int | np.random.Generator) -> np.ndarray:
    """Means of the rows of each resample, float, shape (resamples,)."""
    draws = drawn_rows(len(values), resamples, seed)
    return np.concatenate([values[rows].mean(axis=1) for rows in draws])


def group_sums(values: np.ndarray, groups: np.ndarray, n_groups: int) -> np.ndarray:
    """Sums of the values of each group, so that groups can be drawn whole.

    Parameters
    ----------
    values : ndarray of float or bool, shape (n_rows,)
    groups : ndarray of int, shape (n_rows,)
        The group of each row, in ``0 .. n_groups - 1``.

    >>> group_sums(np.array([1.0, 2.0, 5.0]), np.array([0, 0, 2]), 3).tolist()
    [3.0, 0.0, 5.0]
    """
    return np.bincount(np.asarray(groups, np.int64), values, minlength=n_groups)


def mcnemar(better: int, worse: int) -> float:
    r"""Exact two-sided p-value that two models are right equally often (McNemar, 1947).

    Only examples count that one model has right and the other has not; if the models are equally
    good, each is as likely to be ``better`` as ``worse``. With :math:`n` of them the p-value is
    :math:`\min(1, 2\,P(B \le \min(b, w)))`, :math:`B \sim \mathrm{Binomial}(n, 1/2)`.

    Returns
    -------
    float
        1 where the models are right on the same examples.

    >>> mcnemar(5, 0), mcnemar(3, 3), mcnemar(0, 0)
    (0.0625, 1.0, 1.0)
    """
    from scipy.stats import binomtest

    differ = better + worse
    return float(binomtest(better, differ).pvalue) if differ else 1.0


def by_bootstrap(resamples: int) -> str:
    """How a table says that its interval is a bootstrap's."""
    return f"bootstrap, {resamples}"


def interval_table(rows: Sequence[tuple]) -> pd.DataFrame:
    """The table of metrics: ``metric``, ``value``, ``low``, ``high``, ``method``."""
    import pandas as pd

    return pd.DataFrame(rows, columns=["metric", "value", "low", "high", "method"])


def _pieces(resamples: int, width: int) -> Iterator[int]:
    """How many resamples of ``width`` numbers are made at once, until there are enough."""
    at_once = max(1, DRAWN // width)
    for start in range(0, resamples, at_once):
        yield min(at_once, resamples - start)
