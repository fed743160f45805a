"""An ensemble as a run folder: it predicts, and every view opens it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import tasks
from ..atomic_files import read_json
from ..i18n import t
from ..run_folder.of_several import FOLDER
from ..task_of_predictions import write_predictions
from ..tasks.shared import decisions
from ..training import checkpoints
from ..training.made_runs import made_run
from ..training.predicting import temperature, voter
from ..training.run import Run

if TYPE_CHECKING:
    from .joint import Joint


def saved(together: Joint, out: str | os.PathLike | None = None) -> Run:
    """Write an ensemble as the folder of a run that is done.

    Parameters
    ----------
    together : Joint
    out : path, optional
        A folder that is empty or not there; a new one among the runs where it is left out.

    Returns
    -------
    Run
        With predictions and metrics of both held-out splits (of folds of the test split), and the
        baselines of the first member. A soup has a ``model`` that anything opens. Other ensembles
        have copies of all members, and are as large; their answers are joined as they were here.

    Raises
    ------
    RunError
        If the place is taken or cannot be written.
    TrainingError
        If there is no room.
    """
    first = together.members.listed[0].run

    def fill(folder: Path) -> dict[str, Any]:
        settled = _models(together, folder)
        decisions.keep(settled, together.settled)
        if (degrees := together.temperature) is not None:
            temperature.keep(settled, degrees, len(together.members.rows("validation")))
        return _results(together, folder, first)

    return made_run(together.recipe, first, fill, out)


def _models(together: Joint, folder: Path) -> Path:
    """Write the models; gives the folder of what was settled for all answers."""
    listed = together.answering.listed
    if len(listed) == 1:
        checkpoints.write_whole(folder / "model", lambda stage: _copy(listed[0].folder, stage))
        return folder / "model"
    (folder / FOLDER).mkdir()
    for number, one in enumerate(listed):

        def fill(stage: Path, one: Any = one) -> None:
            _copy(one.folder, stage)
            (stage / "recipe.yaml").write_text(one.recipe.to_yaml(), "utf-8")

        checkpoints.write_whole(folder / FOLDER / f"{number:02}", fill)
    voter.keep(folder, together.joining, way=together.way, names=together.members.names)
    return folder / FOLDER


def _copy(source: Path, target: Path) -> None:
    """What a model is loaded from, without what was settled for it alone."""
    left = shutil.ignore_patterns(checkpoints.MANIFEST, temperature.FILE, decisions.FILE)
    shutil.copytree(source, target, ignore=left, dirs_exist_ok=True)


def _results(together: Joint, folder: Path, first: Run) -> dict[str, Any]:
    (folder / "predictions").mkdir(exist_ok=True)
    splits = ("test",) if together.members.why_not else ("validation", "test")
    for split in splits:
        write_predictions(together.predictions(split), folder / "predictions" / f"{split}.parquet")
    before = read_json(first.path / "metrics.json") or {}
    runs = {one.run.path: one.run for one in together.members.listed}
    seconds = sum(run.results().get("training_seconds") or 0.0 for run in runs.values())
    names = ", ".join(together.members.names)
    notes = [t("ensembles.made_of", way=together.way, n=len(together.members), names=names)]
    return {
        "metrics": {split: together.metrics(split) for split in splits},
        "baselines": before.get("baselines", {}), "best_step": None,
        "best_metric": tasks.best_metric(together.recipe), "training_seconds": seconds,
        "finishing_seconds": 0.0, "notes": [*notes, *filter(None, [together.said])],
    }  # fmt: skip
