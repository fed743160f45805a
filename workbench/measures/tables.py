"""Tables of measures: with intervals, row by row, and of two systems side by side.

All measures of a table are drawn by the same resamples, two systems too. A thousand resamples of
two thousand rows are one product of matrices, whatever the measures cost.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..errors import DataError
from ..i18n import t
from ..intervals import (
    bootstrap_p,
    by_bootstrap,
    drawn_sums,
    interval_table,
    jackknife_error,
    jackknife_interval,
    percentile_interval,
)
from .measure import Measure

if TYPE_CHECKING:
    import pandas as pd

RESAMPLES = 1000
JACKKNIFE = "jackknife"

Measures = Mapping[str, Measure] | Iterable[Measure]


def _listed(measures: Measures) -> list[Measure]:
    return list(measures.values() if isinstance(measures, Mapping) else measures)


def measure_table(
    measures: Measures, *, resamples: int = RESAMPLES, seed: int = 0
) -> pd.DataFrame:
    """Each measure of all rows with its 95 % interval.

    Parameters
    ----------
    measures : mapping or iterable of Measure, all of the same rows

    Returns
    -------
    pandas.DataFrame, a row a measure
        ``metric``, ``value``, ``low``, ``high``, ``method``, ``rows`` (that count) and
        ``signature``. Of fewer than two rows the interval is NaN.
    """
    listed = _listed(measures)
    ends = []
    for one, drawn in zip(listed, _drawn([listed], resamples, seed)[0], strict=True):
        if one.left_out is not None:
            interval = jackknife_interval(one.value, one.left_out)
            ends.append((one.name, one.value, *interval, JACKKNIFE))
        else:
            interval = percentile_interval(drawn) if len(one) > 1 else (math.nan, math.nan)
            ends.append((one.name, one.value, *map(float, interval), by_bootstrap(resamples)))
    return interval_table(ends).assign(
        rows=[len(one) - one.undefined for one in listed],
        signature=[one.signature for one in listed],
    )


def row_table(measures: Measures) -> pd.DataFrame:
    """The measures of each row, a column each; NaN where one is not defined.

    Its index is the place of the row, so that it sorts by any column and leads back.
    """
    import pandas as pd

    return pd.DataFrame({one.name: one.rows for one in _listed(measures)})


def compare_systems(
    first: Measures, second: Measures, *, resamples: int = RESAMPLES, seed: int = 0
) -> pd.DataFrame:
    """Two systems on the same rows: the difference of each measure that both have.

    The same rows are drawn for both in each resample (Koehn, 2004). ``p`` is two-sided: how often
    chance alone makes a difference as large.

    Parameters
    ----------
    first, second : mapping or iterable of Measure
        Row ``i`` of each is of the same example.

    Returns
    -------
    pandas.DataFrame, a row a measure, in the order of the first
        ``metric``, ``first``, ``second``, ``difference`` (second minus first), ``low``, ``high``
        (95 %), ``p``, ``method``, and ``higher``, ``lower``, ``equal``: rows in which the second
        system's value is higher, lower, or the same. Whether higher is better, the metric says.

    Raises
    ------
    DataError
        If they were measured in two ways, on other numbers of rows, or share no measure.
    """
    import pandas as pd

    pairs = _paired(_listed(first), _listed(second))
    drawn = _drawn([[pair[side] for pair in pairs] for side in (0, 1)], resamples, seed)
    rows = []
    for (one, two), before, after in zip(pairs, *drawn, strict=True):
        difference = two.value - one.value
        if one.left_out is not None and two.left_out is not None:
            left_out = two.left_out - one.left_out
            low, high = jackknife_interval(difference, left_out)
            error = jackknife_error(left_out)
            p = _alike(difference)
            if error > 0:
                p = math.erfc(abs(difference) / error / math.sqrt(2))
            method = JACKKNIFE
        else:
            moved = after - before
            known = len(one) > 1
            low, high = percentile_interval(moved) if known else (math.nan, math.nan)
            p = bootstrap_p(difference, moved) if known else math.nan
            method = by_bootstrap(resamples)
        gained = two.rows - one.rows
        counts = [int((np.abs(gained) > 1e-12)[side].sum()) for side in (gained > 0, gained < 0)]
        equal = int((np.abs(gained) <= 1e-12).sum())
        rows.append((one.name, one.value, two.value, difference, float(low), float(high), p, method,
                     *counts, equal))  # fmt: skip
    names = ["metric", "first", "second", "difference", "low", "high", "p", "method", "higher",
             "lower", "equal"]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def _alike(difference: float) -> float:
    """The p-value where no row that is left out changes the difference."""
    return math.nan if math.isnan(difference) or difference else 1.0


def _paired(first: list[Measure], second: list[Measure]) -> list[tuple[Measure, Measure]]:
    named = {one.name: one for one in second}
    pairs = [(one, named[one.name]) for one in first if one.name in named]
    if not pairs:
        raise DataError(t("measures.compared_none"), t("measures.compared_none_back"))
    for one, two in pairs:
        if len(one) != len(two):
            raise DataError(
                t("measures.compared_rows", n=len(one), m=len(two)),
                t("measures.compared_rows_back"),
            )
        if one.signature != two.signature:
            raise DataError(
                t("measures.compared", name=one.name, first=one.signature, second=two.signature),
                t("measures.compared_back"),
            )
    return pairs


def _drawn(sides: list[list[Measure]], resamples: int, seed: int) -> list[list[np.ndarray]]:
    """Each measure of each resample, shape (resamples,), of one set of resamples for all."""
    if not sides[0] or len(sides[0][0]) < 2:
        return [[np.full(resamples, math.nan) for _ in side] for side in sides]
    tables = [np.concatenate([one.parts for one in side], axis=1) for side in sides]
    found = []
    for side, sums in zip(sides, drawn_sums(tables, resamples, seed), strict=True):
        ends = np.cumsum([one.parts.shape[1] for one in side])[:-1]
        columns = np.split(sums, ends, axis=1)
        found.append([one.figure(part) for one, part in zip(side, columns, strict=True)])
    return found
