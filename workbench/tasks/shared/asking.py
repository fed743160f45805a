"""What somebody wants predicted, a list or a table, as the frame a task encodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...data.columns.known_columns import roles_of
from ...errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from ...recipe import Recipe


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
        roles = roles_of(recipe, list(data.columns))
        wanted = {role: roles[role] for role in ("text", "pair") if role in roles}
        frame = columns_under_roles(data, wanted)
    elif "pair" in recipe.columns and len(data):
        raise DataError(
            "The model was trained on pairs of texts, and these are single ones.",
            f"Give a table with {recipe.columns.get('text', 'text')!r} and "
            f"{recipe.columns['pair']!r}, or a list of pairs.",
        )
    else:
        frame = pd.DataFrame({"text": pd.Series(data, dtype=object)})
    for role in frame.columns:
        check_strings(frame[role])
    return frame


def columns_under_roles(data: pd.DataFrame, wanted: dict[str, str]) -> pd.DataFrame:
    """Columns of a table under the names of their roles (role -> column).

    One column is the one that is wanted, whatever its name; a role's own name will do as well.

    Raises
    ------
    DataError
        If one is not there.
    """
    import pandas as pd

    if len(wanted) == 1 and len(data.columns) == 1:
        wanted = dict.fromkeys(wanted, data.columns[0])
    wanted = {
        role: role if column not in data.columns and role in data.columns else column
        for role, column in wanted.items()
    }
    missing = [column for column in wanted.values() if column not in data.columns]
    if missing:
        listed = [str(name) for name in data.columns]
        raise DataError(
            f"There is no column {missing[0]!r} to predict.",
            f"The table has: {', '.join(listed[:20])}{', …' if len(listed) > 20 else ''}.",
        )
    return pd.DataFrame({role: data[column].to_numpy() for role, column in wanted.items()})


def texts_read(frame: pd.DataFrame) -> pd.Series:
    """What a model reads of each row: ``text``, behind the row's ``prefix`` where it has one.

    Between them stands a blank, unless the prefix ends with white space of its own.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"text": ["a", "b", "c", ""], "prefix": ["sum:", "sum:\\n", None, "Tell a joke."]}
    >>> texts_read(pd.DataFrame(rows)).tolist()
    ['sum: a', 'sum:\\nb', 'c', 'Tell a joke.']
    """
    if "prefix" not in frame.columns:
        return frame["text"]
    joined = [
        text if not isinstance(before, str) or not before.strip()
        else before if not text
        else before + text if before[-1].isspace() else f"{before} {text}"
        for before, text in zip(frame["prefix"], frame["text"], strict=True)
    ]  # fmt: skip
    import pandas as pd

    return pd.Series(joined, index=frame.index, dtype=object)


def check_strings(values) -> None:
    """Refuse what is no text (DataError)."""
    for number, value in enumerate(values):
        if not isinstance(value, str):
            raise DataError(f"Text {number} is {value!r}, which is no text.", "Give a list of str.")
