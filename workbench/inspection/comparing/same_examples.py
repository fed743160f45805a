"""Predictions of several runs on the same examples, as tables and as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...errors import DataError
from ...score_columns import score_columns
from ..predictions.kinds import kind_of, refuse_others, task_for
from ..predictions.prediction_tables import class_names, no_labels, no_rows
from ..predictions.scores import Scored, scored
from .paired import aligned

if TYPE_CHECKING:
    import pandas as pd


def aligned_tables(runs: Sequence, split: str) -> list[pd.DataFrame]:
    """The runs' predictions with rows in the order of the first run's."""
    tables = [run.predictions(split) if hasattr(run, "predictions") else run for run in runs]
    for table in tables:
        if not len(table):
            raise no_rows()
        if not task_for(table).labelled(table):
            raise no_labels()
        odd = sorted(set(class_names(table)) ^ set(class_names(tables[0])))
        if odd and kind_of(table) == kind_of(tables[0]):
            raise DataError(
                f"The runs have not the same classes (only one has {odd[0]!r}).",
                "Compare runs of one task on one dataset.",
            )
    return aligned(tables)


def scored_tables(tables: Sequence[pd.DataFrame]) -> list[Scored]:
    """The tables as arrays, with classes in the order of the first one's."""
    names = score_columns(tables[0].columns)
    for table in tables:
        refuse_others(table)
    return [scored(table[[*table.columns.difference(names), *names]]) for table in tables]
