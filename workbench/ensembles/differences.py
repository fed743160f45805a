"""How much the members of an ensemble differ: without differences there is nothing to gain."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from .gathering import gather

if TYPE_CHECKING:
    import pandas as pd


def diversity(members: Any, split: str = "test") -> pd.DataFrame:
    """Disagreement and double fault of each pair of members.

    Parameters
    ----------
    members : Members, or what :func:`.gathering.gather` takes
    split : str

    Returns
    -------
    pandas.DataFrame, a row a pair
        ``first``, ``second``; ``disagreement``, the share of rows of which they say something else;
        ``one_right``, of which one is right and the other wrong; ``double_fault``, of which both
        are wrong (NaN both for answers that are only near); ``error_correlation``, of their errors:
        1 or 0 a row, and of numbers the signed residuals (NaN where one has no variance).

    Notes
    -----
    L. I. Kuncheva and C. J. Whitaker, "Measures of diversity in classifier ensembles and their
    relationship with the ensemble accuracy", 2003.
    """
    import pandas as pd

    found = gather(members)
    tables = [found.alone(number, split) for number in range(len(found))]
    said = [found.task.readable(table)["prediction"].astype(str).to_numpy() for table in tables]
    wrong = [found.task.wrong(table) for table in tables]
    rows = []
    for i, j in itertools.combinations(range(len(found)), 2):
        differ, one, both = float((said[i] != said[j]).mean()), math.nan, math.nan
        first, second = wrong[i], wrong[j]
        if first is not None and second is not None:
            errors = first.to_numpy(bool), second.to_numpy(bool)
            one = float((errors[0] != errors[1]).mean())
            both = float((errors[0] & errors[1]).mean())
        else:
            errors = tables[i].get("residual"), tables[j].get("residual")
        rows.append((found.names[i], found.names[j], differ, one, both, _correlation(*errors)))
    columns = ["first", "second", "disagreement", "one_right", "double_fault", "error_correlation"]
    return pd.DataFrame(rows, columns=columns)


def _correlation(first: Any, second: Any) -> float:
    if first is None or second is None:
        return math.nan
    both = np.asarray(first, float), np.asarray(second, float)
    if min(one.std() for one in both) == 0:
        return math.nan
    return float(np.corrcoef(*both)[0, 1])
