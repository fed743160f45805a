"""A table of the runs that there are."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .. import task_registry
from ..errors import RunError
from ..run_folder.engine_words import where
from ..run_folder.files import read_fields
from ..run_folder.folders import list_run_folders, part_of
from .run import Run

if TYPE_CHECKING:
    import pandas as pd


def runs(root: str | os.PathLike | None = None) -> pd.DataFrame:
    """All runs, newest first, what is left of damaged ones included.

    Returns
    -------
    pandas.DataFrame
        ``run`` (name), ``state``, ``task``, ``model``, ``dataset``, of the test split each task's
        first metric and those that it declares for an overview (``macro_f1``, ``accuracy``,
        ``pearson``, ``f1``, ``exact_match``; NaN before the run is done, and where the task has no
        such metric), ``step``, ``part_of`` (the search, or the runs by several seeds, that it
        belongs to), ``where`` (of a run that a cluster has: its job, node, place in the queue),
        ``path``, ``problem``: what is wrong with the run's files, "" when nothing is.
        ``state`` is "damaged" where run.json, the recipe or the state cannot be read; fields that
        cannot be are empty.
    """
    import pandas as pd

    metrics = task_registry.overview_metrics()
    columns = ["run", "state", "task", "model", "dataset", *metrics, "step", "part_of", "where",
               "path", "problem"]  # fmt: skip
    table = []
    for folder in list_run_folders(root):
        run = Run(folder)
        status = run.status()
        fields, wrong = read_fields(folder, "metrics.json")
        test = {} if wrong else fields["metrics"].get("test", {})
        try:
            recipe = run.recipe
            about = [recipe.task, recipe.model, recipe.dataset]
        except RunError:
            about = ["", "", ""]
        damage = run.damage()
        broken = any(said.startswith(("run.json", "recipe.yaml", "state.json")) for said in damage)
        table.append(
            [run.name, "damaged" if broken else status["state"], *about,
             *map(test.get, metrics), status.get("step") or 0, part_of(folder),
             where(status), str(folder), " ".join(damage)]
        )  # fmt: skip
    frame = pd.DataFrame(table, columns=columns)
    return frame.astype(dict.fromkeys(metrics, float))
