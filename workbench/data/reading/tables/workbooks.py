"""Excel and OpenDocument workbooks: one sheet as a table of values, never of formulas."""

from __future__ import annotations

import re
import tempfile
import zipfile
import zlib
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ....errors import DataError
from ....i18n import t
from ..reports import FileReport
from . import workbook_extent
from .first_lines import SEPARATORS, row_of_groups, rows_above
from .headers import called, column_names, has_header
from .workbook_cells import read_cells

if TYPE_CHECKING:
    import pyarrow as pa

MAX_UNPACKED = 2**30
_MOST_SHEETS = 20  # that are looked through for a table
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError,
)  # fmt: skip
_FORMULA = re.compile(rb"<f[ >]")


def read(path: Path, reading: dict[str, Any], report: FileReport, *, big: bool) -> list[pa.Table]:
    """The first sheet, or the one named ``sheet``; formulas come as the values last computed.

    A first sheet without a table gives way to the largest of the others. What stands above the
    names of the columns is left out. A file of text that is called a workbook is read as what it
    is. All of that is noted.

    Raises
    ------
    DataError
        If it is damaged, locked with a password, empty, or unpacks to more than a gigabyte.
    """
    import pyarrow as pa

    if _is_text(path):
        return _read_text(path, reading, report, big=big)
    formulas, extents, counts = _look_inside(path)
    with tempfile.TemporaryDirectory(prefix="workbench-sheet-") as folder:
        clean = path
        if extents or counts:
            clean = Path(folder) / f"clean{path.suffix}"
            workbook_extent.clean(path, extents, counts, clean)
        rows, names, sheet = read_cells(clean, reading.get("sheet"), called=path)
        if "sheet" not in reading and not _is_table(rows):
            rows, sheet = _largest(clean, rows, sheet, names, path)
    if extents:
        _tell_strays(path, extents, sheet, report)
    if len(names) > 1 and "sheet" not in reading:
        others = ", ".join(repr(name) for name in names[:4] if name != sheet)
        report.note(
            "warning",
            "sheets",
            f"{path.name} has {len(names)} sheets; {sheet!r} was read, not {others}.",
            "Choose another one with reading={'sheet': ...}.",
        )
    if formulas:
        report.note(
            "warning",
            "formulas",
            f"{path.name} has {formulas:,} formulas; their last computed values were read.",
            "Open and save it in a spreadsheet program if values are missing, or paste values.",
            formulas,
        )
    if not rows:
        raise DataError(f"{path} has no rows in the sheet {sheet!r}.", "Give a sheet with a table.")
    as_text = [[_text(value) for value in row] for row in rows[:200]]
    if skip := reading.get("skip", _above(path, as_text, reading, report)):
        rows, as_text = rows[skip:], [[_text(v) for v in row] for row in rows[skip : skip + 200]]
    if not rows:
        raise DataError(
            t("data_notes.no_rows_below", path=path, n=skip), t("data_notes.no_rows_below_back")
        )
    header, reason = has_header(as_text)
    if "header" in reading:
        header = reading["header"]
    elif not header:
        report.note(
            "warning",
            "header",
            f"{path.name} seems to have no header row ({reason}); {called(rows[0])}.",
            "If its first row holds names, set reading={'header': True}.",
        )
    report.header = header
    columns = column_names(path, as_text[0], header, report)
    body = rows[1:] if header else rows
    table = {
        name: _column([row[number] for row in body], name, path, report)
        for number, name in enumerate(columns)
    }
    return [pa.table(table)]


def _is_table(rows: list[list]) -> bool:
    return len(rows) > 1 and len(rows[0]) > 1


def _largest(
    clean: Path, rows: list[list], sheet: str, names: list[str], path: Path
) -> tuple[list[list], str]:
    """Rows and name of the largest sheet that holds a table; of the first one where none does."""
    found = [(rows, sheet)]
    for name in names[:_MOST_SHEETS]:
        if name != sheet:
            other, _, _ = read_cells(clean, name, called=path)
            found.append((other, name))
    tables = [one for one in found if _is_table(one[0])]
    return max(tables, key=lambda one: len(one[0]) * len(one[0][0])) if tables else found[0]


def _above(path: Path, rows: list[list[str]], reading: dict, report: FileReport) -> int:
    """Rows above the names of the columns: a title, or names of groups of columns; noted."""
    if "header" in reading:
        return 0
    lines = [next((cell for cell in row if cell.strip()), "") for row in rows]
    above = rows_above(rows, lines) or int(row_of_groups(rows))
    if above:
        first = next((line for line in lines if line), "")[:60]
        report.note(
            "warning", "lines above",
            t("data_notes.rows_above", n=above, file=path.name, row=first),
            t("data_notes.rows_above_back"), above,
        )  # fmt: skip
    return above


def _is_text(path: Path) -> bool:
    """Whether a file is no workbook but lines of text, as sites export tables under its name."""
    with open(path, "rb") as stream:
        head = stream.read(4096)
    if head.startswith((b"PK", b"\xd0\xcf\x11\xe0", b"\x09\x08")):
        return False
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not wide and re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", head):
        return False
    lines = head.decode("utf-16" if wide else "latin-1", "ignore").splitlines()[:20]
    if re.match(r"\s*<", lines[0] if lines else ""):
        return True
    return len(lines) > 1 and any(lines[0].count(mark) for mark in SEPARATORS)


def _read_text(path: Path, reading: dict, report: FileReport, *, big: bool) -> Any:
    from . import delimited

    report.note(
        "info", "workbook", t("data_notes.text_called_workbook", file=path.name, end=path.suffix)
    )
    return delimited.read(path, reading, report, big=big)


def _look_inside(path: Path) -> tuple[int, dict[str, workbook_extent.Extent], list[str]]:
    """Number of formulas, cells too far out, and parts that state false counts.

    Refuses an archive that unpacks beyond all measure, or whose cells lie too far from each other.
    """
    if not zipfile.is_zipfile(path):
        return 0, {}, []
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            unpacked = sum(entry.file_size for entry in entries)
            if unpacked > MAX_UNPACKED or len(entries) > 10_000:
                raise DataError(
                    f"{path} unpacks to {unpacked / 2**20:,.0f} MB; at most "
                    f"{MAX_UNPACKED // 2**20:,} MB are read.",
                    "Export the sheet as csv.",
                )
            formulas = sum(map(_formulas, repeat(archive), archive.namelist()))
            return (
                formulas,
                workbook_extent.strays(archive, path),
                workbook_extent.false_counts(archive),
            )
    except _DAMAGED as error:
        raise DataError(
            f"{path} cannot be read as a workbook: it is damaged.",
            "Save it again, or export it as csv.",
        ) from error


def _formulas(archive: zipfile.ZipFile, name: str) -> int:
    """Formulas of a sheet; every part is read through, so that what it unpacks to is as stated."""
    found, tail = 0, b""
    with archive.open(name) as stream:
        while chunk := stream.read(2**20):
            if name.startswith("xl/worksheets/"):
                found += len(_FORMULA.findall(tail + chunk))
                tail = chunk[-2:]
    return found


def _tell_strays(
    path: Path, extents: dict[str, workbook_extent.Extent], sheet: str, report: FileReport
) -> None:
    """A finding for the cells that were left out of the sheet that was read."""
    with zipfile.ZipFile(path) as archive:
        part = workbook_extent.part_of(archive, sheet)
    extent = extents.get(part) if part is not None else next(iter(extents.values()))
    if extent is None:
        return
    which = ", ".join(extent.examples)
    cells = f"{extent.cells:,} {'cell' if extent.cells == 1 else 'cells'}"
    report.note(
        "warning",
        "far cells",
        f"{path.name} has {cells} far from its table ({which}); only what lies in its "
        f"first {extent.rows:,} rows and {extent.columns:,} columns was read.",
        "Look there in a spreadsheet program: delete what is there, or move it to the table.",
        extent.cells,
    )


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _column(values: list, name: str, path: Path, report: FileReport) -> pa.Array:
    """Numbers stay numbers when the whole column is of them; a mixed column becomes text."""
    import pyarrow as pa

    values = [None if value == "" else value for value in values]
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
