"""What is compared of two runs of any task: the same examples in one order, and their sums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...errors import DataError
from ...task_of_predictions import check_columns
from ..predictions.kinds import spec_for

if TYPE_CHECKING:
    import pandas as pd


def example_keys(table: pd.DataFrame) -> pd.DataFrame:
    """What makes an example of a predictions table the same one in another run, as texts.

    ``copy`` numbers the examples that are equal in everything else.
    """
    import pandas as pd

    names = spec_for(table).prediction_table.same_by
    check_columns(table, names[0])
    keys = pd.DataFrame({name: as_texts(table[name]) for name in names if name in table.columns})
    return keys.assign(copy=keys.groupby(list(keys.columns), dropna=False).cumcount())


def as_texts(column: pd.Series) -> list[str]:
    """Each value as one text, lists of words too."""
    return [
        "\x1f".join(map(str, value)) if isinstance(value, list | tuple | np.ndarray) else str(value)
        for value in column
    ]


def aligned(tables: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """The tables with their rows in the order of the first one.

    Raises
    ------
    DataError
        If they are not of one kind, or not of the same examples, with the reason.
    """
    tables = [table.reset_index(drop=True) for table in tables]
    if len({spec_for(table).name for table in tables}) > 1:
        raise DataError(
            "The runs are of different tasks: their predictions cannot be laid side by side.",
            "Compare runs of one task on one dataset.",
        )
    wanted = example_keys(tables[0])
    return [tables[0], *(_reordered(table, wanted) for table in tables[1:])]


def _reordered(table: pd.DataFrame, wanted: pd.DataFrame) -> pd.DataFrame:
    mine = example_keys(table)
    if mine.equals(wanted):
        return table
    missing = [name for name in wanted.columns if name not in mine.columns]
    if not missing and len(mine) == len(wanted):
        place = mine.assign(place=np.arange(len(mine)))
        merged = wanted.merge(place, on=list(wanted.columns), how="left")
        if merged["place"].notna().all():
            return table.iloc[merged["place"].to_numpy(int)].reset_index(drop=True)
    if missing:
        reason = f"one has no {missing[0]!r}"
    else:
        first = wanted.columns[0]
        known = set(mine[first])
        shared = sum(text in known for text in wanted[first])
        reason = (
            f"{len(wanted):,} and {len(mine):,} examples, {shared:,} texts of the first "
            "occur in both"
            if shared < len(wanted) or len(mine) != len(wanted)
            else "the texts are the same and the labels differ"
        )
    raise DataError(
        f"The runs were tested on different examples: {reason}.",
        "A difference would mean nothing; train both with one split and one test set.",
    )
