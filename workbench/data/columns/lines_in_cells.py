"""Cells of a spreadsheet that hold several labels, one a line, become lists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..reading.reports import FileReport
from .known_columns import TEXT_NAMES

if TYPE_CHECKING:
    import pyarrow as pa

_LABEL = 40  # characters of a label at most
_WORDS = 4
_SIGN = re.compile(r"<\|\w+\|>|<｜\w+｜>|\[/?INST\]|<start_of_turn>")
_OFTEN = 0.02  # share of the filled cells that have several lines


def with_lines(tables: dict[str, pa.Table], report: FileReport) -> dict[str, pa.Table]:
    """The tables with lists where cells hold a label a line; ``report`` says which columns.

    A column is one of those when its lines are short and come again in other rows, in all tables
    together. Columns whose usual name says that they are prose stay texts.
    """
    there = {split: set(table.column_names) for split, table in tables.items()}
    texts = dict.fromkeys(
        field.name for table in tables.values() for field in table.schema if _is_text(field.type)
    )
    for name in texts:
        held = [split for split, names in there.items() if name in names]
        if name.strip().lower() in TEXT_NAMES or not all(
            _is_text(tables[split].schema.field(name).type) for split in held
        ):
            continue
        if not any(_has_lines(tables[split][name]) for split in held):
            continue
        values = {split: tables[split][name].to_pylist() for split in held}
        count = _count([value for column in values.values() for value in column])
        if not count:
            continue
        for split in held:
            table = tables[split]
            place = table.column_names.index(name)
            tables[split] = table.set_column(place, name, _lists(values[split]))
        report.note(
            "warning", "lists",
            f"Column {name!r} has several lines in {count:,} cells: each line was read as a label.",
            "If a line break is part of a label, write the label without it.", count,
        )  # fmt: skip
    return tables


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _has_lines(column: pa.ChunkedArray) -> bool:
    import pyarrow.compute as pc

    return bool(pc.any(pc.match_substring_regex(column, r"\S[ \t]*\r?[\r\n]\s*\S")).as_py())


def _parts(value: str | None) -> list[str]:
    return [part for line in (value or "").splitlines() if (part := line.strip())]


def _count(values: list) -> int:
    """Cells with several labels; 0 when the lines are no labels."""
    cells = [parts for value in values if (parts := _parts(value))]
    parts = [part for cell in cells for part in cell]
    several = sum(len(cell) > 1 for cell in cells)
    if several < max(2, _OFTEN * len(cells)) or len(set(parts)) > max(2, 0.4 * len(parts)):
        return 0
    if any(len(part) > _LABEL or len(part.split()) > _WORDS for part in set(parts)):
        return 0
    if any(map(_SIGN.search, set(parts))):
        return 0  # a prompt that a template has made
    return several


def _lists(values: list) -> pa.Array:
    import pyarrow as pa

    found = [_parts(value) or None for value in values]
    return pa.array(found, pa.list_(pa.string()))
