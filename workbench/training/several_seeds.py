"""One recipe with several seeds: a run each, and what its metrics are on average."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .. import task_words, tasks
from ..data.settings import check_new
from ..errors import RecipeError, RunError, shown
from ..i18n import t
from ..intervals import mean_interval
from .preparing import check_recipe
from .run import Run
from .searching.training import made, train, unused_path
from .searching.trial import has_diverged

if TYPE_CHECKING:
    import pandas as pd

    from ..recipe import Recipe


@dataclass(frozen=True)
class Seeds:
    """The runs of all seeds, in order; those that diverged are among them."""

    runs: list[Run]

    @property
    def diverged(self) -> list[int]:
        """Seeds whose training diverged: they have no metrics."""
        return [run.recipe.seed for run in self.runs if run.state != "done"]

    @property
    def metric(self) -> str:
        """What each run's checkpoint is chosen by."""
        return tasks.best_metric(self.runs[0].recipe)

    def metrics(self, split: str = "test") -> pd.DataFrame:
        """Metrics of each seed, then their mean, standard deviation and 95 % interval of the mean.

        Returns
        -------
        pandas.DataFrame, n_seeds + 4 rows
            Index: the seeds, ``mean``, ``sd`` (with n - 1), ``low``, ``high``. A seed whose
            training diverged is NaN and not in the mean. ``examples`` has no spread.
        """
        import pandas as pd

        found = [run.metrics(split) if run.state == "done" else {} for run in self.runs]
        table = pd.DataFrame(found, index=[run.recipe.seed for run in self.runs], dtype=float)
        rows = {"mean": table.mean(), "sd": table.std(ddof=1)}
        ends = {name: mean_interval(table[name].dropna().to_numpy(), few=True) for name in table}
        rows |= {end: pd.Series({name: pair[place] for name, pair in ends.items()})
                 for place, end in enumerate(("low", "high"))}  # fmt: skip
        summary = pd.DataFrame(rows).T
        if "examples" in summary:
            summary.loc[["sd", "low", "high"], "examples"] = float("nan")
        return pd.concat([table, summary]).rename_axis("seed")

    @property
    def said(self) -> str:
        """The mean of the metric that decides, its interval, and from where to where it goes."""
        column = self.metrics()[self.metric]
        each = column.iloc[: len(self.runs)].dropna()
        title = task_words.metric_title(self.metric, self.runs[0].recipe.task)
        parts = [t("seeds.none")] if not len(each) else [
            t("seeds.said", n=len(each), metric=title, mean=column["mean"], low=column["low"],
              high=column["high"], least=each.min(), most=each.max())
        ]  # fmt: skip
        if self.diverged:
            parts.append(t("seeds.diverged", seeds=", ".join(map(str, self.diverged))))
        return " ".join(parts)

    def __repr__(self) -> str:
        return f"<Seeds: {self.said}>"


def seeds(
    recipe: Recipe, seeds: int | Sequence[int] = 5, *, out: str | os.PathLike | None = None,
    progress: bool = True,
) -> Seeds:  # fmt: skip
    """Fine-tune a recipe once a seed, in this process; returns when all have ended.

    A seed decides the order of examples, new weights, dropout, and the splits where the data brings
    none and the recipe has no ``split_seed``: the spread is of all of these together.

    Parameters
    ----------
    recipe : Recipe
    seeds : int or sequence of int
        How many, counted from the recipe's own seed, or which.
    out : path, optional
        The runs are ``<out>-seed-0``, ``<out>-seed-1``, ...; in ``runs_dir()`` when not given.
        Called again with it, what is done stays and the rest goes on.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Seeds

    Raises
    ------
    RecipeError
        If there are no two seeds.
    WorkbenchError
        If a run is stopped, or fails for another reason than that it diverged.

    Examples
    --------
    ::

        found = wb.seeds(check.recipe, 5, out="runs/five")
        found.metrics()
    """
    from tqdm.auto import tqdm

    chosen = _chosen(recipe, seeds)
    check_recipe(recipe)
    if out is None:
        check_new(recipe)
    path = unused_path(recipe) if out is None else Path(out).absolute()
    runs = []
    for seed in tqdm(chosen, desc=t("seeds.bar"), unit="run", disable=not progress):
        place = path.with_name(f"{path.name}-seed-{seed}")
        run = made(recipe.replace(seed=seed), place, path.name)
        state = "failed" if has_diverged(run) else train(run, here=True, stops=lambda run: False)
        if state != "done" and not has_diverged(run):
            said = str(run.status().get("error") or "")
            raise RunError(
                " ".join(filter(None, [t("seeds.left", seed=seed, state=run.state), said])),
                t("seeds.left_remedy", out=path),
            )
        runs.append(run)
    return Seeds(runs)


def _chosen(recipe: Recipe, seeds: int | Sequence[int]) -> list[int]:
    if isinstance(seeds, int) and not isinstance(seeds, bool):
        seeds = range(recipe.seed, recipe.seed + seeds)
    try:
        chosen = list(seeds)
    except TypeError:
        chosen = []
    whole = all(isinstance(one, int) and not isinstance(one, bool) for one in chosen)
    if not whole or len(set(chosen)) < max(2, len(chosen)):
        raise RecipeError(t("seeds.wrong", value=shown(seeds)), t("seeds.wrong_remedy"))
    return chosen
