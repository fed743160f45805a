"""A predictions table as arrays, checked: what every numerical view of a classifier starts from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import DataError, nearest
from ...score_columns import score_columns
from .kinds import refuse_others
from .prediction_tables import class_names, labelled_predictions

if TYPE_CHECKING:
    import pandas as pd

OFF = 1e-3  # how far a row of scores may be from summing to one


@dataclass(frozen=True)
class Scored:
    """Labels, predictions and scores of ``n`` examples, as class ids and float64."""

    table: pd.DataFrame
    names: list[str]
    labels: np.ndarray  # int64 (n,)
    predictions: np.ndarray  # int64 (n,)
    scores: np.ndarray  # float64 (n, n_classes), rows sum to one

    @property
    def right(self) -> np.ndarray:
        """Whether each prediction is the label, bool (n,)."""
        return self.labels == self.predictions

    def id_of(self, name: str) -> int:
        """The id of a class; DataError when there is no such class."""
        if name not in self.names:
            raise DataError(f"There is no class {name!r}.", nearest(name, self.names))
        return self.names.index(name)


def scored(run, split: str = "test") -> Scored:
    """The predictions of a run or a predictions table as arrays.

    Raises
    ------
    DataError
        If there are no rows, no labels or no scores, a label is no class of the scores, or the
        scores of a row are not finite or do not sum to one.
    """
    table = labelled_predictions(run, split)
    refuse_others(table)
    names = class_names(table)
    if not names:
        raise DataError(
            "The predictions have no scores of classes.",
            "This view is for classifiers: it needs a column score_<class> for each class.",
        )
    ids = {name: number for number, name in enumerate(names)}
    found = []
    for column in ("label", "prediction"):
        mapped = table[column].map(ids)
        if mapped.isna().any():
            value = table[column][mapped.isna()].iloc[0]
            raise DataError(
                f"The {column} {value!r} has no column of scores.",
                f"Columns of scores are there for: {', '.join(names[:12])}.",
            )
        found.append(mapped.to_numpy(np.int64))
    scores = table[score_columns(table.columns)].to_numpy(float)
    sums = scores.sum(axis=1)
    bad = ~np.isfinite(sums) | (np.abs(sums - 1) > OFF) | (scores < 0).any(axis=1)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise DataError(
            f"The scores of {int(bad.sum()):,} of {len(bad):,} examples are no probabilities "
            f"(row {row} sums to {sums[row]:.4g}).",
            "Scores are at least 0 and sum to 1 in each row; apply a softmax first.",
        )
    return Scored(table, names, *found, scores)
