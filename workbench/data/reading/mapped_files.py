"""Large files as Arrow, written once into the cache and mapped from there."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import disk_cache
from workbench.errors import DataError, DownloadError
from workbench.paths import cache_dir

from . import documents
from .expected import expected
from .reports import FileReport
from .tables import delimited

if TYPE_CHECKING:
    import pyarrow as pa

ROOM = 20_000_000_000  # bytes that the folder of such tables may hold
TABLE = "table.arrow"
_FORMAT = 8  # another number when files are read in another way


class Splits(Exception):
    """The pieces of a large document are splits, which are not mapped."""

    def __init__(self, tables: dict[str, pa.Table]):
        super().__init__(", ".join(tables))
        self.tables = tables


def splits_of(pieces: Any) -> dict[str, pa.Table]:
    """The pieces by the split that each of them says it is; nothing when they say none."""
    found = {}
    for piece in pieces if isinstance(pieces, list) else []:
        split = (piece.schema.metadata or {}).get(documents.SPLIT)
        if split is None:
            return {}
        found[split.decode()] = piece
    return found


def state_of(path: Path) -> tuple[int, int, int]:
    """Size, time of change and inode: what a change of a file changes."""
    try:
        found = path.stat()
    except FileNotFoundError as error:
        raise DataError(f"{path} is gone.", "Put it back and read it again.") from error
    return found.st_size, found.st_mtime_ns, found.st_ino


def changed_meanwhile(path: Path) -> DataError:
    """What is said of a file that is not what it was when reading began."""
    return DataError(
        f"{path} changed while it was read.", "Wait until it is complete and read it again."
    )


def unlike(path: Path, error: Exception) -> DataError:
    """What is said of a file whose pieces have columns of kinds that do not fit together."""
    return DataError(
        f"{path} has a column whose values change their kind: {str(error).splitlines()[0]}.",
        "Give every row of a column the same kind of value.",
    )


def mapped_table(path: Path, reader, reading: dict, report: FileReport, state: tuple) -> pa.Table:
    """The table from a mapped Arrow file in the cache, made when it is not there yet.

    The user's own file is never mapped: a program that shortens it would end this process.
    """
    known = dataclasses.asdict(expected())
    said = [str(path.resolve()), state, reading, known, path.suffix, _FORMAT]
    key = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]
    folder = cache_dir() / "tables" / key
    plain = dataclasses.asdict(report)

    def fill(stage: Path) -> dict:
        report.restore(plain)
        _write(path, stage, reader, reading, report)
        if state_of(path) != state:
            raise changed_meanwhile(path)
        report.mapped = str(folder / TABLE)
        return dataclasses.asdict(report)

    damaged: list[str] = []
    try:
        table = _opened(folder, fill, damaged, report)
        if table is None:  # thrown out by another process meanwhile
            table = _opened(folder, fill, damaged, report)
        if table is None:
            raise OSError(errno.ENOENT, "prepared data vanish as soon as they are made")
    except OSError as error:
        if error.errno is None:
            raise
        raise DownloadError(
            f"The cache folder {folder.parent} cannot be used: {error.strerror or error}.",
            "Make room, or set WORKBENCH_CACHE to a folder that can be written.",
        ) from error
    for note in damaged:
        report.note("info", "cache", note)
    return table


def _opened(
    folder: Path, fill: Callable[[Path], dict], damaged: list[str], report: FileReport
) -> pa.Table | None:
    """The mapped table, made first where it is not there whole; None when it vanished."""
    import pyarrow as pa

    about = disk_cache.read_about(folder, damaged)
    if about is not None:
        report.restore(about)
    else:
        disk_cache.keep(folder, fill, room=ROOM)
    try:
        with pa.memory_map(str(folder / TABLE)) as source:
            return pa.ipc.open_stream(source).read_all()
    except (FileNotFoundError, NotADirectoryError, pa.ArrowInvalid):
        return None


def _write(path: Path, folder: Path, reader, reading: dict, report: FileReport) -> None:
    """Stream the pieces to ``table.arrow``; those of unlike schemas are fitted to each other."""
    import pyarrow as pa

    with tempfile.TemporaryDirectory(dir=folder) as stage:
        pieces = reader(path, reading, report, big=True)
        if splits := splits_of(pieces):
            raise Splits(splits)
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
                raise unlike(path, error) from error
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
