"""Rows that are found one by one: objects, and lines of text of a known shape."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import DataError
from .. import shapes
from ..columns import mixed_values, written_values
from .encodings import MAX_LINE
from .reports import FileReport

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 20_000  # rows a piece


def of_lines(
    path: Path,
    reading: dict[str, Any],
    report: FileReport,
    encoding: str,
    asked: list[shapes.Shape],
) -> Iterator[pa.Table] | None:
    """The rows that a known shape makes of the lines of a text file; None when none knows them."""
    if not asked:
        return None
    with open(path, encoding=encoding) as stream:
        first = [line.rstrip("\n") for line in itertools.islice(stream, shapes.FIRST)]
    first[:1] = [line.lstrip("\ufeff") for line in first[:1]]
    if not any(line.strip() for line in first):
        return None
    source = shapes.Source(path, reading, report)
    rows = shapes.found(asked, first, source)
    if rows is None:
        return None

    def numbered() -> Iterator[tuple[int, str]]:
        with open(path, encoding=encoding) as stream:
            for number, line in enumerate(stream, 1):
                yield number, (line if number > 1 else line.lstrip("\ufeff")).rstrip("\n")

    return (records_table(path, batch, "line", report) for batch in batched(rows(numbered())))


def parsed_line(path: Path, number: int, line: str) -> Any:
    """The JSON value of a line; DataError names the line."""
    try:
        return json.loads(line.lstrip("\ufeff") if number == 1 else line)
    except (ValueError, RecursionError) as error:
        if (told := _as_python(line)) is not None:
            return told
        raise DataError(
            f"In {path} line {number:,} is not JSON: {reason(error)}: {line[:40]!r}.",
            "Write one whole object a line; for one list of objects use .json.",
        ) from error


def _as_python(line: str) -> dict | None:
    """The object that a line writes in Python's way, ``{'text': ...}``; None where it does not."""
    if not line.lstrip("\ufeff").lstrip().startswith(("{'", "{u'")):
        return None
    try:
        told = written_values.read(line.lstrip("\ufeff"))
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def shaped(
    objects: Iterator[tuple[int, dict]], source: shapes.Source
) -> Iterator[tuple[int, dict]]:
    """The objects as rows: those of a shape that is known, or themselves."""
    from ..shapes import known  # all shapes, when a file is read and not before

    first = list(itertools.islice(objects, shapes.FIRST))
    objects = itertools.chain(first, objects)
    made = shapes.found(known.OBJECTS, [row for _, row in first], source) if first else None
    return objects if made is None else made(objects)


def records_table(
    path: Path, rows: list[tuple[int, dict]], unit: str, report: FileReport
) -> pa.Table:
    """Numbered objects as a table, a key a column; ``unit`` is what the numbers count."""
    import pyarrow as pa

    names = dict.fromkeys(name for _, row in rows for name in row)
    numbers = [number for number, _ in rows]
    return pa.table(
        {
            name: _array(path, name, [row.get(name) for _, row in rows], numbers, unit, report)
            for name in names
        }
    )


def _array(
    path: Path, name: str, values: list, numbers: list[int] | None, unit: str, report: FileReport
) -> pa.Array:
    """The column, brought to one kind where that can be; DataError names the first odd value."""
    import pyarrow as pa

    try:
        try:
            return pa.array(values)
        except (pa.ArrowException, TypeError):
            again = mixed_values.settled(values) or mixed_values.as_json(values)
            if again is None:
                raise
        array = pa.array(again[0])
        what = f"Column {name!r} of {path.name} has values of several kinds: {again[1]}."
        if what not in [note.what for note in report.notes]:
            report.note("info", "mixed types", what)
        return array
    except (pa.ArrowException, TypeError, OverflowError, UnicodeEncodeError) as error:
        place, what = "", str(error).splitlines()[0] if str(error) else "it cannot be stored"
        usual = next((type(v) for v in values if v is not None), None)
        for position, value in enumerate(values):
            if value is not None and type(value) is not usual and {type(value), usual} != NUMBERS:
                number = numbers[position] if numbers else position
                place = f" of {unit} {number:,}"
                before = _KINDS.get(usual, usual)
                what = f"it is {kind_of_value(value)} where the rows before have {before}"
                break
            if isinstance(value, str) and not value.isascii() and _lone(value):
                number = numbers[position] if numbers else position
                place, what = f" of {unit} {number:,}", "it holds half of a character pair"
                break
        raise DataError(
            f"{path} has a value in column {name!r}{place} that does not fit: {what}.",
            "Give every row of a column the same kind of value.",
        ) from error


NUMBERS = {int, float}
_KINDS = {
    str: "a text", int: "a number", float: "a number", bool: "true or false", list: "a list",
    dict: "an object", type(None): "null",
}  # fmt: skip


def kind_of_value(value: Any) -> str:
    """What a JSON value is, for a sentence."""
    return f"{_KINDS.get(type(value), type(value).__name__)} ({str(value)[:30]!r})"


def _lone(text: str) -> bool:
    return any(0xD800 <= ord(char) <= 0xDFFF for char in text)


def reason(error: BaseException) -> str:
    """Why JSON cannot be read, without the place."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return getattr(error, "msg", None) or str(error).splitlines()[0]


def batched(items: Iterable) -> Iterator[list]:
    """Lists of items that are small enough to be held together."""
    batch: list = []
    size = 0
    for item in items:
        batch.append(item)
        size += len(item) if isinstance(item, str) else 200
        if len(batch) >= ROWS or size > MAX_LINE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
