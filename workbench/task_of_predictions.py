"""Which task a table of predictions is of: said by the table and by its file, never by its looks.

A table says it in ``attrs["task"]``, a parquet file in its metadata under ``workbench.task``. What
pandas does with one table keeps ``attrs``; merging two loses it, and so does joining tables of
which one says nothing: :func:`like` puts it back.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import task_registry
from .errors import DataError
from .i18n import t
from .prediction_columns import holds
from .score_columns import score_columns
from .task_spec import TaskSpec
from .task_words import called

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow

log = logging.getLogger("workbench")

ATTRIBUTE = "task"
MOST_NAMED = 8  # columns that a sentence names
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


def task_by_looks(kinds: Mapping[str, str]) -> str | None:
    """The task whose predictions have such columns; None where several do, or none.

    The one place that goes by what columns look like: for tables that were made by hand, and files
    of runs that say no task and lost their recipe. Each task declares by which columns it is known
    (:attr:`workbench.prediction_columns.PredictionTable.told_by`); where several tasks are, the one
    that is known by most columns is taken, and of equals none.

    Parameters
    ----------
    kinds : mapping of str to str
        Column to what it holds, as :data:`workbench.prediction_columns.KINDS` call it.
    """
    scores = bool(score_columns(kinds))
    found: dict[str, int] = {}
    for one in task_registry.specs():
        declared = one.prediction_table
        if scores and not declared.scores:
            continue
        fits = [
            len(known) for known in declared.told_by
            if all(holds(kind, kinds.get(name, "")) for name, kind in known.items())
        ]  # fmt: skip
        if fits:
            found[one.name] = max(fits)
    best = [name for name, size in found.items() if size == max(found.values())]
    return best[0] if len(best) == 1 else None


def spec_of(table: pd.DataFrame | pd.Series) -> TaskSpec:
    """The task that a table of predictions, or one row of it, is of.

    Where the table does not say it, it is taken from its looks (:func:`task_by_looks`), and the log
    says so.

    Raises
    ------
    DataError
        If neither tells it, with how to say it; if the table says it and holds no predictions.
    UnknownName
        If it says a task that is not installed.
    """
    import pandas as pd

    said = said_task(table)
    if said is None:
        frame = table.to_frame().T.infer_objects() if isinstance(table, pd.Series) else table
        said = task_by_looks({str(name): _held(frame[name]) for name in frame.columns})
        if said is None:
            raise unknown_task()
        log.info(t("predictions.taken_for", task=said))
    declared = task_registry.spec(said)
    check_columns(table, "prediction", task=said)
    return declared


def check_columns(table: pd.DataFrame | pd.Series, *names: str, task: str = "") -> None:
    """Refuse a table of predictions, or one row, that lacks one of these columns.

    Raises
    ------
    DataError
        With the columns that it has.
    """
    there = [str(name) for name in (table.columns if hasattr(table, "columns") else table.index)]
    for name in names:
        if name not in there:
            columns = ", ".join(map(repr, there[:MOST_NAMED])) + (
                ", …" if len(there) > MOST_NAMED else ""
            )
            raise DataError(
                t("predictions.no_column", name=name, task=called(task or said_task(table) or "")),
                t("predictions.columns", columns=columns),
            )


def unknown_task() -> DataError:
    """What is said of predictions that neither say their task nor look like those of one alone."""
    names = ", ".join(task_registry.names())
    return DataError(t("predictions.unknown_task"), t("predictions.say_task", tasks=names))


def _held(column: pd.Series) -> str:
    """What a column of a table holds, by its type or its first value."""
    if column.dtype.kind in "iu":
        return "whole"
    if column.dtype.kind == "f":
        return "number"
    there = column.dropna()
    first = there.iloc[0] if len(there) else None
    if isinstance(first, str):
        return "text"
    if isinstance(first, int | float):
        return "number"
    if isinstance(first, Iterable) and not isinstance(first, Mapping):
        return "texts" if all(isinstance(one, str) for one in first) else "list"
    return "other"
