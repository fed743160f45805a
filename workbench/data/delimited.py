"""CSV and its kin: separator and header are found out, bad rows are named."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from . import column_types
from .encodings import TextShape, look, open_text
from .records import of_lines
from .reports import FileReport
from .shapes import known

if TYPE_CHECKING:
    import pyarrow as pa

SEPARATORS = (",", "\t", ";", "|")
SAMPLE = 262_144  # characters from which separator and header are judged
BLOCK = 4 * 2**20  # also the longest row of a large file
#: Names that columns usually have: a first row with one of them is a header.
USUAL_NAMES = frozenset(
    "text sentence review content comment body message tweet question title document input label "
    "labels class category target sentiment intent topic rating stars score id idx index premise "
    "hypothesis sentence1 sentence2 question1 question2 context answer answers source output "
    "tokens tags summary name date split y 文本 内容 评论 句子 标签 类别 情感".split()
)
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


@dataclasses.dataclass(frozen=True)
class Dialect:
    """Separator, whether there is a header, and the columns' names."""

    delimiter: str
    header: bool
    names: list[str]


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
    shape = look(path, report, reading.get("encoding"))
    asked = [one for one in known.LINES if path.suffix.lower() in one.endings]
    if (made := of_lines(path, reading, report, shape.encoding, asked)) is not None:
        return made
    dialect = _dialect(path, shape.encoding, reading, report)
    report.delimiter, report.header = dialect.delimiter, dialect.header
    if shape.quotes % 2 and (line := _open_quote(path, shape.encoding, dialect.delimiter)):
        raise _never_closed(path, line)
    if big:
        return _Stream(path, shape, dialect, report)
    table = _read(path, shape, dialect, min(max(path.stat().st_size * 2, 64), 2**31 - 1))
    _note_codes(table, path, report)
    return [column_types.typed(table)[0]]


def _dialect(path: Path, encoding: str, reading: dict[str, Any], report: FileReport) -> Dialect:
    with open_text(path, encoding) as stream:
        text = stream.read(SAMPLE)
    if len(text) == SAMPLE and "\n" in text:
        text = text[: text.rfind("\n") + 1]
    usual = "\t" if path.suffix.lower() in (".tsv", ".tab") else ","
    delimiter = reading.get("delimiter")
    if delimiter is None:
        delimiter = _separator(text, usual)
        if delimiter != usual:
            shown = {"\t": "tab"}.get(delimiter, delimiter)
            report.note(
                "info", "separator", f"The fields of {path.name} are separated by {shown!r}."
            )
    rows = _rows(text, delimiter, 200)
    if not rows:
        raise DataError(f"{path} has no rows.", "Give a file with at least one row.")
    header, reason = _has_header(rows)
    if "header" in reading:
        header = reading["header"]
    elif not header:
        report.note(
            "warning",
            "header",
            f"{path.name} seems to have no header row ({reason}); its columns are called "
            f"column_1 to column_{len(rows[0])}.",
            "If its first row holds names, set reading={'header': True}.",
        )
    return Dialect(delimiter, header, column_names(path, rows[0], header, report))


def column_names(path: Path, first: list[str], header: bool, report: FileReport) -> list[str]:
    """Names of the columns: stripped, ``column_N`` where there is none, never twice the same."""
    if not header:
        return [f"column_{number}" for number in range(1, len(first) + 1)]
    names = [cell.strip() for cell in first]
    for number, name in enumerate(names, 1):
        if not name:
            report.note(
                "info", "header", f"Column {number} of {path.name} has no name: column_{number}."
            )
            names[number - 1] = f"column_{number}"
    counts = Counter(names)
    if twice := next((name for name in names if counts[name] > 1), None):
        places = [str(n) for n, name in enumerate(names, 1) if name == twice]
        raise DataError(
            f"{path} has two columns {twice!r} (columns {' and '.join(places[:4])} of row 1).",
            "Rename one of them.",
        )
    return names


def _rows(text: str, delimiter: str, limit: int) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if row:
                rows.append(row)
            if len(rows) >= limit:
                break
    except csv.Error:  # a field of more than 128 KB; the rows before it tell enough
        pass
    return rows or ([text[:1000].split(delimiter)] if text.strip() else [])


def _separator(text: str, usual: str) -> str:
    """The separator that cuts most rows into as many fields as the first row has."""

    def fitness(delimiter: str) -> tuple[float, bool, int]:
        rows = _rows(text, delimiter, 200)
        width = len(rows[0]) if rows else 1
        if width < 2:
            return 0.0, delimiter == usual, 0
        fitting = sum(len(row) == width for row in rows) / len(rows)
        return round(fitting, 2), delimiter == usual, width

    return max(SEPARATORS, key=fitness)


def _has_header(rows: list[list[str]]) -> tuple[bool, str]:
    first, rest = rows[0], rows[1:]
    if any(cell.strip().lower() in USUAL_NAMES for cell in first):
        return True, "its names are usual ones"
    if not rest:
        return True, "it is the only row"
    for number, cell in enumerate(first):
        column = [row[number].strip() for row in rest if len(row) > number]
        cell = cell.strip()
        if _NUMBER.fullmatch(cell):
            if column and sum(bool(_NUMBER.fullmatch(v)) for v in column) > 0.8 * len(column):
                return False, f"{cell!r} is a number like those below it"
        elif len(cell) > 60 or len(cell.split()) > 6:
            return False, f"{cell[:30] + '…'!r} is longer than a name"
        elif cell and cell in column:
            return False, f"{cell!r} is also a value of its column"
    return True, "its cells are short and unlike those below"


class Again(Exception):
    """A later block has values of a wider type: take up the pieces from the start."""


class _Stream:
    """The pieces of a large file. Iterating may raise :class:`Again`, a few times a column."""

    def __init__(self, path: Path, shape: TextShape, dialect: Dialect, report: FileReport):
        self.path, self.shape, self.dialect, self.report = path, shape, dialect, report
        self.kinds: dict[str, str] = {}

    def __iter__(self) -> Iterator[pa.Table]:
        return _stream(self.path, self.shape, self.dialect, self.report, self.kinds)


def _options(shape: TextShape, dialect: Dialect, block: int, bad: list) -> dict[str, Any]:
    import pyarrow as pa
    import pyarrow.csv as pc

    def remember(row) -> str:
        bad.append(row)
        return "skip" if len(bad) < 1000 else "error"

    names = dialect.names
    return dict(
        read_options=pc.ReadOptions(
            block_size=block,
            encoding="utf-8" if shape.encoding in ("utf-8", "utf-8-sig") else shape.encoding,
            column_names=names,
            use_threads=False,
        ),
        parse_options=pc.ParseOptions(
            delimiter=dialect.delimiter, newlines_in_values=True, invalid_row_handler=remember
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
        table = pc.read_csv(path, **options)
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
        for batch in pc.open_csv(path, **options):
            if bad:
                raise _ragged(path, dialect, shape, bad)
            texts = pa.Table.from_batches([batch])
            table, kinds = column_types.typed(texts, known)
            before = {name: kinds[name] if first else known.get(name, "empty") for name in kinds}
            known.update(kinds)
            if any(before[name] not in ("empty", kind) for name, kind in kinds.items()):
                raise Again
            if first:
                _note_codes(texts, path, report)
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


def _note_codes(table: pa.Table, path: Path, report: FileReport) -> None:
    """Say which columns stay texts although a spreadsheet would take them for numbers."""
    said = {note.what for note in report.notes}
    for name in table.column_names:
        if (odd := column_types.differ_from_their_numbers(table[name])) is None:
            continue
        what = (
            f"Column {name!r} of {path.name} is read as texts: as numbers, {odd!r} and others "
            "would lose how they are written."
        )
        if what not in said:
            report.note("info", "codes", what, "For a regression they are numbers all the same.")


def _ragged(path: Path, dialect: Dialect, shape: TextShape, bad: list) -> DataError:
    if shape.quotes and (line := _open_quote(path, shape.encoding, dialect.delimiter)):
        return _never_closed(path, line)
    row = bad[0]
    more = f" ({len(bad):,} such rows)" if len(bad) > 1 else ""
    place = f"Row {row.number:,}" if row.number is not None else "A row"
    remedy = (
        "Give every row the same number of fields, with quotes around fields that hold the "
        "separator or a line break."
    )
    for other in SEPARATORS:
        if other != dialect.delimiter and row.text.count(other) == row.expected_columns - 1:
            remedy = f"Its fields are separated by {other!r}; write {dialect.delimiter!r} there."
            break
    return DataError(
        f"{place} of {path} (the first line is row 1) has {row.actual_columns} fields and not "
        f"{row.expected_columns} as the first has: {row.text[:60]!r}{more}.",
        remedy,
    )


def _open_quote(path: Path, encoding: str, delimiter: str) -> int | None:
    """Line in which a quote opens that is never closed, or None."""
    start = 1
    with open_text(path, encoding) as stream:
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
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
        'Close it, or write a quote inside a quoted field twice ("").',
    )
