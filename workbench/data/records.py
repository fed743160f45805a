"""JSON, JSON Lines and plain text: rows that are found one by one."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from . import mixed_values, shapes
from .encodings import MAX_LINE, look, open_text
from .reports import FileReport
from .shapes import known

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 20_000  # rows a piece
MAX_JSON = 512 * 2**20  # bytes of a document that has to be held in memory whole


def read_lines(path: Path, reading: dict[str, Any], report: FileReport, *, big: bool):
    """Plain text: one text a line in the column ``text``; blank lines are left out.

    Lines of a shape that is known (:data:`.shapes.known.LINES`) become its rows instead.
    """
    import pyarrow as pa

    encoding = look(path, report, reading.get("encoding")).encoding
    if (made := of_lines(path, reading, report, encoding, known.LINES)) is not None:
        return made

    def pieces() -> Iterator[pa.Table]:
        with open(path, encoding=encoding) as stream:
            for texts in _batched(line.rstrip("\n") for line in stream if line.strip()):
                yield pa.table({"text": pa.array(texts, pa.string())})

    return pieces()


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
    source = shapes.Source(path, reading, report)
    rows = shapes.found(asked, first, source)
    if rows is None:
        return None

    def numbered() -> Iterator[tuple[int, str]]:
        with open(path, encoding=encoding) as stream:
            for number, line in enumerate(stream, 1):
                yield number, line.rstrip("\n")

    return (_records(path, batch, "line", report) for batch in _batched(rows(numbered())))


def read_jsonl(path: Path, reading: dict[str, Any], report: FileReport, *, big: bool):
    """JSON Lines: one object a line; a key that comes late is a column all the same.

    Raises
    ------
    DataError
        For a line that is no JSON, or no object; it names the line.
    """
    encoding = look(path, report, reading.get("encoding")).encoding

    def rows() -> Iterator[tuple[int, dict]]:
        with open_text(path, encoding) as stream:
            for number, line in enumerate(stream, 1):
                if not line.strip():
                    continue
                try:
                    row = json.loads(line)
                except (ValueError, RecursionError) as error:
                    raise DataError(
                        f"In {path} line {number:,} is not JSON: {_reason(error)}: {line[:40]!r}.",
                        "Write one whole object a line; for one list of objects use .json.",
                    ) from error
                if not isinstance(row, dict):
                    raise DataError(
                        f"In {path} line {number:,} is {_kind(row)} and not an object.",
                        'Write one object a line: {"text": "...", "label": "..."}.',
                    )
                yield number, row

    found = _shaped(rows(), shapes.Source(path, reading, report))
    return (_records(path, batch, "line", report) for batch in _batched(found))


def _shaped(
    objects: Iterator[tuple[int, dict]], source: shapes.Source
) -> Iterator[tuple[int, dict]]:
    """The objects as rows: those of a shape that is known, or themselves."""
    first = list(itertools.islice(objects, shapes.FIRST))
    objects = itertools.chain(first, objects)
    made = shapes.found(known.OBJECTS, [row for _, row in first], source) if first else None
    return objects if made is None else made(objects)


def read_json(path: Path, reading: dict[str, Any], report: FileReport, *, big: bool):
    """A JSON document: a list of objects, an object of lists, or either under one key.

    Raises
    ------
    DataError
        If it is of another shape, damaged, or too large to be held in memory.
    """
    size = path.stat().st_size
    if size > MAX_JSON:
        raise DataError(
            f"{path} is one JSON document of {size / 2**20:,.0f} MB; at most "
            f"{MAX_JSON // 2**20} MB can be read at once.",
            "Write it as JSON Lines (.jsonl), one object a line, which has no such limit.",
        )
    encoding = look(path, report, reading.get("encoding"), lines=False).encoding
    text = path.read_text(encoding)
    try:
        content = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        place = ""
        if isinstance(error, json.JSONDecodeError):
            place = f" (line {error.lineno:,}, column {error.colno:,})"
            if error.msg == "Extra data" and text[: error.pos].strip().endswith("}"):
                raise DataError(
                    f"{path} holds several JSON documents, the second in line {error.lineno:,}.",
                    "Name it .jsonl when it has one object a line.",
                ) from error
            if not text[error.pos :].strip():
                place += ", where the file ends: it is cut off"
        raise DataError(
            f"{path} cannot be read as json: {_reason(error)}{place}.",
            "Write the file again as a whole.",
        ) from error
    return [_document(path, content, shapes.Source(path, reading, report))]


def _document(path: Path, content: Any, source: shapes.Source) -> pa.Table:
    report = source.report
    if (rows := shapes.found(known.DOCUMENTS, content, source)) is not None:
        return _records(path, list(enumerate(rows)), "row", source.report)
    if isinstance(content, dict):
        lists = [name for name, value in content.items() if _list_of_objects(value)]
        if len(lists) == 1:
            if len(content) > 1:
                report.note("info", "json", f"The rows of {path.name} are under {lists[0]!r}.")
            content = content[lists[0]]
    if isinstance(content, dict) and content and all(isinstance(v, list) for v in content.values()):
        import pyarrow as pa

        lengths = {str(name): len(values) for name, values in content.items()}
        if len(set(lengths.values())) > 1:
            shown = ", ".join(f"{name!r} {n:,}" for name, n in list(lengths.items())[:5])
            raise DataError(
                f"The lists of {path} differ in length: {shown}.",
                "Give each column as many values as the others.",
            )
        columns = {str(k): _array(path, str(k), v, None, "row", report) for k, v in content.items()}
        return pa.table(columns)
    if not isinstance(content, list):
        raise DataError(
            f"{path} holds {_kind(content)}, not a list of objects.",
            'Write [{"text": "...", "label": "..."}, ...].',
        )
    for number, row in enumerate(content):
        if not isinstance(row, dict):
            raise DataError(
                f"{path} is not a list of objects: row {number:,} is {_kind(row)}.",
                'Write [{"text": "...", "label": "..."}, ...].',
            )
    return _records(path, list(_shaped(iter(enumerate(content)), source)), "row", source.report)


def _list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _records(path: Path, rows: list[tuple[int, dict]], unit: str, report: FileReport) -> pa.Table:
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
            again = mixed_values.settled(values)
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
                what = f"it is {_kind(value)} where the rows before have {_KINDS.get(usual, usual)}"
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


def _kind(value: Any) -> str:
    return f"{_KINDS.get(type(value), type(value).__name__)} ({str(value)[:30]!r})"


def _lone(text: str) -> bool:
    return any(0xD800 <= ord(char) <= 0xDFFF for char in text)


def _reason(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return getattr(error, "msg", None) or str(error).splitlines()[0]


def _batched(items: Iterable) -> Iterator[list]:
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
