"""Beginning a search, here or in workers, and opening one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ... import task_registry
from ...data.settings import check_new
from ...errors import RecipeError, shown
from ...i18n import t
from ...recipe import Recipe
from ..preparing import check_recipe
from . import suggesting
from .search import Search
from .search_folder import ABOUT, begin
from .space import read_space


def search(
    recipe: Recipe, space: Mapping[str, Any], *, trials: int = 20,
    out: str | os.PathLike | None = None, sampler: str = "tpe", pruner: str = "median",
    seed: int = 0, progress: bool = True,
) -> Search:  # fmt: skip
    """Try values of recipe fields, a run each in this process; returns when it has ended.

    Each trial is a run of its own in the list of runs. What is tried next is suggested by Optuna;
    a trial whose validation curve is below the median of the others is stopped. Called again with
    the same ``out``, what is done stays and the rest goes on, also after the process was killed.

    Parameters
    ----------
    recipe : Recipe
    space : mapping of str to list or tuple
        A list holds choices, a tuple the ends of a range: ``{"learning_rate": (1e-5, 1e-3,
        "log"), "method.rank": [4, 8, 16], "epochs": (1, 4)}``. Two whole numbers are a range of
        whole numbers; a setting of a kind stands behind a dot.
    trials : int
        How many there are to be; a search that is done goes on with more.
    out : path, optional
        Folder of the search; a new one in ``runs_dir()`` when not given. The runs lie beside it.
    sampler : {'tpe', 'random'}
        The tree-structured Parzen estimator (Bergstra et al., 2011), or chance.
    pruner : {'median', 'none'}
    seed : int
        The same seed gives the same trials, killed or not.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Search
        :func:`workbench.inspection.search_outcome` says how good the best trial is.

    Raises
    ------
    RecipeError
        If the space is empty, names what a recipe has not, or allows what it refuses.
    WorkbenchError
        If the first trials all fail, or ``out`` holds something else.
    """
    found = _begun(recipe, space, trials, out, sampler, pruner, seed)
    return found.resume(progress=progress)


def start_search(
    recipe: Recipe, space: Mapping[str, Any], *, trials: int = 20,
    out: str | os.PathLike | None = None, sampler: str = "tpe", pruner: str = "median",
    seed: int = 0,
) -> Search:  # fmt: skip
    """As :func:`search`, in workers; returns at once. ``wb.widgets.SearchPanel`` shows it."""
    return _begun(recipe, space, trials, out, sampler, pruner, seed).start()


def open_search(path: str | os.PathLike) -> Search:
    """The search in a folder.

    Raises
    ------
    RunError
        If there is none.
    """
    found = Search(Path(path))
    found.about()
    return found


def _begun(recipe, space, trials, out, sampler, pruner, seed) -> Search:
    for name, value, low in (("trials", trials, 1), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, int) or value < low:
            raise RecipeError(t("search.number", name=name, value=shown(value)),
                              t("search.number_remedy", low=low))  # fmt: skip
    suggesting.check(sampler, pruner)
    task_registry.check_installed(recipe.task)
    known = read_space(space, recipe)
    check_recipe(recipe)
    if out is None or not (Path(out) / ABOUT).exists():
        check_new(recipe)
    folder = begin(recipe, known, out, trials=trials, sampler=sampler, pruner=pruner, seed=seed)
    return Search(folder.path)
