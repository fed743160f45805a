"""Columns of the types that databases and Spark write, in the plain ones that tasks know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...i18n import t
from .reports import FileReport

if TYPE_CHECKING:
    import pyarrow as pa


def plain_types(table: pa.Table, report: FileReport, name: str) -> pa.Table:
    """The table with decimals as numbers and texts that are stored as bytes as texts.

    Decimals without a fraction become whole numbers, those with more digits than such a number
    holds become texts. Bytes that are not UTF-8 stay bytes.

    Parameters
    ----------
    name : str
        The file's, for what is noted.
    """
    import pyarrow as pa

    decimals, texts = [], []
    for place, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            table = table.set_column(place, field.name, _numbers(table[field.name]))
            decimals.append(field.name)
        elif pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type):
            column = _texts(table[field.name])
            if column is not None:
                table = table.set_column(place, field.name, column)
                texts.append(field.name)
    for key, columns in (("decimals", decimals), ("bytes", texts)):
        if columns:
            shown = ", ".join(map(repr, columns[:5]))
            report.note(
                "info", "types", t(f"data_notes.{key}", n=len(columns), names=shown, file=name),
                "", len(columns),
            )  # fmt: skip
    return table


def _numbers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa

    kind = column.type
    if kind.scale <= 0:
        try:
            return column.cast(pa.int64())
        except pa.ArrowInvalid:
            return column.cast(pa.string())
    return column.cast(pa.float64())


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    import pyarrow as pa

    try:
        return column.cast(pa.string())
    except pa.ArrowInvalid:
        return None
