"""Models that were made of trained ones, as the folder of a run that is done."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..atomic_files import write_json
from ..run_folder.folders import create_run_folder
from .finishing import disk_in_one_sentence
from .run import Run, open_run

if TYPE_CHECKING:
    from ..recipe import Recipe

COPIED = ("environment.json", "data/info.json")  # of the run that it was made of


def made_run(
    recipe: Recipe, first: Run, fill: Callable[[Path], dict[str, Any]],
    out: str | os.PathLike | None = None,
) -> Run:  # fmt: skip
    """Write the folder of a run that nobody trained.

    Parameters
    ----------
    recipe : Recipe
    first : Run
        Whose data and environment are also its own.
    fill : callable
        Writes models and predictions into the folder that it is given, and returns what
        ``metrics.json`` holds.
    out : path, optional
        A folder that is empty or not there; a new one among the runs where it is left out.

    Raises
    ------
    RunError
        If the place is taken or cannot be written.
    TrainingError
        If there is no room.
    """
    folder = create_run_folder(recipe, out)
    try:
        with disk_in_one_sentence():
            for name in COPIED:
                if (first.path / name).is_file():
                    (folder / name).parent.mkdir(exist_ok=True)
                    shutil.copy2(first.path / name, folder / name)
            write_json(folder / "metrics.json", fill(folder), sync=True)
            write_json(folder / "state.json", {"state": "done", "step": 0,
                                               "heartbeat": time.time()})  # fmt: skip
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)  # made above: nothing of anybody's is in it
        raise
    return open_run(folder)
