"""Tables of predictions with their labels, from wherever they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import DataError
from ...score_columns import scored_names
from .kinds import refuse_others

if TYPE_CHECKING:
    import pandas as pd


def class_names(predictions: pd.DataFrame) -> list[str]:
    """Class names of a predictions table, in class-id order (from its score columns)."""
    return scored_names(predictions.columns)


def labelled_predictions(run, split: str) -> pd.DataFrame:
    """The predictions of a run, or a predictions table itself.

    Raises
    ------
    DataError
        If there are no rows, or no labels.
    """
    table = run.predictions(split) if hasattr(run, "predictions") else run
    if len(table) == 0:
        raise no_rows()
    if "label" not in table.columns:
        refuse_others(table)
        raise no_labels()
    return table


def no_rows() -> DataError:
    """What is said of a table without rows."""
    return DataError("The predictions table has no rows.", "Predict at least one example.")


def no_labels() -> DataError:
    """What is said of predictions of which nobody knows what is right."""
    return DataError("The predictions have no labels.", "Errors need labelled examples.")
