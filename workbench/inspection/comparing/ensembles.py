"""Several classifiers as one: the mean of their scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...errors import DataError
from ...score_columns import score_column

if TYPE_CHECKING:
    import pandas as pd

from .same_examples import aligned_tables, scored_tables


def ensemble(
    runs: Sequence, split: str = "test", *, weights: Sequence[float] | None = None
) -> pd.DataFrame:
    """The mean of several runs' scores, as a predictions table (a soft vote).

    Parameters
    ----------
    runs : sequence of Run or predictions tables
    weights : sequence of float, optional
        Of the runs; equal when not given.

    Returns
    -------
    pandas.DataFrame
        ``text``, ``pair`` where there is one, ``label``, ``prediction``, ``loss``,
        ``score_<class>``; what every view takes.
    """
    if len(runs) < 2:
        raise DataError(f"An ensemble of {len(runs)} runs was asked for.", "Give two at least.")
    members = scored_tables(aligned_tables(runs, split))
    share = np.ones(len(members)) if weights is None else np.asarray(weights, float)
    if len(share) != len(members) or (share < 0).any() or not 0 < share.sum() < math.inf:
        raise DataError(
            f"weights is {list(share)!r} for {len(members)} runs.",
            "Give a weight of at least 0 for each run, not all of them 0.",
        )
    scores = np.tensordot(share / share.sum(), np.stack([m.scores for m in members]), axes=1)
    first = members[0]
    table = first.table.copy()
    table["prediction"] = np.asarray(first.names, dtype=object)[scores.argmax(axis=1)]
    picked = scores[np.arange(len(first.labels)), first.labels]
    table["loss"] = -np.log(np.maximum(picked, 1e-300))
    table[[score_column(name) for name in first.names]] = scores
    return table
