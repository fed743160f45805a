"""The folder of a search: what it searches, its trials, who is at work on it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from ...atomic_files import read_json, write_json
from ...errors import RunError
from ...i18n import t
from ...recipe import Recipe
from ...worker.processes import is_locked
from .space import Space, from_json, to_json
from .training import unused_path
from .trial import Trial

FORMAT = 1
ABOUT, TRIALS, STOP, PROBLEM, LOCK = (
    "search.json", "trials.json", "stop", "problem.json", "lock"
)  # fmt: skip


class SearchFolder:
    """What the files of a search say, read at the moment it is asked for.

    The runs of its trials lie beside it, so that the list of runs has them.
    """

    def __init__(self, path: Path):
        self.path = Path(path).absolute()

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.path.name

    def about(self) -> dict[str, Any]:
        """``recipe`` (YAML), ``space``, ``trials``, ``sampler``, ``pruner``, ``seed``.

        Raises
        ------
        RunError
            If the file cannot be read, or is of a newer version.
        """
        values = read_json(self.path / ABOUT)
        if not isinstance(values, dict) or not isinstance(values.get("space"), dict):
            raise RunError(t("search.no_search", folder=self.path), t("search.no_search_remedy"))
        if values.get("format", 0) > FORMAT:
            raise RunError(t("search.newer", folder=self.path), t("search.newer_remedy"))
        return values

    @property
    def recipe(self) -> Recipe:
        """What the space changes."""
        return Recipe.from_yaml(self.about()["recipe"])

    @property
    def space(self) -> Space:
        """What is searched."""
        return from_json(self.about()["space"])

    def trials(self) -> list[Trial]:
        """Those that have begun, in order.

        Raises
        ------
        RunError
            If the file is there and cannot be read.
        """
        if not (self.path / TRIALS).exists():
            return []
        values = read_json(self.path / TRIALS)
        try:
            return [Trial(**one) for one in values]
        except TypeError:
            raise RunError(t("search.damaged", folder=self.path), t("search.damaged_remedy")) from (
                None
            )

    def keep(self, trials: list[Trial]) -> None:
        """Write the trials, all of them or none."""
        write_json(self.path / TRIALS, [trial.to_json() for trial in trials], sync=True)

    def run_folder(self, trial: Trial) -> Path:
        """Where the run of a trial lies."""
        return self.path.parent / f"{self.name}-{trial.number:02d}"

    @property
    def state(self) -> str:
        """``running``; ``stopped`` before its end; ``failed``; ``done``."""
        if is_locked(self.path / LOCK):
            return "running"
        if self.problem():
            return "failed"
        about, trials = self.about(), self.trials()
        over = len(trials) >= about["trials"] or about.get("exhausted", False)
        return "done" if over and all(trial.outcome for trial in trials) else "stopped"

    def problem(self) -> str:
        """The sentences that a search ended with, "" where it did not."""
        return str((read_json(self.path / PROBLEM) or {}).get("said", ""))

    def write_about(self, **changes: Any) -> None:
        """Change what is searched."""
        write_json(self.path / ABOUT, {**self.about(), **changes}, sync=True)


def begin(
    recipe: Recipe, space: Space, path: Any, *, trials: int, sampler: str, pruner: str, seed: int
) -> SearchFolder:
    """The folder of a search: a new one, or the one that is there and searches the same.

    Raises
    ------
    RunError
        If something else is there, or another search.
    """
    about = {
        "format": FORMAT, "created": time.time(), "recipe": recipe.to_yaml(),
        "space": to_json(space), "trials": trials, "sampler": sampler, "pruner": pruner,
        "seed": seed,
    }  # fmt: skip
    folder = SearchFolder(unused_path(recipe, "search") if path is None else Path(path))
    if not (folder.path / ABOUT).exists():
        if folder.path.exists() and (not folder.path.is_dir() or any(folder.path.iterdir())):
            raise RunError(t("search.taken", folder=folder.path), t("search.other_folder"))
        try:
            folder.path.mkdir(parents=True, exist_ok=True)
            write_json(folder.path / ABOUT, about, sync=True)
        except OSError as error:
            why = error.strerror or error
            raise RunError(t("search.not_written", folder=folder.path, why=why),
                           t("search.other_folder")) from None  # fmt: skip
        return folder
    before = folder.about()
    for name in ("recipe", "space", "sampler", "pruner", "seed"):
        if before[name] != about[name]:
            raise RunError(t("search.another", folder=folder.path, field=name),
                           t("search.other_folder"))  # fmt: skip
    if trials < len(folder.trials()):
        raise RunError(t("search.fewer", n=len(folder.trials()), trials=trials),
                       t("search.fewer_remedy"))  # fmt: skip
    if trials != before["trials"]:
        folder.write_about(trials=trials)
    return folder
