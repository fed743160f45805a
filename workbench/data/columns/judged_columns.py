"""Columns of a table as they are judged: what each holds, and what it may therefore be."""

from __future__ import annotations

from typing import Any

from .column_profile import Column
from .truth import are_truths, truth_of
from .written_numbers import way_of

Roles = dict[str, tuple[str, str]]
_SHORT = 4  # words of a label that stands on a line of its own


class JudgedColumns:
    """The columns of a table, and the values of the rows that they were judged by.

    Parameters
    ----------
    columns : dict of str to Column
    given : dict of role to column
        What is settled.
    values : dict of str to list
        Values of the rows that the columns were judged by.
    """

    def __init__(self, columns: dict[str, Column], given: dict[str, str], values: dict[str, list]):
        self.columns, self.given, self.values = columns, given, values
        self.by_lower = {name.lower().strip(): name for name in columns}

    def named(self, *names: str) -> list[str]:
        """Those of these names that there are, whatever their case."""
        return [self.by_lower[name] for name in names if name in self.by_lower]

    def kind(self, name: str) -> str:
        """What a column holds, as its profile says."""
        return self.columns[name].kind

    def texts(self, taken: set[str]) -> list[Column]:
        """Columns of texts, without those that are taken."""
        return [
            c for c in self.columns.values() if c.kind in ("text", "class") and c.name not in taken
        ]

    def written(self, name: str) -> bool:
        """Whether a column's texts are numbers that need care, such as 0,5 and $1,200."""
        if self.kind(name) not in ("text", "class"):
            return False
        filled = [v for v in self.values.get(name, ()) if isinstance(v, str) and v.strip()]
        return way_of(filled) is not None

    def fitting(self) -> list[str]:
        """Columns that may be those of labels."""
        return [n for n, c in self.columns.items() if self.may_be_label(c)]

    def may_be_label(self, column: Column) -> bool:
        """Whether its values repeat as those of a label do."""
        if column.kind in ("class", "boolean"):
            return bool(column.class_names) or 2 <= column.distinct
        if column.kind == "whole":
            return 2 <= column.distinct <= max(2, min(100, column.filled // 2))
        return False

    def binary(self) -> list[str]:
        """Columns that hold yes or no, true or false, 1 or 0, in every row."""
        return [
            name for name, column in self.columns.items()
            if column.levels and column.filled == column.rows and are_truths(column.levels)
            and "," not in name and name == name.strip()
        ]  # fmt: skip

    def one_hot(self, named: str) -> bool:
        """Whether each row has exactly one of several columns of yes and no."""
        columns = [self.values.get(name.strip(), []) for name in named.split(",")]
        rows = zip(*([truth_of(v) for v in column] for column in columns), strict=True)
        return all(sum(row) == 1 for row in rows)

    def about(self, column: Column) -> str:
        """What its values are like, in a few words."""
        if column.kind in ("texts", "wholes"):
            return "it holds lists"
        return f"{column.distinct:,} different values in {column.filled:,} rows"

    def on_lines(self, roles: Roles) -> bool:
        """Whether cells of the label column hold several short names on lines of their own."""
        values = self.values.get(roles.get("label", ("",))[0], [])
        cells = [value.strip().splitlines() for value in values if isinstance(value, str)]
        return any(len(lines) > 1 for lines in cells) and all(
            len(line.split()) <= _SHORT for lines in cells for line in lines
        )

    def asks(self, name: str) -> bool:
        """Whether most texts of a column end as questions do."""
        cells = [cell for cell in self.values[name] if isinstance(cell, str) and cell.strip()]
        return 2 * sum(cell.rstrip()[-1] in "?？؟" for cell in cells) > len(cells)

    def stand_in(self, answers: str, context: str) -> bool:
        """Whether nearly all texts of one column stand in those of another."""
        cells = self.values.get(answers, [])
        said = [cell if isinstance(cell, str) else placed_text(cell) for cell in cells]
        rows = zip(said, self.values.get(context, []), strict=True)
        texts = [(a, c) for a, c in rows if isinstance(a, str) and isinstance(c, str) and a.strip()]
        return bool(texts) and sum(a in c for a, c in texts) >= 0.8 * len(texts)


def placed_text(value: Any) -> str | None:
    """The first answer of a cell that says where each of its answers begins; None for others.

    Nothing where it has none.

    >>> placed_text({"text": ["Rome"], "answer_start": [7]})
    'Rome'
    >>> placed_text([{"text": "Rome", "answer_start": 7}]), placed_text(["Rome"])
    ('Rome', None)
    """
    one = value[0] if isinstance(value, list) and value else value
    if not isinstance(one, dict) or not {"text", "answer_start"} <= set(one):
        return None
    text = one["text"]
    if isinstance(text, list):
        text = text[0] if text else ""
    return text if isinstance(text, str) else None
