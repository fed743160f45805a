"""Parquet and Arrow files, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ....errors import DataError
from ..reports import FileReport

if TYPE_CHECKING:
    import pyarrow as pa


def read_parquet(path: Path, reading: dict[str, Any], report: FileReport, *, big: bool):
    """Row groups of a parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    def pieces() -> Iterator[pa.Table]:
        with pq.ParquetFile(path, memory_map=False) as file:
            for batch in file.iter_batches(batch_size=65_536):
                yield pa.Table.from_batches([batch])

    return pieces() if big else [pq.read_table(path, partitioning=None)]  # a=b in a path is a name


def read_arrow(path: Path, reading: dict[str, Any], report: FileReport, *, big: bool):
    """Record batches of an Arrow file, of either of its two formats (file and stream)."""
    import pyarrow as pa

    def pieces() -> Iterator[pa.Table]:
        with pa.OSFile(str(path)) as source:
            if source.read(6) == b"ARROW1":
                source.seek(0)
                reader = pa.ipc.open_file(source)
                batches = (reader.get_batch(n) for n in range(reader.num_record_batches))
            else:
                source.seek(0)
                reader = batches = pa.ipc.open_stream(source)
            if reader.schema.names and len(set(reader.schema.names)) < len(reader.schema.names):
                names = reader.schema.names
                twice = next(name for name in names if names.count(name) > 1)
                raise DataError(f"{path} has two columns {twice!r}.", "Rename one of them.")
            yield pa.Table.from_batches([], reader.schema)
            for batch in batches:
                yield pa.Table.from_batches([batch])

    return pieces()
