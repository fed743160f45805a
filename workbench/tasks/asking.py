"""What somebody wants predicted, a list or a table, as the frame a task encodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from ..recipe import Recipe


def asked_texts(data: list | pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
    """Texts, or text pairs of a table with the recipe's columns.

    Returns
    -------
    pandas.DataFrame
        ``text`` and, where the recipe names one, ``pair``; both of str.

    Raises
    ------
    DataError
        If a column is not there, or a value is no text.
    """
    import pandas as pd

    if isinstance(data, pd.DataFrame):
        columns = recipe.columns
        wanted = {"text": columns.get("text", "text")}
        if "pair" in columns:
            wanted["pair"] = columns["pair"]
        if len(wanted) == len(data.columns) == 1:  # whatever it is called
            wanted = {"text": data.columns[0]}
        frame = columns_under_roles(data, wanted)
    else:
        frame = pd.DataFrame({"text": pd.Series(data, dtype=object)})
    for role in frame.columns:
        check_strings(frame[role])
    return frame


def columns_under_roles(data: pd.DataFrame, wanted: dict[str, str]) -> pd.DataFrame:
    """Columns of a table under the names of their roles (role -> column).

    Raises
    ------
    DataError
        If one is not there.
    """
    import pandas as pd

    missing = [column for column in wanted.values() if column not in data.columns]
    if missing:
        raise DataError(
            f"There is no column {missing[0]!r} to predict.",
            f"The table has: {', '.join(map(str, data.columns))}.",
        )
    return pd.DataFrame({role: data[column].to_numpy() for role, column in wanted.items()})


def check_strings(values) -> None:
    """Refuse what is no text (DataError)."""
    for number, value in enumerate(values):
        if not isinstance(value, str):
            raise DataError(f"Text {number} is {value!r}, which is no text.", "Give a list of str.")
