"""A user's own files and folders as tables, small ones in memory and large ones mapped."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import DataError, DownloadError
from workbench.files import write_json
from workbench.paths import cache_dir

from . import columnar, conll, delimited, mixed_values, records, shapes, workbooks
from .reports import FileReport, check_reading
from .shapes import known

if TYPE_CHECKING:
    import pyarrow as pa

#: Files from this size on are turned into Arrow once, in the cache, and mapped from there.
BIG = 64 * 2**20

#: Names under which a split is found in a folder.
SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
}

READERS: dict[str, Callable[..., Iterable[pa.Table]]] = {
    ".csv": delimited.read,
    ".tsv": delimited.read,
    ".tab": delimited.read,
    ".json": records.read_json,
    ".jsonl": records.read_jsonl,
    ".ndjson": records.read_jsonl,
    ".parquet": columnar.read_parquet,
    ".arrow": columnar.read_arrow,
    ".feather": columnar.read_arrow,
    ".xlsx": workbooks.read,
    ".xlsm": workbooks.read,
    ".xls": workbooks.read,
    ".ods": workbooks.read,
    ".txt": records.read_lines,
    **dict.fromkeys(conll.ENDINGS, conll.read),
}


def read_file(
    path: Path, reading: dict[str, Any] | None = None, reports: list[FileReport] | None = None
) -> pa.Table:
    """Rows of one file.

    Parameters
    ----------
    path : Path
        csv, tsv, json (a list of objects, or an object of lists), jsonl, parquet, arrow, xlsx,
        xls, ods, txt (one text a line) or conll. The ending decides; encoding, separator and
        header are found out and reported.
    reading : dict, optional
        ``encoding``, ``delimiter``, ``header``, ``sheet`` to be taken instead of what is found.
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
    import pyarrow as pa

    reading = check_reading(reading)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(
            f"{path} is of a kind that cannot be read ({path.suffix or 'no suffix'}).",
            f"Allowed: {', '.join(READERS)}.",
        )
    report = FileReport(str(path), path.suffix[1:].lower())
    try:
        before = _state(path)
        report.bytes = before[0]
        if before[0] == 0:
            raise DataError(f"{path} is empty.", "Give a file with at least one row.")
        if before[0] >= BIG:
            table = _mapped(path, reader, reading, report, before)
        else:
            table = _joined(path, list(reader(path, reading, report, big=False)), report)
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
    if _state(path) != before:
        raise DataError(
            f"{path} changed while it was read.", "Wait until it is complete and read it again."
        )
    made = shapes.found(known.TABLES, table, shapes.Source(path, reading, report))
    table = table if made is None else made
    names = table.column_names
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise DataError(f"{path} has two columns {twice!r}.", "Rename one of them.")
    if table.num_rows == 0:
        raise DataError(f"{path} has no rows.", "Give a file with at least one row.")
    report.rows, report.columns = table.num_rows, table.num_columns
    if reports is not None:
        reports.append(report)
    return table


def _state(path: Path) -> tuple[int, int, int]:
    """Size, time of change and inode: what a change of a file changes."""
    try:
        found = path.stat()
    except FileNotFoundError as error:
        raise DataError(f"{path} is gone.", "Put it back and read it again.") from error
    return found.st_size, found.st_mtime_ns, found.st_ino


def _joined(path: Path, pieces: list[pa.Table], report: FileReport) -> pa.Table:
    import pyarrow as pa

    pieces = [piece for piece in pieces if piece.num_columns]
    if not pieces:
        raise DataError(f"{path} has no rows.", "Give a file with at least one row.")
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
        raise _unlike(path, error) from error


def _unlike(path: Path, error: Exception) -> DataError:
    return DataError(
        f"{path} has a column whose values change their kind: {str(error).splitlines()[0]}.",
        "Give every row of a column the same kind of value.",
    )


# --- large files --------------------------------------------------------------------------------


def _mapped(path: Path, reader, reading: dict, report: FileReport, state: tuple) -> pa.Table:
    """The table from a mapped Arrow file in the cache, made when it is not there yet.

    The user's own file is never mapped: a program that shortens it would end this process.
    """
    import pyarrow as pa

    said = json.dumps([str(path.resolve()), state, reading, path.suffix], sort_keys=True)
    folder = cache_dir() / "tables" / hashlib.sha256(said.encode()).hexdigest()[:32]
    try:
        if (folder / "report.json").is_file():
            report.restore(json.loads((folder / "report.json").read_text("utf-8")))
        else:
            folder.mkdir(parents=True, exist_ok=True)
            _write(path, folder, reader, reading, report)
            report.mapped = str(folder / "table.arrow")
            if _state(path) == state:
                write_json(folder / "report.json", dataclasses.asdict(report))
        with pa.memory_map(str(folder / "table.arrow")) as source:
            return pa.ipc.open_stream(source).read_all()
    except OSError as error:
        if error.errno is None:
            raise
        raise DownloadError(
            f"The cache folder {folder.parent} cannot be used: {error.strerror or error}.",
            "Make room, or set WORKBENCH_CACHE to a folder that can be written.",
        ) from error


def _write(path: Path, folder: Path, reader, reading: dict, report: FileReport) -> None:
    """Stream the pieces to ``table.arrow``; those of unlike schemas are fitted to each other."""
    import pyarrow as pa

    with tempfile.TemporaryDirectory(dir=folder) as stage:
        pieces = reader(path, reading, report, big=True)
        while True:
            parts = [Path(stage) / "0.arrow"]
            try:
                schemas = _write_parts(pieces, Path(stage), parts)
                break
            except delimited.Again:
                continue
        if len(schemas) > 1:
            try:
                schema = pa.unify_schemas(schemas, promote_options="permissive")
            except pa.ArrowException as error:
                raise _unlike(path, error) from error
            parts = [_rewritten(parts, schema, Path(stage) / "all.arrow")]
        os.replace(parts[0], folder / "table.arrow")


def _write_parts(pieces: Iterable[pa.Table], stage: Path, parts: list[Path]) -> list[pa.Schema]:
    import pyarrow as pa

    schemas: list[pa.Schema] = []
    with contextlib.ExitStack() as stack:
        writer = None
        for piece in pieces:
            if not schemas or piece.schema != schemas[-1]:
                if schemas:
                    stack.pop_all().close()
                    parts.append(stage / f"{len(schemas)}.arrow")
                schemas.append(piece.schema)
                writer = stack.enter_context(pa.ipc.new_stream(str(parts[-1]), piece.schema))
            writer.write_table(piece)
    if not schemas:
        raise ValueError("it has no rows")
    return schemas


def _rewritten(parts: list[Path], schema: pa.Schema, target: Path) -> Path:
    import pyarrow as pa

    with pa.ipc.new_stream(str(target), schema) as writer:
        for part in parts:
            with pa.OSFile(str(part)) as source:
                for batch in pa.ipc.open_stream(source):
                    table = pa.Table.from_batches([batch])
                    empty = schema.empty_table()
                    fitted = pa.concat_tables([empty, table], promote_options="permissive")
                    writer.write_table(fitted.select(schema.names).cast(schema))
    return target


# --- folders ------------------------------------------------------------------------------------


def within(path: Path, folder: Path) -> Path:
    """``path`` resolved, when it lies in ``folder``; links are followed before it is judged.

    Raises
    ------
    DataError
        If it leads out of the folder.
    """
    inside = path.resolve()
    if not inside.is_relative_to(folder.resolve()):
        how = "is a link that leads" if path.is_symlink() else "leads"
        raise DataError(
            f"{path} {how} out of the folder {folder}.", "Copy the file itself into the folder."
        )
    return inside


def read_folder(
    path: Path, reading: dict[str, Any] | None = None, reports: list[FileReport] | None = None
) -> Any:
    """Splits of a folder.

    It is one that ``save_to_disk`` made; or one of files named after splits; or one with a
    sub-folder a class that holds a text a file (under ``train``, ``validation`` and ``test`` when
    there are such); or one with a single file.

    Returns
    -------
    dict of str to pyarrow.Table, or datasets.DatasetDict

    Raises
    ------
    DataError
        If there is none of these, a file cannot be read, or a link leads out of the folder.
    """
    if any((path / name).is_file() for name in ("dataset_dict.json", "state.json")):
        return _saved(path)
    entries = sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
    folders = [entry for entry in entries if entry.is_dir()]
    by_split: dict[str, list[Path]] = {}
    readable = [e for e in entries if e.suffix.lower() in READERS and (e.is_file() or _broken(e))]
    for file in readable:
        stem = re.split(r"[-_.]", file.stem.lower())[0]
        if stem in SPLIT_NAMES:
            by_split.setdefault(SPLIT_NAMES[stem], []).append(file)
    if not by_split and folders and not [f for f in readable if f.suffix.lower() != ".txt"]:
        from .class_folders import read_classes

        if (tables := read_classes(path, folders, reading, reports)) is not None:
            return tables
    if not by_split and len(readable) == 1:
        by_split["train"] = readable
    if not by_split:
        there = ", ".join(entry.name for entry in entries[:5]) or "nothing"
        raise DataError(
            f"The folder {path} holds no data that is known: {there}.",
            "Name the files train, validation and test (csv, tsv, json, jsonl, parquet, xlsx, "
            "txt), or give a sub-folder a class, or the folder of Dataset.save_to_disk.",
        )
    return {
        split: _files_of(split, path, by_split[split], reading, reports)
        for split in ("train", "validation", "test")
        if split in by_split
    }


def _broken(path: Path) -> bool:
    return path.is_symlink() and not path.exists()


def _files_of(split: str, folder: Path, found: list[Path], reading, reports) -> pa.Table:
    import pyarrow as pa

    for file in found:
        within(file, folder)
    try:
        tables = [read_file(file, reading, reports) for file in found]
        return pa.concat_tables(mixed_values.fitted(tables)[0], promote_options="permissive")
    except pa.ArrowException as error:
        raise DataError(
            f"The files of split {split!r} in {folder} do not fit together: "
            f"{str(error).splitlines()[0]}",
            "Give them the same columns and types.",
        ) from error


def _saved(path: Path) -> Any:
    import datasets as hf
    import pyarrow as pa

    if "::" in str(path):
        raise DataError(
            f"The folder {path} has '::' in its path, which the library that reads saved datasets "
            "takes for a chain of addresses.",
            "Rename it.",
        )
    try:
        loaded = hf.load_from_disk(str(path))
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise DataError(
            f"The folder {path} looks saved by datasets but cannot be read: "
            f"{(str(error).splitlines() or [''])[0]}",
            "Save it again with save_to_disk.",
        ) from error
    return loaded if isinstance(loaded, hf.DatasetDict) else hf.DatasetDict({"train": loaded})
