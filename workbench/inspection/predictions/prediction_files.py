"""A parquet file of predictions as DuckDB reads it, and as it is refused where it is damaged."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import DataError
from ...run_folder.stored_predictions import file_schema, file_task
from ...task_of_predictions import unknown_task

if TYPE_CHECKING:
    import duckdb


def task_of(source: Any, path: Path) -> str:
    """The task of a run's predictions, or of a file's (DataError where nothing tells it)."""
    recipe = getattr(source, "recipe", None)
    try:
        schema = file_schema(path)
    except Exception as error:  # OSError, ArrowInvalid, and what its decoder meets
        raise unreadable(path, error) from error
    if task := file_task(schema, recipe.task if recipe else None):
        return task
    raise unknown_task()


def table_of(connection: duckdb.DuckDBPyConnection, path: Path) -> tuple[str, list[str]]:
    """What stands after FROM for this very file, and its values: a name is never a pattern.

    Nor does a folder called ``label=x`` put its own column in place of the file's.
    """
    pattern = _literal(path)
    with readable(path):
        asked = "SELECT file FROM glob(?)"
        found = connection.execute(asked, [pattern]).fetchall()
    if found == [(str(path),)]:
        return "read_parquet(?, file_row_number=true, hive_partitioning=false)", [pattern]
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:  # a name that cannot be written as a pattern
        table = file.read()
    rows = pa.array(range(table.num_rows), pa.int64())
    connection.register("named", table.append_column("file_row_number", rows))
    return "named", []


@contextlib.contextmanager
def readable(path: Path) -> Iterator[None]:
    """Say it in a sentence where the file is damaged, gone or changed under our hands."""
    import duckdb

    try:
        yield
    except duckdb.InterruptException:
        raise
    except duckdb.Error as error:
        raise unreadable(path, error) from error


def _literal(path: Path) -> str:
    """The pattern that fits this path alone, where DuckDB takes a path for a pattern."""
    return re.sub(r"[*?\[]", r"[\g<0>]", str(path))


def unreadable(path: Path, error: Exception) -> DataError:
    """The refusal of a damaged file."""
    return DataError(
        f"The predictions {path} cannot be read: {(str(error).splitlines() or ['damaged'])[0]}",
        "They are damaged or were changed; predict again.",
    )
