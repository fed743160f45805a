"""The folder of a run: making it, opening it, reading it. Needs neither torch nor a worker."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import RecipeError, RunError, SpecError
from ..recipe import Recipe
from . import step_pace
from .files import (
    WARNED,
    is_missing,
    metric_rows,
    places_problem,
    read_fields,
    read_text,
)
from .state import read_state
from .stored_predictions import file_problem, read_file

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 1  # of the folder; a newer one is refused


class RunFolder:
    """Everything about a run, read from its folder at the moment it is asked for."""

    def __init__(self, path: str | os.PathLike):
        self.path = Path(path).absolute()
        self._read: tuple[str, Recipe] | None = None  # recipe.yaml and what it says

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.path.name

    @property
    def recipe(self) -> Recipe:
        """The recipe the run works on.

        Raises
        ------
        RunError
            If ``recipe.yaml`` cannot be read, or is no recipe of this version.
        """
        remedy = "Put a copy of its recipe there, or start a new run."
        try:
            text = read_text(self.path / "recipe.yaml")
            if self._read is None or self._read[0] != text:  # panels ask twice a second
                self._read = text, Recipe.from_yaml(text)
            return self._read[1]
        except OSError as error:
            raise RunError(
                f"recipe.yaml of the run {self.name} cannot be read "
                f"({error.strerror or error}).", remedy,
            ) from None  # fmt: skip
        except (RecipeError, SpecError) as error:  # of the recipe, or of its task as it is now
            raise RunError(
                f"recipe.yaml of the run {self.name} is damaged or of another version: "
                f"{error.message}", remedy,
            ) from None  # fmt: skip

    @property
    def state(self) -> str:
        """``queued``, ``running``, ``paused``, ``stopped``, ``failed``, ``died`` or ``done``."""
        return self.status()["state"]

    def status(self) -> dict:
        """``state`` and what goes with it: step, total_steps, phase, error, remedy, ..."""
        if not os.path.isdir(self.path):
            return {
                "state": "died",
                "error": f"The run folder {self.path} is gone.",
                "remedy": "The folder of a running run must stay where it is; open it where it is "
                "now and resume() it.",
            }
        return read_state(self.path)

    def rows(self) -> list[dict]:
        """All rows of ``metrics.jsonl``: steps, evaluations, events; the last of a step wins.

        Raises
        ------
        RunError
            If the file is there and cannot be read.
        """
        reader = metric_rows(self.path)
        rows = reader.read()
        if reader.problem:
            raise self._damaged("metrics.jsonl", reader.problem, "What it trained is not lost.")
        return latest_rows(rows)

    def history(self) -> pd.DataFrame:
        """One row an optimizer step (``kind`` "step") and one an evaluation ("eval").

        A step has its ``loss``, ``learning_rate``, ``grad_norm``; ``seconds`` and beside them
        ``data_seconds`` (waiting for the batch); ``tokens_per_second`` (real ones), ``padding``
        (share of the computed tokens) and ``limited_by``, see
        :mod:`workbench.run_folder.step_pace`. Lines of ``metrics.jsonl`` that are no rows are left
        out; ``attrs["left_out"]`` says how many.

        Raises
        ------
        RunError
            If ``metrics.jsonl`` is there and cannot be read.
        """
        from .step_table import step_table

        try:
            return step_table(self.path / "metrics.jsonl")
        except OSError as error:
            reason = error.strerror or str(error)
            raise self._damaged("metrics.jsonl", reason, "What it trained is not lost.") from None

    def samples(self) -> pd.DataFrame:
        """What the model wrote as it trained, for the same prompts each time.

        Of tasks that write and are judged by their loss. Of very many evaluations some are kept,
        at equal distances; texts are cut.

        Returns
        -------
        pandas.DataFrame
            By ``step`` (0 is before training): ``row`` (of the validation rows), ``prompt``,
            ``text`` (what it wrote), ``ended`` (False where it was cut) and ``reference`` (what
            stands there in the data). No rows for other tasks.

        Raises
        ------
        RunError
            If ``samples.jsonl`` is there and cannot be read.
        """
        from .samples import FILE, read_samples, samples_table

        try:
            return samples_table(read_samples(self.path))
        except OSError as error:
            reason = error.strerror or str(error)
            raise self._damaged(FILE, reason, "What it trained is not lost.") from None

    def speed(self) -> dict:
        """How fast the run trains, what was chosen to make it so, and what limits it.

        Returns
        -------
        dict
            What :func:`workbench.run_folder.step_pace.summarise` says of all its steps, and
            ``chosen`` (text): the way of computing that the run took. Empty before the first step.
        """
        rows = self.rows()
        found = step_pace.summarise(
            [row for row in rows if row.get("kind") == "step"],
            [row for row in rows if row.get("kind") == "eval"],
        )
        return {**found, "chosen": self.status().get("speed") or ""} if found else {}

    def events(self) -> list[dict]:
        """What happened beside the steps: checkpoints, pauses, a full disk, ..."""
        return [row for row in self.rows() if row.get("kind") == "event"]

    def warnings(self) -> list[str]:
        """What all its parts had to warn of, each sentence once, in their order."""
        said = (row.get("said") for row in self.events() if row["event"] == WARNED)
        return list(dict.fromkeys(one for one in said if isinstance(one, str)))

    def results(self) -> dict:
        """``metrics.json``: metrics by split, baselines, seconds; empty before the run is done.

        Raises
        ------
        RunError
            If the file is there and damaged.
        """
        return self._fields("metrics.json", "The predictions of the run may still be whole.")

    def _fields(self, name: str, remedy: str) -> dict:
        """Fields of a file that is not there before a run is so far."""
        values, problem = read_fields(self.path, name)
        if problem and not is_missing(problem):
            raise self._damaged(name, problem, remedy)
        return values

    def _damaged(self, name: str, problem: str, remedy: str) -> RunError:
        return RunError(f"{name} of the run {self.name} is damaged: {problem}.", remedy)

    def damage(self) -> list[str]:
        """What is wrong with the files of the run, a sentence each; empty when nothing is.

        Looks at what is quickly read: the contents of the small files, kinds and sizes of the
        others.
        """
        found = []
        if problem := places_problem(self.path):
            found.append(f"{problem}.")
        for name in ("run.json", "state.json", "metrics.json", "environment.json",
                     "data/info.json"):  # fmt: skip
            fields, problem = read_fields(self.path, name)
            if name == "run.json" and fields.get("format", 0) > FORMAT:
                problem = problem or f"its format is {fields['format']}, of a newer version"
            needed = name in ("run.json", "state.json")
            if problem and (needed or not is_missing(problem)):
                found.append(f"{name} is damaged: {problem}.")
        try:
            self.recipe  # noqa: B018
        except RunError as error:
            found.append(error.message)
        return list(dict.fromkeys(found))

    def metrics(self, split: str = "test") -> dict:
        """Metrics of a held-out split, for example accuracy, macro_f1, loss.

        Raises
        ------
        RunError
            If the run has none yet.
        """
        found = self.results().get("metrics", {})
        if split not in found:
            known = f"It has metrics of: {', '.join(found)}." if found else ""
            raise RunError(
                f"The run {self.name} is {self.state} and has no metrics of {split!r}.",
                known or "They are there when the run is done.",
            )
        return found[split]

    def predictions(self, split: str = "test") -> pd.DataFrame:
        """One row an example: text, label, prediction, loss, ``score_<class>`` for each class.

        ``attrs["task"]`` is the task that they are of.
        """
        path = self.predictions_path(split)
        table, problem = read_file(path, self._recipe_task())
        if table is None:
            raise self._unreadable(path, problem)
        return table

    def predictions_path(self, split: str = "test") -> Path:
        """The parquet file with the predictions of a split, once its columns are looked at.

        Raises
        ------
        RunError
            If there is none, or it is no table of predictions.
        """
        folder = self.path / "predictions"
        path = folder / f"{split}.parquet"
        there = sorted(p.stem for p in folder.glob("*.parquet")) if os.path.isdir(folder) else []
        if split not in there:
            known = f"It has predictions for: {', '.join(there)}." if there else ""
            raise RunError(
                f"The run {self.name} is {self.state} and has no predictions for {split!r}.",
                known or "They are there when the run is done.",
            )
        if problem := file_problem(path, self._recipe_task()):
            raise self._unreadable(path, problem)
        return path

    def _recipe_task(self) -> str | None:
        try:
            return self.recipe.task
        except RunError:  # said where the recipe is asked for
            return None

    def _unreadable(self, path: Path, reason: str) -> RunError:
        return RunError(
            f"predictions/{path.name} of the run {self.name} is damaged: {reason.rstrip('.')}.",
            "resume() writes it anew, from the last checkpoint.",
        )

    def data_info(self) -> dict:
        """What data was used: fingerprint, label names, counts a split, notes.

        Raises
        ------
        RunError
            If the file is there and damaged.
        """
        return self._fields("data/info.json", "What it trained is not lost.")

    def log(self) -> str:
        """What the worker printed."""
        path = self.path / "log.txt"
        if not os.path.isfile(path):
            return ""
        return path.read_text(encoding="utf-8", errors="replace")


def latest_rows(rows: list[dict]) -> list[dict]:
    """Rows with the last of each step and kind only, in the order of their first coming."""
    kept: dict = {}
    for number, row in enumerate(rows):
        kind = row.get("kind")
        key = (kind, row.get("step")) if kind in ("step", "eval") else ("event", number)
        kept[key] = row
    return list(kept.values())
