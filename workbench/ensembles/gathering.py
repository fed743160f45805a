"""From runs, seeds, folds or snapshots to the members of an ensemble; or why they are none."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .. import tasks
from ..errors import DataError, RunError, WorkbenchError
from ..i18n import t
from ..inspection.comparing.comparable import tested_on
from ..run_folder.as_learnt import as_learnt
from ..run_folder.of_several import is_ensemble
from ..task_words import called
from ..training import checkpoints
from ..training.examples_of_run import examples_of
from ..training.folds import CrossValidation
from ..training.run import Run, open_run
from ..training.several_seeds import Seeds
from .members import Member, Members


def gather(members: Any) -> Members:
    """The members of an ensemble, looked at before anything is loaded.

    Parameters
    ----------
    members : Run, Seeds, CrossValidation, Members or sequence of Run, path or name
        Runs on the same rows; one run alone, of which the snapshots are taken; or the folds of a
        cross-validation, which are asked about the test rows that their data has of its own.

    Raises
    ------
    DataError, RunError
        If there are fewer than two, one is not done, they are of different tasks, label sets or
        test rows, or their data has changed.
    """
    if isinstance(members, Members):
        return members
    if isinstance(members, CrossValidation | Seeds):
        members = members.runs
    if isinstance(members, str | os.PathLike | Run):
        return _snapshots(_opened(members))
    if not isinstance(members, Iterable):
        raise DataError(t("ensembles.no_members", value=type(members).__name__),
                        t("ensembles.no_members_remedy"))  # fmt: skip
    runs = [_opened(one) for one in members]
    if len(runs) < 2:
        raise DataError(t("ensembles.too_few", n=len(runs)), t("ensembles.too_few_remedy"))
    for run in runs:
        _check_done(run)
    _check_alike(runs)
    if any(run.recipe.folds for run in runs):
        return _folds(runs)
    _check_rows(runs)
    names = _named(runs)
    listed = [Member(name, Path(run.model_path), run)
              for name, run in zip(names, runs, strict=True)]  # fmt: skip
    first = tested_on(runs[0], "validation")
    other = next((run for run in runs if tested_on(run, "validation") != first), None)
    why_not = t("ensembles.other_validation", first=runs[0].name, other=other.name) if other else ""
    return Members(listed, examples_of(runs[0]), why_not)


def _opened(one: Any) -> Run:
    if isinstance(one, Run):
        return one
    if isinstance(one, str | os.PathLike):
        return open_run(one)
    raise DataError(t("ensembles.no_members", value=type(one).__name__),
                    t("ensembles.no_members_remedy"))  # fmt: skip


def _check_done(run: Run) -> None:
    if is_ensemble(run.path):
        raise RunError(t("ensembles.of_ensembles", run=run.name),
                       t("ensembles.of_ensembles_remedy"))  # fmt: skip
    if run.state != "done":
        raise RunError(t("ensembles.unfinished", run=run.name, state=run.state),
                       t("ensembles.unfinished_remedy"))  # fmt: skip


def _check_alike(runs: list[Run]) -> None:
    first, names = runs[0], runs[0].data_info()["label_names"]
    for run in runs[1:]:
        if run.recipe.task != first.recipe.task:
            raise DataError(
                t("ensembles.other_task", first=first.name, task=called(first.recipe.task),
                  other=run.name, others=called(run.recipe.task)),
                t("ensembles.other_task_remedy"),
            )  # fmt: skip
        theirs = run.data_info()["label_names"]
        if theirs != names:
            odd = sorted(set(theirs) ^ set(names))
            raise DataError(
                t("ensembles.other_labels", first=first.name, other=run.name,
                  name=odd[0] if odd else ""),
                t("ensembles.other_labels_remedy"),
            ) if odd else DataError(
                t("ensembles.other_order", first=first.name, other=run.name),
                t("ensembles.other_labels_remedy"),
            )  # fmt: skip


def _check_rows(runs: list[Run]) -> None:
    first = tested_on(runs[0])
    for run in runs[1:]:
        if (theirs := tested_on(run)) != first:
            raise DataError(
                t("ensembles.other_rows", first=runs[0].name, other=run.name, n=first[0],
                  m=theirs[0]),
                t("ensembles.other_rows_remedy"),
            )  # fmt: skip


def _snapshots(run: Run) -> Members:
    _check_done(run)
    folders = checkpoints.list_snapshots(run.path)
    if len(folders) < 2:
        raise DataError(
            t("ensembles.no_snapshots", run=run.name, n=len(folders)),
            t("ensembles.no_snapshots_remedy"),
        )
    for folder in folders:
        checkpoints.verify(folder)
    listed = [Member(one.name, one, run, told=False) for one in folders]
    return Members(listed, examples_of(run))


def _folds(runs: list[Run]) -> Members:
    """Folds, asked about rows that are in none of them."""
    recipe = as_learnt(runs[0].path, runs[0].recipe).replace(folds=None, fold=None)
    try:
        found = tasks.get(recipe.task).load_examples(recipe)
    except WorkbenchError as error:
        raise DataError(t("ensembles.folds_without", error=error.message),
                        t("ensembles.folds_without_remedy"))  from error  # fmt: skip
    seen = set()
    for run in runs:
        seen |= set(tasks.get(recipe.task).texts(run.predictions()))
    if {str(text) for text in found.splits["test"]["text"]} <= seen:
        raise DataError(t("ensembles.folds_only"), t("ensembles.folds_without_remedy"))
    listed = [Member(name, Path(run.model_path), run, told=False)
              for name, run in zip(_named(runs), runs, strict=True)]  # fmt: skip
    return Members(listed, found, t("ensembles.folds_validation"))


def _named(runs: list[Run]) -> list[str]:
    """Names of runs; of two that are called alike with a number."""
    names = [run.name for run in runs]
    return [name if names.count(name) == 1 else f"{name} ({number})"
            for number, name in enumerate(names, 1)]  # fmt: skip
