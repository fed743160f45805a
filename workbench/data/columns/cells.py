"""What the cells of a column are as texts, whatever kind the column is of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def as_texts(column: pd.Series) -> pd.Series:
    """Each cell written as a text, "" where there is none.

    Missing cells are filled after the others were written: filling a column of numbers that pandas
    keeps as objects with a text would make some of its versions warn of another kind of column.

    Parameters
    ----------
    column : pandas.Series, shape (n_rows,)

    Returns
    -------
    pandas.Series of str, shape (n_rows,)
    """
    return column.astype(object).map(str, na_action="ignore").fillna("")
