"""CSV and its kin: read as the dialect says that was found out; bad rows are named."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ....errors import DataError
from ...columns import column_types
from ..encodings import TextShape, look, open_text
from ..expected import expected
from ..records import of_lines
from ..reports import FileReport
from .dialect import SEPARATORS, Dialect, find, note_characters
from .field_padding import without_padding
from .quote_judging import Columns
from .quoting import Lines, Parser

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK = 4 * 2**20  # also the longest row of a large file
_SPECIAL = re.compile('[",\r\n]')


def read(
    path: Path, reading: dict[str, Any], report: FileReport, *, big: bool
) -> Iterable[pa.Table]:
    """Pieces of a delimited file, all with one schema.

    The type of a column is judged over the whole file; texts such as ``NA`` stay texts.

    Raises
    ------
    DataError
        For rows with another number of fields than the header, a quote that is never closed, or
        two columns of one name; each names the row.
    """
    from ...shapes import known  # all shapes, when a file is read and not before

    shape = look(path, report, reading.get("encoding"))
    asked = [one for one in known.LINES if path.suffix.lower() in one.endings]
    if (made := of_lines(path, reading, report, shape.encoding, asked)) is not None:
        return made
    dialect = find(path, shape, reading, report)
    report.delimiter, report.header = dialect.delimiter or None, dialect.header
    if dialect.quoting.kind == "none" and "quotes" not in reading:
        note_characters(path, Lines(path, shape.encoding, dialect.skip), dialect.delimiter, report)
    if shape.quotes % 2 and dialect.quoting.kind == "around":
        if line := _open_quote(path, shape.encoding, dialect):
            raise _never_closed(path, line)
    if big:
        return _Stream(path, shape, dialect, report)
    table = _read(path, shape, dialect, min(max(path.stat().st_size * 2, 64), 2**31 - 1))
    table = without_padding(table) if dialect.padded else table
    typed, kinds = column_types.typed(table, dict.fromkeys(expected().names, "text"))
    _note_codes(table, kinds, path, report)
    return [typed]


def _opened(path: Path, shape: TextShape, dialect: Dialect) -> Any:
    """What Arrow reads: the file itself, or its rows written anew as the standard says."""
    if not _rewritten(dialect):
        return path
    lines = Lines(path, shape.encoding, dialect.skip, dialect.repeated)
    are_rows = None
    if dialect.quoting.kind == "loose":
        are_rows = Columns.of(Lines(path, shape.encoding, dialect.skip), dialect.delimiter).are_rows
    parser = Parser(dialect.delimiter, dialect.quoting, are_rows)
    rows = parser.rows(lines.raw(dialect.quoting.end))
    return io.BufferedReader(_Rows(rows), 2**20)


def _rewritten(dialect: Dialect) -> bool:
    one_character = len(dialect.delimiter.encode()) == 1
    return not (dialect.quoting.plain and one_character and dialect.repeated is None)


class _Rows(io.RawIOBase):
    """Rows as a stream of bytes: UTF-8, commas, quotes where they are needed."""

    def __init__(self, rows: Iterator[list[str]]):
        self._rows, self._held = rows, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        while not self._held:
            row = next(self._rows, None)
            if row is None:
                return 0
            quoted = ['"' + f.replace('"', '""') + '"' if _SPECIAL.search(f) else f for f in row]
            self._held = (",".join(quoted) if quoted != [""] else '""').encode() + b"\n"
        count = min(len(buffer), len(self._held))
        buffer[:count], self._held = self._held[:count], self._held[count:]
        return count


class Again(Exception):
    """A later block has values of a wider type: take up the pieces from the start."""


class _Stream:
    """The pieces of a large file. Iterating may raise :class:`Again`, a few times a column."""

    def __init__(self, path: Path, shape: TextShape, dialect: Dialect, report: FileReport):
        self.path, self.shape, self.dialect, self.report = path, shape, dialect, report
        self.kinds: dict[str, str] = dict.fromkeys(expected().names, "text")

    def __iter__(self) -> Iterator[pa.Table]:
        return _stream(self.path, self.shape, self.dialect, self.report, self.kinds)


def _options(shape: TextShape, dialect: Dialect, block: int, bad: list) -> dict[str, Any]:
    import pyarrow as pa
    import pyarrow.csv as pc

    def remember(row) -> str:
        bad.append(row)
        return "skip" if len(bad) < 1000 else "error"

    names, anew = dialect.names, _rewritten(dialect)
    utf_8 = anew or shape.encoding in ("utf-8", "utf-8-sig")
    return dict(
        read_options=pc.ReadOptions(
            block_size=block,
            encoding="utf-8" if utf_8 else shape.encoding,
            column_names=names,
            skip_rows=0 if anew else dialect.skip,
            use_threads=False,
        ),
        parse_options=pc.ParseOptions(
            delimiter="," if anew else dialect.delimiter,
            quote_char='"' if anew or dialect.quoting.kind == "around" else False,
            newlines_in_values=True,
            invalid_row_handler=remember,
        ),
        convert_options=pc.ConvertOptions(  # what they are is judged by column_types
            strings_can_be_null=False, column_types=dict.fromkeys(names, pa.string())
        ),
    )


def _read(path: Path, shape: TextShape, dialect: Dialect, block: int) -> pa.Table:
    import pyarrow as pa
    import pyarrow.csv as pc

    bad: list = []
    options = _options(shape, dialect, block, bad)
    _skip_header(options, dialect)
    try:
        table = pc.read_csv(_opened(path, shape, dialect), **options)
    except pa.ArrowInvalid as error:
        if bad:
            raise _ragged(path, dialect, shape, bad) from error
        if "Empty CSV" in str(error):
            raise DataError(f"{path} has no rows.", "Give a file with at least one row.") from error
        raise
    if bad:
        raise _ragged(path, dialect, shape, bad)
    return table


def _skip_header(options: dict[str, Any], dialect: Dialect) -> None:
    if dialect.header:
        options["read_options"].skip_rows_after_names = 1


def _stream(
    path: Path, shape: TextShape, dialect: Dialect, report: FileReport, known: dict[str, str]
) -> Iterator[pa.Table]:
    import pyarrow as pa
    import pyarrow.csv as pc

    bad: list = []
    options = _options(shape, dialect, BLOCK, bad)
    _skip_header(options, dialect)
    first = True
    try:
        for batch in pc.open_csv(_opened(path, shape, dialect), **options):
            if bad:
                raise _ragged(path, dialect, shape, bad)
            texts = pa.Table.from_batches([batch])
            if dialect.padded:
                texts = without_padding(texts)
            table, kinds = column_types.typed(texts, known)
            before = {name: kinds[name] if first else known.get(name, "empty") for name in kinds}
            known.update(kinds)
            if any(before[name] not in ("empty", kind) for name, kind in kinds.items()):
                raise Again
            if first:
                _note_codes(texts, kinds, path, report)
            first = False
            yield table
    except pa.ArrowInvalid as error:
        if bad:
            raise _ragged(path, dialect, shape, bad) from error
        if "straddl" in str(error) or "block" in str(error):
            raise DataError(
                f"{path} has a row of more than {BLOCK // 2**20} MB.",
                "Close its quotes, or cut that text.",
            ) from error
        raise
    if bad:
        raise _ragged(path, dialect, shape, bad)


def _note_codes(table: pa.Table, kinds: dict[str, str], path: Path, report: FileReport) -> None:
    """Say which columns stay texts although a spreadsheet would take them for numbers."""
    said = {note.what for note in report.notes}
    for name, kind in kinds.items():
        if kind != "text":
            continue
        if (odd := column_types.differ_from_their_numbers(table[name])) is None:
            continue
        what = (
            f"Column {name!r} of {path.name} is read as texts: as numbers, {odd!r} and others "
            "would lose how they are written."
        )
        if what not in said:
            report.note("info", "codes", what, "For a regression they are numbers all the same.")


def _ragged(path: Path, dialect: Dialect, shape: TextShape, bad: list) -> DataError:
    if shape.quotes and (line := _open_quote(path, shape.encoding, dialect)):
        return _never_closed(path, line)
    row = bad[0]
    more = f" ({len(bad):,} such rows)" if len(bad) > 1 else ""
    place = f"Row {row.number:,}" if row.number is not None else "A row"
    remedy = (
        "Give every row the same number of fields, with quotes around fields that hold the "
        "separator or a line break."
    )
    if row.text.startswith("'") or f"{dialect.delimiter}'" in row.text:
        remedy += " If single quotes stand around fields, set reading={'quotes': \"'\"}."
    for other in SEPARATORS:
        if other != dialect.delimiter and row.text.count(other) == row.expected_columns - 1:
            remedy = f"Its fields are separated by {other!r}; write {dialect.delimiter!r} there."
            break
    return DataError(
        f"{place} of {path} (the first line is row 1) has {row.actual_columns} fields and not "
        f"{row.expected_columns} as the first has: {row.text[:60]!r}{more}.",
        remedy,
    )


def _open_quote(path: Path, encoding: str, dialect: Dialect) -> int | None:
    """Line in which a quote opens that is never closed, or None."""
    quoting = dialect.quoting
    if quoting.kind != "around" or quoting.mark != '"' or len(dialect.delimiter) != 1:
        return None
    start = 1
    with open_text(path, encoding) as stream:
        reader = csv.reader(stream, delimiter=dialect.delimiter, strict=True)
        try:
            for _ in reader:
                start = reader.line_num + 1
        except csv.Error as error:
            if "unexpected end" in str(error) or "field larger" in str(error):
                return start
    return None


def _never_closed(path: Path, line: int) -> DataError:
    return DataError(
        f"In {path} a quote opens in line {line:,} and is never closed.",
        'Close it, or write a quote inside a quoted field twice (""); if no quote of the file '
        "stands around a field, set reading={'quotes': False}.",
    )
