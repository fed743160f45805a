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
from .. import documents
from ..reports import FileReport
from ..split_names import SPLIT_NAMES
from . import workbook_extent
from .first_lines import SEPARATORS
from .sheet_tables import sheet_table
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

    Sheets that are named after splits are read as such. A first sheet without a table gives way to
    the largest of the others. What stands above the names of the columns is left out. A file of
    text that is called a workbook is read as what it is. All of that is noted.

    Raises
    ------
    DataError
        If it is damaged, locked with a password, empty, or unpacks to more than a gigabyte.
    """
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
        splits = {} if "sheet" in reading else _of_splits(clean, names, path, {sheet: rows})
    if extents:
        _tell_strays(path, extents, [name for name, _ in splits.values()] or [sheet], report)
    if len(names) > 1:
        report.sheets = list(names)
    if len(names) > 1 and not splits and "sheet" not in reading:
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
    if not splits:
        return [sheet_table(path, rows, sheet, reading, report)]
    tables = {
        split: (name, sheet_table(path, cells, name, reading, report))
        for split, (name, cells) in splits.items()
    }
    shown = ", ".join(f"{name!r} {table.num_rows:,}" for name, table in tables.values())
    report.note(
        "info", "sheets", t("data_notes.sheets_as_splits", file=path.name, shown=shown),
        t("data_notes.sheets_as_splits_back"), len(tables),
    )  # fmt: skip
    return [
        table.replace_schema_metadata({documents.SPLIT: split.encode()})
        for split, (_, table) in tables.items()
    ]


def _of_splits(
    clean: Path, names: list[str], path: Path, there: dict[str, list[list]]
) -> dict[str, tuple[str, list[list]]]:
    """Name and rows of the sheet of each split, where all sheets with a table are named so.

    ``there`` holds the rows of the sheets that were read before. A sheet without a cell is none.
    """
    named = {name: SPLIT_NAMES.get(name.strip().lower()) for name in names[:_MOST_SHEETS]}
    splits = [split for split in named.values() if split]
    if "train" not in splits or len(set(splits)) < 2 or len(set(splits)) < len(splits):
        return {}
    cells = there | {
        name: read_cells(clean, name, called=path)[0] for name in named if name not in there
    }
    if any(not named.get(name) and _is_table(rows) for name, rows in cells.items()):
        return {}  # which of the sheets count is not said
    filled = [name for name in names if named.get(name) and cells[name]]
    return {named[name]: (name, cells[name]) for name in filled} if len(filled) > 1 else {}


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
    path: Path, extents: dict[str, workbook_extent.Extent], sheets: list[str], report: FileReport
) -> None:
    """A finding for the cells that were left out of each of the sheets that were read."""
    with zipfile.ZipFile(path) as archive:
        parts = dict.fromkeys(workbook_extent.part_of(archive, sheet) for sheet in sheets)
    for part in parts:
        extent = extents.get(part) if part is not None else next(iter(extents.values()))
        if extent is None:
            continue
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
