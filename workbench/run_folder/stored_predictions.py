"""The file with a run's predictions of a split, looked at before anything is shown of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .. import task_registry
from ..i18n import t
from ..prediction_columns import PredictionTable, arrow_kind, cells_problem, columns_problem
from ..task_of_predictions import of_task, task_by_looks, task_of_file
from ..task_words import called
from .files import tidy

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow


def file_schema(path: Path) -> pyarrow.Schema:
    """Columns and metadata of a parquet file; a name is never taken for an address."""
    import pyarrow.parquet

    with open(path, "rb") as file:
        return pyarrow.parquet.read_schema(file)


def file_task(schema: pyarrow.Schema, wanted: str | None) -> str | None:
    """The task that a predictions file is of.

    The file says it; one that was written before they did is of ``wanted``, the task of its run's
    recipe; and where the recipe is gone as well, it is told by its looks.
    """
    said = task_of_file(schema) or wanted
    return said or task_by_looks({field.name: arrow_kind(field.type) for field in schema})


def file_problem(path: Path, wanted: str | None) -> str:
    """Why a file holds no predictions of this task, half a sentence; "" when it does.

    Parameters
    ----------
    path : Path
    wanted : str or None
        Task of the run's recipe; None where that cannot be read.
    """
    if not path.is_file():
        return "it is no file"
    try:
        schema = file_schema(path)
    except Exception as error:  # OSError, ArrowInvalid, and what its decoder meets
        return tidy(str(error))
    task = file_task(schema, wanted)
    if wanted is not None and task != wanted:
        return t("predictions.other_task", there=called(task), task=called(wanted))
    return columns_problem(schema, _declared(task))


def read_file(path: Path, wanted: str | None) -> tuple[pd.DataFrame | None, str]:
    """The predictions of a file, which say their task, and what is wrong with it.

    Returns
    -------
    table : pandas.DataFrame or None
        None where something is wrong.
    problem : str
        Half a sentence; "" when nothing is.
    """
    import pandas as pd

    try:
        # flipped bytes are noticed where the file was written with checksums
        table = pd.read_parquet(
            path, engine="pyarrow", partitioning=None, page_checksum_verification=True
        )
        task = file_task(file_schema(path), wanted)
    except Exception as error:  # pyarrow, zlib and pandas each have errors of their own
        return None, tidy(str(error))
    if problem := cells_problem(table, _declared(task)):
        return None, problem
    return of_task(table, task), ""


def _declared(task: str | None) -> PredictionTable | None:
    found = task_registry.find(task)
    return found.prediction_table if found else None
