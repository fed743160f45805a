"""Which task a table of predictions is of: said by the table and by its file, never by its looks.

A table says it in ``attrs["task"]``, a parquet file in its metadata under ``workbench.task``. What
pandas does with one table keeps ``attrs``; merging two loses it, and so does joining tables of
which one says nothing: :func:`like` puts it back.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow

ATTRIBUTE = "task"
FILE_KEY = b"workbench.task"


def of_task(table: pd.DataFrame, task: str | None) -> pd.DataFrame:
    """The table itself, which says from now on that it holds predictions of this task."""
    if task:
        table.attrs[ATTRIBUTE] = task
    return table


def said_task(table: Any) -> str | None:
    """Name of the task that a table, or one row of it, says it is of; None where it says none."""
    task = getattr(table, "attrs", {}).get(ATTRIBUTE)
    return task if isinstance(task, str) and task else None


def like(table: pd.DataFrame, model: pd.DataFrame) -> pd.DataFrame:
    """A table that was made of another one, and says the same task as that."""
    return of_task(table, said_task(model))


def write_predictions(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table as parquet with checksums of its pages; the file says the table's task.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as parquet

    made = pa.Table.from_pandas(table, preserve_index=False)
    if task := said_task(table):
        made = made.replace_schema_metadata({**(made.schema.metadata or {}), FILE_KEY: task})
    parquet.write_table(made, path, write_page_checksum=True)


def task_of_file(schema: pyarrow.Schema) -> str | None:
    """The task that a parquet file says; None for files that were written before they did."""
    said = (schema.metadata or {}).get(FILE_KEY)
    return said.decode("utf-8", "replace") if said else None
