"""The data of a task that says what its columns hold and nothing more: read, checked, split."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

import numpy as np

from .. import task_registry
from ..errors import DataError, nearest
from ..i18n import t
from . import fixes
from .columns.cells import is_blank, is_gone, shown
from .columns.mapping import to_be_named
from .examples import Examples, split_tables
from .fingerprint import fingerprint_of
from .passages import in_passages, in_sections
from .reading import sources
from .settings import check_settings
from .unlabelled import labelled_splits

if TYPE_CHECKING:
    import datasets
    import pandas as pd

    from ..recipe import Recipe
    from ..task_spec import TaskSpec

_TEXTS = ("text", "target", "label")  # kinds of columns whose cells are texts


def as_begun(recipe: Recipe, examples: Examples, fingerprint: str) -> Examples:
    """The examples that a run began with, where code of before did not measure in passages.

    Parameters
    ----------
    examples : Examples
        As they are loaded now.
    fingerprint : str
        Of those that the run began with; "" for a run that begins.
    """
    cuts = _loads(recipe) and task_registry.spec(recipe.task, trains=None).lays_rows
    if not cuts or fingerprint in ("", examples.fingerprint):
        return examples
    parts = {n: one.drop(columns="before", errors="ignore") for n, one in examples.splits.items()}
    if fingerprint_of(parts, []) == fingerprint:
        notes = [*examples.notes, t("passages.begun_alone")]
        return dataclasses.replace(examples, splits=parts, fingerprint=fingerprint, notes=notes)
    try:
        whole = load_by_roles(recipe, whole=True)
    except DataError:  # a book in one cell, which no run of before began with
        return examples
    if whole.fingerprint != fingerprint:
        return examples
    whole.notes.append(t("passages.as_begun"))
    return whole


def with_unseen(recipe: Recipe, fingerprint: str) -> Examples | None:
    """The examples of a run that began when signs without width were a text; None: it did not.

    Parameters
    ----------
    recipe : Recipe
        Its data are refused now.
    fingerprint : str
        Of those that the run began with; "" for a run that begins.
    """
    if not fingerprint or not _loads(recipe):
        return None
    found = as_begun(recipe, load_by_roles(recipe, unseen=True), fingerprint)
    if found.fingerprint != fingerprint:
        return None
    found.notes.append(t("data_notes.begun_unseen"))
    return found


def _loads(recipe: Recipe) -> bool:
    """Whether the examples of a recipe's task are loaded here."""
    declared = task_registry.spec(recipe.task, trains=None)
    return str(declared.examples).endswith(f":{load_by_roles.__name__}")


def load_by_roles(recipe: Recipe, *, whole: bool = False, unseen: bool = False) -> Examples:
    """Load, mend, check and split the columns that the recipe's task declares.

    Parameters
    ----------
    recipe : Recipe
    whole : bool
        Whether long texts that are learnt themselves are measured as a whole, not in passages.
    unseen : bool
        Whether a cell of signs without width is a text.

    Returns
    -------
    Examples
        Splits with ``text`` (the first of the task's columns of texts), its other columns under
        the names of their roles, those that are optional where they are there, and ``row``.

    Raises
    ------
    DataError
        A missing column, or a cell that holds no text where one belongs; it names the row.
    RecipeError
        Settings and fixes that do not apply to the task.
    """
    check_settings(recipe)
    declared = task_registry.spec(recipe.task, trains=None)
    splits, reports = sources.opened(recipe.dataset, reading=recipe.reading)
    notes = [n.what for r in reports for n in r.notes if n.severity == "warning"]
    last = recipe.columns.get(declared.required[-1], declared.required[-1])
    splits, left = labelled_splits(splits, last)
    notes += [note.what for note in left]
    tables = {name: _frame(name, split, recipe, declared) for name, split in splits.items()}
    tables = {name: frame for name, frame in tables.items() if len(frame)}
    if recipe.fixes:
        said = {n: f if "label" in f else f.assign(label=f[_last(f)]) for n, f in tables.items()}
        said = {n: f.assign(pair=f["prefix"]) if "prefix" in f else f for n, f in said.items()}
        said, mended = fixes.apply(said, recipe.fixes)
        tables = {n: said[n][list(f.columns)] for n, f in tables.items() if len(said[n])}
        notes += mended
    for name, frame in tables.items():
        _check(name, frame, declared, unseen)
    if not tables:
        raise DataError(f"{recipe.dataset!r} has no row.", "Choose data that has some.")
    strata = {name: np.zeros(len(frame), np.int64) for name, frame in tables.items()}
    learnt = declared.lays_rows and not whole  # texts that are learnt themselves
    decodes = "decoder" in declared.families  # what stands before a passage is read
    cut = functools.partial(in_passages, before=decodes) if learnt else None
    try:
        parts = split_tables(tables, strata, recipe, notes, in_parts=cut)
    except DataError:
        tables = in_sections(tables, notes) if learnt else {}
        if not tables:
            raise
        strata = {name: np.zeros(len(frame), np.int64) for name, frame in tables.items()}
        parts = split_tables(tables, strata, recipe, notes, in_parts=cut)
    counts = {name: {"examples": len(frame)} for name, frame in parts.items()}
    return Examples(parts, [], notes, fingerprint_of(parts, []), counts)


def _frame(name: str, split: datasets.Dataset, recipe: Recipe, task: TaskSpec) -> pd.DataFrame:
    """The columns of one split under their roles."""
    wanted = {}
    for role in task.roles:
        column = recipe.columns.get(role.name, role.name)
        if column in split.column_names:
            wanted[_column(role.name, task)] = column
        elif role.required or role.name in recipe.columns:
            raise DataError(
                f"The data has no column {column!r} for the {role.name}.",
                nearest(column, split.column_names) + " " + to_be_named(role.name, split, recipe),
            )
    if recipe.split_column is not None:
        if recipe.split_column not in split.column_names:
            raise DataError(
                f"The split {name!r} has no column {recipe.split_column!r}.",
                nearest(recipe.split_column, split.column_names),
            )
        wanted["key"] = recipe.split_column
    read = split.select_columns(list(dict.fromkeys(wanted.values()))).with_format(None).to_pandas()
    frame = read[list(wanted.values())].set_axis(list(wanted), axis=1)
    if "prefix" in frame.columns:  # with it a row may have no source
        frame["text"] = ["" if is_gone(text) else text for text in frame["text"].astype(object)]
    return frame.assign(row=np.arange(len(frame), dtype=np.int64))


def _column(role: str, task: TaskSpec) -> str:
    """Where a role stands in the splits: the first column of texts is ``text``."""
    first = {kind: next((one.name for one in task.roles if one.kind == kind), None)
             for kind in ("text", "prefix")}  # fmt: skip
    return next((kind for kind, name in first.items() if role == name), role)


def _last(frame: pd.DataFrame) -> str:
    return [name for name in frame.columns if name not in ("row", "key")][-1]


def _check(split: str, frame: pd.DataFrame, task: TaskSpec, unseen: bool) -> None:
    before = frame["prefix"] if "prefix" in frame.columns else [None] * len(frame)
    for role in task.roles:
        name = _column(role.name, task)
        if role.kind not in (*_TEXTS, "prefix") or name not in frame.columns:
            continue
        for row, value, prefix in zip(frame["row"], frame[name], before, strict=True):
            gone = is_gone(value)
            if isinstance(value, str) and (value.strip() if unseen else not is_blank(value)):
                continue
            if role.kind == "prefix" and (gone or isinstance(value, str)):
                continue  # not every row needs one
            led = name == "text" and isinstance(prefix, str) and bool(prefix.strip())
            if led and isinstance(value, str) and not value:
                continue  # the prefix says it all
            said = f"no {role.name}" if gone else f"an empty {role.name}"
            if not gone and not isinstance(value, str):
                said = f"{shown(value)} as {role.name}, which is no text"
            raise DataError(
                f"Row {row} of {split!r} has {said}.",
                "Fill it in, leave the row out, or map another column.",
            )
