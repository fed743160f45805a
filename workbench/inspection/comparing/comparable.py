"""Which runs a run can be compared with: those of its task that were tested on its examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import DataError, WorkbenchError
from ...run_folder.files import tidy
from ...run_folder.folder import RunFolder
from ...run_folder.folders import list_run_folders
from ..predictions.kinds import spec_for
from .paired import as_texts

if TYPE_CHECKING:
    import pandas as pd

_KNOWN: dict[tuple, tuple] = {}  # file, its time and size -> what was tested


def comparable_runs(run: Any, split: str = "test") -> pd.DataFrame:
    """The finished runs beside this one that :func:`compare_runs` can compare with it.

    Returns
    -------
    pandas.DataFrame, the newest first
        ``run`` (name), ``model``, ``dataset``, ``path``. ``attrs`` says how many were left out:
        ``other_task``, ``other_examples`` (of this task, tested on others), ``unreadable``.

    Raises
    ------
    WorkbenchError
        If this run has no predictions yet.
    """
    import pandas as pd

    task, wanted = run.recipe.task, tested_on(run, split)
    rows, left = [], {"other_task": 0, "other_examples": 0, "unreadable": 0}
    for folder in list_run_folders(run.path.parent):
        other = RunFolder(folder)
        if folder.absolute() == run.path:
            continue
        try:
            if other.status().get("state") != "done":
                continue
            recipe = other.recipe
            if recipe.task != task:
                left["other_task"] += 1
            elif tested_on(other, split) != wanted:
                left["other_examples"] += 1
            else:
                rows.append((other.name, recipe.model, recipe.dataset, str(folder)))
        except (WorkbenchError, OSError):  # counted, and the count is said
            left["unreadable"] += 1
    table = pd.DataFrame(rows, columns=["run", "model", "dataset", "path"])
    table.attrs.update(left)
    return table


def tested_on(run: Any, split: str = "test") -> tuple[int, int]:
    """Number and hash of the examples of a run's predictions, whatever their order.

    Raises
    ------
    WorkbenchError
        If there are none, or they cannot be read.
    """
    import pandas as pd
    import pyarrow.parquet as parquet

    path = run.predictions_path(split)
    about = path.stat()
    key = (str(path), about.st_mtime_ns, about.st_size)
    if key not in _KNOWN:
        wanted = spec_for(run).prediction_table.same_by
        try:
            with parquet.ParquetFile(path) as file:
                there = file.schema_arrow.names
                table = file.read(columns=[name for name in wanted if name in there]).to_pandas()
        except Exception as error:  # pyarrow, zlib and pandas each have errors of their own
            raise DataError(
                f"The predictions {path} cannot be read: {tidy(str(error)).rstrip('.')}.",
                "They are damaged or were changed; predict again.",
            ) from error
        texts = pd.DataFrame({name: as_texts(table[name]) for name in table.columns})
        hashes = pd.util.hash_pandas_object(texts, index=False).to_numpy()
        _KNOWN[key] = len(texts), int(hashes.sum())
    return _KNOWN[key]
