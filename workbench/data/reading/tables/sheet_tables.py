"""A sheet's cells as a table: what stands above it, its header, its columns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ....errors import DataError
from ....i18n import t
from ..expected import expected
from ..reports import FileReport
from .first_lines import row_of_groups, row_of_names, rows_above
from .headers import column_names, settle_header

if TYPE_CHECKING:
    import pyarrow as pa


def sheet_table(
    path: Path, rows: list[list], sheet: str, reading: dict[str, Any], report: FileReport
) -> pa.Table:
    """The table that the cells of a sheet hold; ``report`` says what was left out or guessed.

    Raises
    ------
    DataError
        If it has no rows, or two columns of one name.
    """
    import pyarrow as pa

    if not rows:
        raise DataError(f"{path} has no rows in the sheet {sheet!r}.", "Give a sheet with a table.")
    as_text = [[_text(value) for value in row] for row in rows[:200]]
    if skip := _above(path, as_text, reading, report):
        rows, as_text = rows[skip:], [[_text(v) for v in row] for row in rows[skip : skip + 200]]
    if not rows:
        raise DataError(
            t("data_notes.no_rows_below", path=path, n=skip), t("data_notes.no_rows_below_back")
        )
    header = report.header = settle_header(path, as_text, reading, report)
    columns = column_names(path, as_text[0], header, report)
    body = _without_header(path, rows, reading, report) if header else rows
    table = {
        name: _column([row[number] for row in body], name, path, report)
        for number, name in enumerate(columns)
    }
    return pa.table(table)


def _without_header(path: Path, rows: list[list], reading: dict, report: FileReport) -> list[list]:
    """The rows below the header, without those that repeat it, as sheets put together do."""
    if "header" in reading or sum(isinstance(value, str) and value != "" for value in rows[0]) < 2:
        return rows[1:]
    body = [row for row in rows[1:] if row != rows[0]]
    if again := len(rows) - 1 - len(body):
        report.note(
            "warning", "header again", t("data_notes.header_again", n=again, file=path.name),
            t("data_notes.header_again_back"), again,
        )  # fmt: skip
    return body


def _above(path: Path, rows: list[list[str]], reading: dict, report: FileReport) -> int:
    """Rows above the names of the columns: a title, or names of groups of columns; noted."""
    lines = [next((cell for cell in row if cell.strip()), "") for row in rows]
    above = row_of_names(rows, lines)
    if above is None and ("skip" in reading or "header" in reading):
        return reading.get("skip", 0)
    if above is None:
        above = rows_above(rows, lines) or int(row_of_groups(rows))
    if above and "skip" not in reading:
        first = next((line for line in lines if line), "")[:60]
        report.note(
            "warning", "lines above",
            t("data_notes.rows_above", n=above, file=path.name, row=first),
            t("data_notes.rows_above_back"), above,
        )  # fmt: skip
    return above


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _column(values: list, name: str, path: Path, report: FileReport) -> pa.Array:
    """Numbers stay numbers when the whole column is of them; a mixed column becomes text."""
    import pyarrow as pa

    values = [None if value == "" else value for value in values]
    if name in expected().names:
        return pa.array([None if value is None else _text(value) for value in values], pa.string())
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float} and kinds:
        whole = all(v is None or float(v).is_integer() for v in values)
        small = all(v is None or abs(v) < 2**53 for v in values)
        if whole and small:
            return pa.array([None if v is None else int(v) for v in values], pa.int64())
        return pa.array([None if v is None else float(v) for v in values], pa.float64())
    if len(kinds) > 1:
        odd = next(n for n, v in enumerate(values) if v is not None and not isinstance(v, str))
        report.note(
            "info",
            "mixed types",
            f"Column {name!r} of {path.name} mixes texts and {type(values[odd]).__name__} "
            f"(row {odd}); all became text.",
        )
        return pa.array([None if v is None else _text(v) for v in values], pa.string())
    return pa.array(values)
