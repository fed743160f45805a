"""Columns in which a cross means yes and an empty cell no become columns of true and false."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...i18n import t
from ..reading.reports import FileReport

if TYPE_CHECKING:
    import pyarrow as pa

_MARKS = frozenset("x ✓ ✔ ✅ ☑ • * + 1 1.0 yes y true ja oui si sí да 是".split())
_LEAST = 3  # such columns: one or two may be anything


def with_marks(tables: dict[str, pa.Table], report: FileReport) -> dict[str, pa.Table]:
    """The tables with true and false where several columns hold one mark or nothing.

    A column counts when its only value, in all splits, is one mark, and some of its cells are
    empty. ``report`` says which columns, and what an empty cell was taken for.
    """
    first = next(iter(tables.values()), None)
    if first is None:
        return tables
    every = [set(one.column_names) for one in tables.values()]
    shared = [name for name in first.column_names if all(name in one for one in every)]
    found = [name for name in shared if _is_marked([table[name] for table in tables.values()])]
    if len(found) < _LEAST:
        return tables
    report.note(
        "warning", "marks",
        t("data_notes.marks", n=len(found), names=", ".join(map(repr, found[:5]))),
        t("data_notes.marks_back"), len(found),
    )  # fmt: skip
    return {split: _told(table, found) for split, table in tables.items()}


def _is_marked(columns: list[pa.ChunkedArray]) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    values, empty = set(), False
    for column in columns:
        kind = column.type
        plain = pa.types.is_string(kind) or pa.types.is_large_string(kind)
        plain = plain or pa.types.is_integer(kind) or pa.types.is_floating(kind)
        if not (plain or pa.types.is_boolean(kind) or pa.types.is_null(kind)):
            return False
        different = pc.unique(column.slice(0, 100)).to_pylist()
        if len(different) > 4:
            return False
        different = {str(v).strip() for v in pc.unique(column).to_pylist() if v is not None}
        empty |= column.null_count > 0 or "" in different
        values |= different - {""}
        if len(values) > 1:
            return False
    return empty and len(values) == 1 and next(iter(values)).casefold() in _MARKS


def _told(table: pa.Table, names: list[str]) -> pa.Table:
    import pyarrow as pa

    for name in names:
        told = [v is not None and bool(str(v).strip()) for v in table[name].to_pylist()]
        place = table.column_names.index(name)
        table = table.set_column(place, name, pa.array(told, pa.bool_()))
    return table
