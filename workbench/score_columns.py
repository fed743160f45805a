"""How the score of a class is called in a table: the one place that knows the prefix.

A class has no list of its own beside a table of predictions: its column of scores names it, and the
order of these columns is that of the class ids.
"""

from __future__ import annotations

from collections.abc import Iterable

PREFIX = "score_"


def score_column(name: str) -> str:
    """The column with the scores of a class.

    >>> score_column("sport")
    'score_sport'
    """
    return f"{PREFIX}{name}"


def score_columns(columns: Iterable) -> list[str]:
    """Those of a table's columns that are scores of a class, in class-id order."""
    return [name for name in columns if isinstance(name, str) and name.startswith(PREFIX)]


def scored_names(columns: Iterable) -> list[str]:
    """Names of the classes that a table has scores of, in class-id order.

    >>> scored_names(["text", "score_a", "score_b", "score"])
    ['a', 'b']
    """
    return [name.removeprefix(PREFIX) for name in score_columns(columns)]


def plain_title(column: str) -> str:
    """A column's name for people: of scores the name of the class."""
    return str(column).removeprefix(PREFIX)
