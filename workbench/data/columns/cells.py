"""What the cells of a column are as texts, whatever kind the column is of."""

from __future__ import annotations

import reprlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_UNSEEN = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\u180e"


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


def is_gone(value: Any) -> bool:
    """Whether a cell holds nothing: None, NaN, NaT or NA; a list or an array is something.

    Examples
    --------
    >>> is_gone(None), is_gone(float("nan")), is_gone(""), is_gone([None])
    (True, True, False, False)
    """
    import pandas as pd

    return bool(pd.api.types.is_scalar(value) and pd.isna(value))


def is_blank(text: str) -> bool:
    """Whether a text has nothing but blanks, and signs without width, which nobody sees.

    Examples
    --------
    >>> is_blank(" \\u200b"), is_blank("\\ufeff"), is_blank(" a"), is_blank("\\u200ba")
    (True, True, False, False)
    """
    kept = text.strip()
    return not kept or (kept[0] in _UNSEEN and not kept.strip(_UNSEEN + " \t\n\r\u3000\xa0"))


def shown(value: Any) -> str:
    """A cell that is no text as a sentence shows it: short, an array as the list that it was."""
    return reprlib.repr(value.tolist() if hasattr(value, "tolist") else value)
