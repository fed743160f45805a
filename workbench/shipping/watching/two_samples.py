"""Tests whether two samples come from one distribution, and the correction for several of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

DRAWS = 2000  # of a test by permutation: its least p is 1 / 2001
FEW = 5.0  # expected examples of a class below which the chi-squared distribution does not hold


class Tested(NamedTuple):
    """How far two samples are apart, 0 to 1 or about so, and how likely that is by chance."""

    effect: float
    p: float


def numbers(before: np.ndarray, after: np.ndarray) -> Tested:
    """The test of Kolmogorov and Smirnov: the largest distance of both cumulated shares.

    Parameters
    ----------
    before, after : ndarray of float, shape (n,), (m,)

    Examples
    --------
    >>> found = numbers([1, 2, 3, 4], [5, 6, 7, 8])  # 2 of the 70 ways to deal them out
    >>> found.effect, round(found.p, 6)
    (1.0, 0.028571)
    """
    from scipy.stats import ks_2samp

    found = ks_2samp(np.asarray(before, float), np.asarray(after, float))
    return Tested(float(found.statistic), float(found.pvalue))


def means(before: np.ndarray, after: np.ndarray) -> Tested:
    """The t-test of Welch (1947) of two means; the effect is their difference."""
    from scipy.stats import ttest_ind

    before, after = np.asarray(before, float), np.asarray(after, float)
    apart = float(after.mean() - before.mean())
    if before.var() == after.var() == 0:
        return Tested(apart, 1.0 if apart == 0 else 0.0)
    return Tested(apart, float(ttest_ind(before, after, equal_var=False).pvalue))


def classes(before: Sequence[str], after: Sequence[str], *, seed: int = 0) -> Tested:
    """The chi-squared test of homogeneity; the effect is Cramér's V.

    Where a class is rare the distribution of the statistic is drawn: both samples' classes are
    dealt out anew, as often as :data:`DRAWS` says.

    Parameters
    ----------
    before, after : sequence of str
        A class an example.

    Examples
    --------
    >>> classes(["a"] * 30 + ["b"] * 30, ["a"] * 30 + ["b"] * 30)
    Tested(effect=0.0, p=1.0)
    """
    from scipy.stats import chi2

    names = sorted({*before, *after})
    if len(names) < 2:
        return Tested(0.0, 1.0)
    counts = np.array([[list(side).count(name) for name in names] for side in (before, after)])
    total, both = counts.sum(), counts.sum(axis=0)
    expected = np.outer(counts.sum(axis=1), both) / total
    found = float(((counts - expected) ** 2 / expected).sum())
    effect = float(np.sqrt(found / total))  # of a table of two rows
    if expected.min() >= FEW:
        return Tested(effect, float(chi2.sf(found, len(names) - 1)))
    dealt = np.random.default_rng(seed).multivariate_hypergeometric(both, len(before), DRAWS)
    parts = (dealt - expected[0]) ** 2 / expected[0] + (dealt - expected[0]) ** 2 / expected[1]
    return Tested(effect, _share_beyond(parts.sum(axis=1), found))


def vectors(before: np.ndarray, after: np.ndarray, *, seed: int = 0) -> Tested:
    r"""Maximum mean discrepancy of two sets of vectors (Gretton et al., 2012), by permutation.

    .. math:: \mathrm{MMD}^2 = \overline{k(x, x')} + \overline{k(y, y')} - 2\,\overline{k(x, y)}

    with :math:`k(x, y) = \exp(-\|x-y\|^2 / 2\sigma^2)`, where :math:`\sigma` is the median of
    all distances. The effect is the root of it.

    Parameters
    ----------
    before, after : ndarray of float, shape (n, d), (m, d)
    """
    every = np.concatenate([before, after]).astype(np.float64)
    squares = (every**2).sum(axis=1)
    apart = np.maximum(squares[:, None] + squares[None] - 2 * every @ every.T, 0)
    away = apart[np.triu_indices(len(every), 1)]
    if not away.max(initial=0.0):
        return Tested(0.0, 1.0)
    kernel = np.exp(-apart / (2 * (np.median(away) or away.mean())))
    n, m = len(before), len(after)
    side = np.full(len(every), -1 / m)
    side[:n] = 1 / n
    found = float(side @ kernel @ side)
    random = np.random.default_rng(seed)
    sides = np.stack([random.permutation(side) for _ in range(DRAWS)])
    drawn = np.einsum("ij,ij->i", sides @ kernel, sides)
    return Tested(float(np.sqrt(max(found, 0.0))), _share_beyond(drawn, found))


def holm(p: Sequence[float]) -> list[float]:
    """p-values corrected for their number (Holm, 1979), in the order given.

    What is at most alpha afterwards is found with a chance of alpha at most that any of it is not
    so, however the tests hang together.

    Examples
    --------
    >>> [round(value, 3) for value in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p, float)
    order = np.argsort(values, kind="stable")
    raised = np.minimum(np.maximum.accumulate(values[order] * (len(p) - np.arange(len(p)))), 1)
    corrected = np.empty_like(raised)
    corrected[order] = raised
    return corrected.tolist()


def _share_beyond(drawn: np.ndarray, found: float) -> float:
    """Share of draws at least as far, with the one that was found among them."""
    return float((1 + (drawn >= found - 1e-12).sum()) / (1 + len(drawn)))
