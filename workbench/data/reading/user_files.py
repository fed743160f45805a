"""A user's own files as tables, small ones in memory and large ones mapped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import DataError
from workbench.paths import leads_to
from workbench.task_spec import load_object

from .. import shapes
from ..columns import mixed_values
from ..tags import webanno
from . import archives, documents, endings, json_kinds, plain_text
from .mapped_files import Splits, changed_meanwhile, mapped_table, splits_of, state_of, unlike
from .plain_types import plain_types
from .reading_settings import check_reading
from .reports import FileReport
from .tables import delimited
from .tables.headers import note_invisible, visible

if TYPE_CHECKING:
    import pyarrow as pa

#: Files from this size on are turned into Arrow once, in the cache, and mapped from there.
BIG = 64 * 2**20

READERS: dict[str, Callable[..., Iterable[pa.Table]]] = {
    ending: load_object(place, "The reader of a file") for ending, place in endings.READERS.items()
}


def read_file(
    path: Path, reading: dict[str, Any] | None = None, reports: list[FileReport] | None = None
) -> pa.Table:
    """Rows of one file.

    Parameters
    ----------
    path : Path
        csv, tsv, json, jsonl, parquet, arrow, xlsx, xls, ods, txt or conll, as they are or
        compressed (gz, bz2, xz, zst). The ending decides; encoding, separator, quotes, header and
        the shape of the rows are found out and reported.
    reading : dict, optional
        What is to be taken instead of what is found: see :data:`.reading_settings.READING`.
    reports : list of FileReport, optional
        Gets one more: what was found out.

    Returns
    -------
    pyarrow.Table
        From :data:`BIG` bytes on its buffers are a mapped file in the cache.

    Raises
    ------
    DataError
        If it is of another kind, empty, damaged, or changes while it is read.
    """

    tables = read_tables(path, reading, reports)
    if len(tables) > 1:
        raise DataError(
            f"{path} holds several splits: {', '.join(tables)}.",
            "Write each into a file of its own.",
        )
    return next(iter(tables.values()))


def read_tables(
    path: Path, reading: dict[str, Any] | None = None, reports: list[FileReport] | None = None
) -> dict[str, pa.Table]:
    """As :func:`read_file`, for a file that may hold several splits: split name -> rows."""
    import pyarrow as pa

    reading = check_reading(reading)
    report = FileReport(str(path), archives.ending(path)[1:])
    try:
        before = state_of(path)
        report.bytes = before[0]
        if before[0] == 0:
            raise DataError(f"{path} is empty.", "Give a file with at least one row.")
        _refuse_pointers(path)
        plain = archives.plain(path)
        try:
            tables = _read(plain, reading, report)
        except DataError as error:
            if plain == path:
                raise
            told = error.message.replace(str(plain), str(path))
            raise DataError(told, error.remedy) from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is not {error.encoding} throughout.",
            "Name the right encoding with reading={'encoding': ...}, or save it as UTF-8.",
        ) from error
    except (OSError, ValueError, pa.ArrowException) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            f"{path} cannot be read as {path.suffix[1:]}: {first.rstrip('.')}.",
            "Correct the file, or write it again with the program that made it.",
        ) from error
    if state_of(path) != before:
        raise changed_meanwhile(path)
    tables = {split: _checked(path, table, report) for split, table in tables.items()}
    report.rows = sum(table.num_rows for table in tables.values())
    report.columns = max(table.num_columns for table in tables.values())
    if not report.rows:
        raise DataError(f"{path} has no rows.", "Give a file with at least one row.")
    if reports is not None:
        reports.append(report)
    return tables


def _read_unknown(path: Path, reading: dict, report: FileReport, *, big: bool):
    found = plain_text.read_unknown(path, reading, report, big=big)
    if found is None:
        raise DataError(
            f"{path} is of a kind that cannot be read ({path.suffix or 'no suffix'}).",
            f"Allowed: {', '.join(READERS)}; and compressed ones. Name it .txt if each line is a "
            "text.",
        )
    return found


def _read(path: Path, reading: dict, report: FileReport) -> dict[str, pa.Table]:
    """The tables of a file that is not compressed, by split; a table alone is ``train``."""
    reader = READERS.get(path.suffix.lower(), _read_unknown)
    if path.suffix.lower() not in READERS and path.suffix[1:].lower() in archives.NO_DATA:
        raise DataError(
            f"{path} is of a kind that cannot be read ({path.suffix}).",
            f"Allowed: {', '.join(READERS)}.",
        )
    if reader is delimited.read and not reading and json_kinds.is_json(path):
        report.note(
            "info", "json", f"{path.name} is called {path.suffix} and holds JSON: it was read so.",
            "Name it .json, or .jsonl where each line is an object.",
        )  # fmt: skip
        reader = documents.read_json
    if webanno.is_webanno(path):
        reader = webanno.read
    state = state_of(path)
    if state[0] >= BIG:
        try:
            tables = {"train": mapped_table(path, reader, reading, report, state)}
        except Splits as found:
            tables = found.tables
    else:
        pieces = list(reader(path, reading, report, big=False))
        tables = splits_of(pieces) or {"train": _joined(path, pieces, report)}
    from ..shapes import known  # all shapes, when a file is read and not before

    for split, table in tables.items():
        table = plain_types(table, report, path.name)
        tables[split] = table
        made = shapes.found(known.TABLES, table, shapes.Source(path, reading, report))
        tables[split] = table if made is None else made
    return tables


def _checked(path: Path, table: pa.Table, report: FileReport) -> pa.Table:
    """The table with names that can be seen, each of them once."""
    names = [visible(name) for name in table.column_names]
    if names != table.column_names:
        note_invisible(path, sum(map(str.__ne__, names, table.column_names)), report)
        table = table.rename_columns(names)
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise DataError(f"{path} has two columns {twice!r}.", "Rename one of them.")
    return table


def _refuse_pointers(path: Path) -> None:
    """Say so when a file only names where its data lies, as large files in git do."""
    with open(path, "rb") as stream:
        head = stream.read(200)
    if head.startswith(b"version https://git-lfs.github.com/spec/"):
        raise DataError(
            f"{path} is a pointer of git-lfs and not the data itself.",
            "Run `git lfs pull` in its folder, or download the file from its page.",
        )
    if re.match(rb"(\.\./)*\.git/annex/objects/|/annex/objects/", head):
        raise DataError(
            f"{path} is a pointer of git-annex and not the data itself.",
            "Run `git annex get` in its folder.",
        )


def _joined(path: Path, pieces: list[pa.Table], report: FileReport) -> pa.Table:
    import pyarrow as pa

    pieces = [piece for piece in pieces if piece.num_columns]
    if not pieces:
        left = [note for note in report.notes if note.severity == "warning"]  # what became of them
        raise DataError(
            " ".join([f"{path} has no rows.", *(note.what for note in left)]),
            " ".join(note.remedy for note in left) or "Give a file with at least one row.",
        )
    pieces, changed = mixed_values.fitted(pieces)
    said = " ".join(note.what for note in report.notes if note.check == "mixed types")
    for name in changed:
        if f"Column {name!r} " in said:
            continue
        report.note(
            "info", "mixed types", f"Column {name!r} of {path.name} has values of several kinds: "
            "they were brought to one.",
        )  # fmt: skip
    try:
        return pa.concat_tables(pieces, promote_options="permissive")
    except pa.ArrowException as error:
        raise unlike(path, error) from error




def within(path: Path, folder: Path) -> Path:
    """``path`` resolved, when it lies in ``folder``; links are followed before it is judged.

    Raises
    ------
    DataError
        If it leads out of the folder.
    """
    inside = leads_to(path)
    if not inside.is_relative_to(leads_to(folder)):
        how = "is a link that leads" if path.is_symlink() else "leads"
        raise DataError(
            f"{path} {how} out of the folder {folder}.", "Copy the file itself into the folder."
        )
    return inside
