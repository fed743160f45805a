"""Cross-validation: one run a fold, each row tested once by a model that did not see it."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..data.splits import fold_recipes
from ..errors import RunError
from ..task_of_predictions import like
from .api import fine_tune
from .run import Run, open_run

if TYPE_CHECKING:
    import pandas as pd

    from ..recipe import Recipe


@dataclasses.dataclass(frozen=True)
class CrossValidation:
    """The runs of all folds, in order."""

    runs: list[Run]

    def metrics(self) -> pd.DataFrame:
        """Test metrics of each fold, then their mean and standard deviation.

        Returns
        -------
        pandas.DataFrame, n_folds + 2 rows
            Index ``1 .. n_folds``, ``mean`` and ``sd`` (with n - 1; NaN for ``examples``).

        Notes
        -----
        The folds share training rows, so that their deviation understates how much another sample
        would change the score (Bengio and Grandvalet, "No unbiased estimator of the variance of
        k-fold cross-validation", 2004).
        """
        import pandas as pd

        table = pd.DataFrame([run.metrics("test") for run in self.runs])
        table.index = pd.RangeIndex(1, len(table) + 1, name="fold")
        summary = pd.DataFrame({"mean": table.mean(), "sd": table.std(ddof=1)}).T
        if "examples" in summary:
            summary.loc["sd", "examples"] = float("nan")
        return pd.concat([table, summary]).rename_axis("fold")

    def predictions(self) -> pd.DataFrame:
        """The test predictions of all folds, with a column ``fold``: each row of the data once."""
        import pandas as pd

        tables = [run.predictions("test") for run in self.runs]
        parts = [table.assign(fold=number) for number, table in enumerate(tables, 1)]
        return like(pd.concat(parts, ignore_index=True), tables[0])

    def __repr__(self) -> str:
        return f"CrossValidation({len(self.runs)} folds in {str(self.runs[0].path.parent)!r})"


def cross_validate(
    recipe: Recipe, out: str | os.PathLike, *, progress: bool = True
) -> CrossValidation:
    """Fine-tune once a fold, in this process.

    Parameters
    ----------
    recipe : Recipe
        ``folds`` says how many (5 when None); ``split`` may be ``"group"``, so that what belongs
        together is tested together. Its ``fold`` does not matter.
    out : path
        Folder of the runs ``fold-1``, ``fold-2``, ... Called again with it, what is done stays and
        the rest goes on.
    progress : bool
        Show a progress bar.

    Returns
    -------
    CrossValidation

    Raises
    ------
    WorkbenchError
        If a run fails, is stopped, or a folder holds a run of another recipe.

    Examples
    --------
    ::

        scores = wb.cross_validate(check.recipe.replace(folds=5), "runs/five-folds")
        scores.metrics()
        scores.predictions()
    """
    runs = []
    for one in fold_recipes(recipe):
        run = _trained(one, Path(out) / f"fold-{one.fold}", progress)
        if run.state != "done":
            raise RunError(
                f"Fold {one.fold} of {one.folds} is {run.state}.", "Call cross_validate again."
            )
        runs.append(run)
    return CrossValidation(runs)


def _trained(recipe: Recipe, folder: Path, progress: bool) -> Run:
    if (folder / "recipe.yaml").is_file() and (run := open_run(folder)).state == "done":
        if run.recipe != recipe:
            raise RunError(
                f"The folder {folder} holds a run of another recipe.", "Give another folder."
            )
        return run
    return fine_tune(recipe, folder, progress=progress)
