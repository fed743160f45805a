"""Which runs a run can be compared with: those of its task that were tested on its examples."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import WorkbenchError
from ..run_folder import RunFolder, list_run_folders
from .kinds import kind_of
from .paired import KEYS, USUAL_KEYS, as_texts

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
        except (WorkbenchError, OSError, ValueError):
            left["unreadable"] += 1
    table = pd.DataFrame(rows, columns=["run", "model", "dataset", "path"])
    table.attrs.update(left)
    return table


def tested_on(run: Any, split: str = "test") -> tuple[int, int]:
    """Number and hash of the examples of a run's predictions, whatever their order.

    Raises
    ------
    WorkbenchError, OSError, ValueError
        If there are none, or they cannot be read.
    """
    import pandas as pd
    import pyarrow.parquet as parquet

    path = Path(run.path) / "predictions" / f"{split}.parquet"
    if not path.is_file():
        run.predictions(split)  # raises what is to be said
    about = path.stat()
    key = (str(path), about.st_mtime_ns, about.st_size)
    if key not in _KNOWN:
        with parquet.ParquetFile(path) as file:
            names = [n for n in KEYS.get(kind_of(run), USUAL_KEYS) if n in file.schema_arrow.names]
            table = file.read(columns=names).to_pandas()
        texts = pd.DataFrame({name: as_texts(table[name]) for name in names})
        hashes = pd.util.hash_pandas_object(texts, index=False).to_numpy()
        _KNOWN[key] = len(texts), int(hashes.sum())
    return _KNOWN[key]
