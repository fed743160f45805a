"""Blanks around the separators of a delimited file, which are no part of its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


def are_padded(rows: list[list[str]]) -> bool:
    """Whether each field but the first of a row begins with a blank, in all rows."""
    inner = [row[1:] for row in rows if len(row) > 1]
    return len(inner) > 2 and len(inner) == len(rows) and all(
        cell.startswith(" ") or not cell for row in inner for cell in row
    ) and all(any(cell.strip() for cell in row) for row in inner)  # fmt: skip


def without_padding(table: pa.Table) -> pa.Table:
    """The table of texts without the blanks around its fields."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return pa.table({name: pc.utf8_trim_whitespace(table[name]) for name in table.column_names})
