"""Splits that are given out without their labels, as the test sets of competitions are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .columns.known_columns import label_columns
from .reading.reports import Note

if TYPE_CHECKING:
    import datasets

#: What stands for a label that is kept secret.
SECRET = frozenset({"", "-1", "-1.0", "?", "-", "none", "null", "nan", "n/a", "na", "unknown"})
#: Roles whose column holds what is to be learnt.
LEARNT = ("label", "tags", "answers")
_SEEN = 10_000  # rows of train that a secret's value is looked for in


def labelled_splits(
    splits: datasets.DatasetDict, column: str | None
) -> tuple[datasets.DatasetDict, list[Note]]:
    """The splits that have labels, and a note on each that is left out.

    A split beside others is left out when it lacks the column of labels, or when all its labels
    are empty or one sign for a secret (-1, ?) that train does not have.

    Parameters
    ----------
    splits : datasets.DatasetDict
    column : str or None
        The column of labels, tags or answers, or several joined as the recipe writes them.
    """
    import datasets as hf

    notes: list[Note] = []
    if column is None or len(splits) < 2:
        return splits, notes
    first = "train" if "train" in splits else next(iter(splits))
    kept = {}
    for name, split in splits.items():
        why = None if name == first else _without(split, splits[first], column)
        if why is None:
            kept[name] = split
            continue
        rows = "row" if len(split) == 1 else "rows"
        notes.append(Note(
            "warning", "no labels",
            f"The split {name!r} ({len(split):,} {rows}) {why}; it was left out.",
            f"To measure on it, give it labels; run.predict(...) takes its texts. Without it a "
            f"{name} split is made from {first}.", len(split),
        ))  # fmt: skip
    return hf.DatasetDict(kept), notes


def _without(split: datasets.Dataset, train: datasets.Dataset, column: str) -> str | None:
    """Why a split has no labels, or None when it has some."""
    names = label_columns(column, split.column_names) or [column]
    if not set(names) <= set(split.column_names):
        missing = next(name for name in names if name not in split.column_names)
        in_train = set(label_columns(column, train.column_names) or [column])
        return f"has no column {missing!r}" if in_train <= set(train.column_names) else None
    if len(names) > 1 or not len(split):
        return None
    values = _plain(split, column)
    if any(value not in SECRET for value in values):
        return None
    if values <= {"", "none", "nan"}:
        return "has no labels"
    if len(values) > 1 or values & _plain(train.select(range(min(len(train), _SEEN))), column):
        return None
    return f"has the label {next(iter(values))!r} in every row"


def _plain(split: datasets.Dataset, column: str) -> set[str]:
    """The values of a column in short; a list or an object stands for itself."""
    import pyarrow.compute as pc

    values = split.with_format(None).select_columns([column]).with_format("arrow")[:][column]
    try:
        found: list[Any] = pc.unique(values).to_pylist()
    except NotImplementedError:  # lists and objects
        return {"a list"}
    return {"none" if value is None else str(value).strip().lower() for value in found}
