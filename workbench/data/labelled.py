"""Labelled rows of a source under their roles: read, mended, checked, not yet split."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .. import task_registry
from ..errors import DataError, nearest
from . import fixes
from .columns.cells import is_gone, shown
from .columns.known_columns import joined_labels, label_columns, only_labels, roles_of
from .reading import sources
from .unlabelled import labelled_splits

if TYPE_CHECKING:
    import datasets
    import pandas as pd

    from ..recipe import Recipe

MAX_CLASSES = 10_000
_SCALARS = (str, bool, int, float, np.bool_, np.integer, np.floating)


def labelled_tables(recipe: Recipe, read_labels) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Labelled, mended, checked tables of the source's splits, and notes on them."""
    splits, reports = sources.opened(recipe.dataset, reading=recipe.reading)
    notes = [n.what for r in reports for n in r.notes if n.severity == "warning"]
    first = splits["train"] if "train" in splits else next(iter(splits.values()))
    splits, left = labelled_splits(splits, roles_of(recipe, first.column_names).get("label"))
    notes += [note.what for note in left]
    tables = {name: columns_of(split, recipe) for name, split in splits.items()}
    tables = {name: frame for name, frame in tables.items() if _has_labels(frame)}
    if not tables:
        raise DataError(
            f"No split of {recipe.dataset!r} has labels.", "Choose a dataset with a label column."
        )
    first, later = fixes.by_turn(recipe)
    tables, before = fixes.apply(tables, first)
    tables = {
        name: frame.assign(label=read_labels(frame["label"], name))
        for name, frame in tables.items()
        if len(frame)
    }
    tables, mended = fixes.apply(tables, later)
    mended = before + mended
    tables = {name: frame for name, frame in tables.items() if len(frame)}
    if not tables:
        raise DataError("The fixes leave no row.", "Take one of them out of the recipe's fixes.")
    for name, frame in tables.items():
        _check_texts(name, frame)
    return tables, notes + mended


def columns_of(split: datasets.Dataset, recipe: Recipe) -> pd.DataFrame:
    """The recipe's columns of one split under their roles.

    Returns
    -------
    pandas.DataFrame
        ``text``, ``pair`` where the recipe names one, ``label`` as the source has it (class names
        for the hub's ``ClassLabel``; lists where the recipe names several columns of 0 and 1),
        ``row`` (position in the source) and ``key`` (the ``split_column``) where the recipe names
        one.

    Raises
    ------
    DataError
        If there is no such column.
    """
    import pandas as pd

    roles = roles_of(recipe, split.column_names)
    wanted = {role: roles[role] for role in ("text", "label", "pair") if role in roles}
    if recipe.split_column is not None:
        wanted["key"] = recipe.split_column
    several = label_columns(wanted["label"], split.column_names)
    for role, column in wanted.items():
        if column not in split.column_names and not (role == "label" and several):
            setting = "split_column" if role == "key" else f"columns={{'{role}': 'your column'}}"
            raise DataError(
                f"The data has no column {column!r} for the {role}.",
                nearest(column, split.column_names) + f" Set it with {setting}.",
            )
    read = [*(c for c in wanted.values() if c in split.column_names), *several]
    frame = split.select_columns(list(dict.fromkeys(read))).with_format(None).to_pandas()
    if several:
        names = joined_labels(frame[several])
        if task_registry.label_kind(recipe.task) == "label":
            names = only_labels(names, several)
        frame[wanted["label"]] = names
    out = pd.DataFrame({role: frame[column] for role, column in wanted.items()})
    out["row"] = np.arange(len(out), dtype=np.int64)
    feature = split.features.get(wanted["label"])
    if hasattr(feature, "int2str"):
        names = np.asarray([*feature.names, None], dtype=object)
        ids = out["label"].fillna(-1).astype("int64").to_numpy()
        out["label"] = names[np.where((ids >= 0) & (ids < len(names) - 1), ids, -1)]
    elif (inner := getattr(getattr(feature, "feature", None), "names", None)) is not None:
        out["label"] = [None if ids is None else [inner[i] for i in ids] for ids in out["label"]]
    return out


def label_texts(labels: pd.Series, split: str) -> pd.Series:
    """Labels as class names: whole numbers without a fraction, booleans in lower case.

    A list of one name is that name, where every row has such a list.

    Returns
    -------
    pandas.Series of object
        str, or None where there is no label.

    Raises
    ------
    DataError
        If they are lists, dates or numbers with fractions.
    """
    import pandas as pd

    kind = labels.dtype.kind
    missing = labels.isna().to_numpy(dtype=bool)
    values = labels.to_numpy(dtype=object)
    if all(is_single(v) for v in values[~missing]):
        single = [None if gone else v[0] for v, gone in zip(values, missing, strict=True)]
        values = np.asarray([*single, None], dtype=object)[:-1]
    if kind == "M" or any(hasattr(v, "year") for v in values[~missing][:1]):
        raise DataError(
            f"The labels of {split!r} are dates.", "Classification needs classes: map 'label'."
        )
    odd = next((v for v in values[~missing] if not isinstance(v, _SCALARS)), None)
    if odd is not None:
        raise DataError(
            f"The labels of {split!r} are lists or objects, such as {str(odd)[:40]}.",
            "Classification needs one class an example; lists of labels are for "
            f"{task_registry.with_label('labels')}.",
        )
    fraction = next(
        (v for v in values[~missing] if isinstance(v, (float, np.floating)) and v % 1 != 0), None
    )
    if fraction is not None:
        raise DataError(
            f"The labels of {split!r} are numbers with fractions, such as {fraction}.",
            "Classification needs classes; map the numbers to a few names first.",
        )
    texts = [None if gone else label_text(v) for v, gone in zip(values, missing, strict=True)]
    return pd.Series(texts, index=labels.index, dtype=object)


def is_single(value) -> bool:
    """Whether a label is a list of one name."""
    return isinstance(value, (list, tuple, np.ndarray)) and len(value) == 1


def label_scores(labels: pd.Series, split: str) -> pd.Series:
    """Labels as numbers.

    Returns
    -------
    pandas.Series of object
        float, or None where there is no label.

    Raises
    ------
    DataError
        If one of them is no finite number; it names the row.
    """
    import pandas as pd

    numbers = pd.to_numeric(labels, errors="coerce").astype("float64")
    gone = labels.isna() | labels.map(lambda v: isinstance(v, str) and not v.strip())
    wrong = (~np.isfinite(numbers.to_numpy())) & ~gone.to_numpy(dtype=bool)
    if wrong.any():
        value, row = labels[wrong].iloc[0], labels.index[wrong][0]
        raise DataError(
            f"The label of row {row} of {split!r} is {str(value)[:40]!r}, which is no number.",
            "Regression needs numbers, those with a decimal comma fixes=['decimal_commas'], those "
            "with signs or grouped digits fixes=['number_signs']; "
            f"classes are for {task_registry.with_label('label')}.",
        )
    return numbers.astype(object).where(~gone, None)


def label_text(value) -> str:
    """The class name of a label."""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value)).lower()
    if isinstance(value, (float, np.floating)):
        return str(int(value))
    return str(value)


def label_names(tables: dict[str, pd.DataFrame]) -> list[str]:
    """Class names of all splits in id order: numbers by their value, then texts (DataError)."""
    found: set[str] = set()
    for frame in tables.values():
        found |= set(frame["label"])
    if len(found) < 2:
        raise DataError(
            f"All examples have the label {next(iter(found))!r}.",
            "Classification needs at least two classes.",
        )
    if len(found) > MAX_CLASSES:
        raise DataError(
            f"There are {len(found)} different labels; at most {MAX_CLASSES} are allowed.",
            "Check that the label column holds classes.",
        )
    return sorted(found, key=label_order)


def label_order(name: str) -> tuple:
    """Sorting key of a class name: whole numbers by their value come first."""
    return (0, int(name), name) if name.lstrip("-").isdecimal() else (1, 0, name)


def _has_labels(frame: pd.DataFrame) -> bool:
    return len(frame) > 0 and bool(frame["label"].notna().any())


def _check_texts(split: str, frame: pd.DataFrame) -> None:
    for role in [c for c in ("text", "pair") if c in frame.columns]:
        for row, value in zip(frame["row"], frame[role], strict=True):
            if not isinstance(value, str):
                gone = is_gone(value)
                raise DataError(
                    f"Row {row} of {split!r} has "
                    + (f"no {role}." if gone else f"{shown(value)} as {role}, which is no text."),
                    "Leave such rows out with fixes=['drop_empty_texts'] where it is missing; "
                    "otherwise map another column.",
                )
            if not value.strip():
                raise DataError(
                    f"Row {row} of {split!r} has an empty {role}.",
                    "Leave rows without text out with fixes=['drop_empty_texts'].",
                )
    missing = fixes.blank(frame["label"])
    if missing.any():
        row = int(frame["row"][missing].iloc[0])
        raise DataError(
            f"{int(missing.sum())} rows of {split!r} have no label, the first is row {row}.",
            "Label them, or leave them out with fixes=['drop_unlabelled'].",
        )
