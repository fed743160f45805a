"""Texts with any number of labels each: lists, or texts with a separator; read, checked, split."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import task_registry
from ..errors import DataError, RecipeError
from .examples import Examples, split_tables
from .fingerprint import fingerprint_of
from .hot_vectors import vector_length
from .label_sets import labels_text as labels_text
from .labelled import MAX_CLASSES, label_order, label_text, labelled_tables
from .settings import check_settings

if TYPE_CHECKING:
    import pandas as pd

    from ..recipe import Recipe

_FEW = 10  # examples: rarer labels share a stratum
_OF_ONE = ("drop_label", "merge_labels", "drop_rare_classes")  # fixes of a single label a row


def load_label_sets(recipe: Recipe) -> Examples:
    """Load, map, mend, check and split the data of a multi-label recipe.

    The label column holds lists, or texts that ``label_separator`` cuts; or there are several
    columns of 0 and 1, one a label, named together: ``columns={"label": "toxic, threat"}``. An
    empty list, or an empty
    text under a separator, says that none of the labels applies; a missing list is a missing label.
    A stratified split keeps the share of each row's rarest label.

    Returns
    -------
    Examples
        Splits with ``text``, ``pair`` where there is one, ``labels`` (tuple of str), ``targets``
        (float32 array of 0 and 1, shape (n_labels,), in the order of ``label_names``), ``row``.

    Raises
    ------
    DataError
        As for a classification; labels that are no lists while no separator is named, values in
        them that are no names, fewer than two different labels.
    RecipeError
        Settings and fixes that are for one label a row.
    """
    _check_settings(recipe)
    separator, keep_missing = recipe.label_separator, "drop_unlabelled" in recipe.fixes

    def read(values: pd.Series, split: str) -> pd.Series:
        import pandas as pd

        if length := vector_length(values, separator):
            raise DataError(
                f"The labels of {split!r} are vectors of {length} numbers 0 and 1: which label a "
                "number stands for is not said.",
                "Give each row the list of its names, such as ['tax', 'war'], or a column of 0 and "
                "1 for each label, named together: columns={'label': 'tax, war'}.",
            )
        found = [_row_labels(value, separator, split, row) for row, value in enumerate(values)]
        if separator is not None and not keep_missing:
            found = [() if labels is None else labels for labels in found]
        return pd.Series(found, index=values.index, dtype=object)

    tables, notes = labelled_tables(recipe, read)
    counts = Counter(label for f in tables.values() for labels in f["label"] for label in labels)
    names = _names(counts)
    strata = {name: _strata(frame["label"], names, counts) for name, frame in tables.items()}
    parts = split_tables(tables, strata, recipe, notes)
    parts = {name: frame.rename(columns={"label": "labels"}) for name, frame in parts.items()}
    fingerprint = fingerprint_of(parts, names)
    found = {}
    for name, frame in parts.items():
        hot = multi_hot(frame["labels"], names)
        parts[name] = frame.assign(targets=list(hot))
        found[name] = dict(zip(names, hot.sum(axis=0).astype(int).tolist(), strict=True))
    _note_gaps(parts, found, notes)
    return Examples(parts, names, notes, fingerprint, found)


def label_set(value: Any, separator: str | None) -> tuple[str, ...] | None:
    """The labels of one row, each once, in their order; ``None`` where there is no value.

    Raises
    ------
    ValueError
        If it is neither a list of names or whole numbers nor, with a separator, a text.

    Examples
    --------
    >>> label_set(["tax", "trade", "tax"], None), label_set("tax; trade", ";"), label_set([], None)
    (('tax', 'trade'), ('tax', 'trade'), ())
    """
    if value is None or (not _is_list(value) and value != value):
        return None
    if _is_list(value):
        parts = list(value)
    elif separator is not None and isinstance(value, str):
        parts = [part.strip() for part in value.split(separator)]
        parts = [part for part in parts if part]
    elif separator is not None and isinstance(value, (bool, int, np.integer, np.bool_)):
        parts = [value]  # a column of which every row has one whole number
    else:
        raise ValueError(f"{str(value)[:40]!r} is no list")
    for part in parts:
        fraction = isinstance(part, (float, np.floating)) and part % 1 != 0  # NaN too
        if fraction or not isinstance(part, (str, bool, int, float, np.generic)):
            raise ValueError(f"{part!r} is no name of a label")
        if isinstance(part, str) and not part.strip():
            raise ValueError(f"{part!r} is an empty name")
    return tuple(dict.fromkeys(label_text(part) for part in parts))


def multi_hot(rows: pd.Series | list, names: list[str]) -> np.ndarray:
    """Which of the names each row has: float32 of 0 and 1, shape (n_rows, n_labels).

    Examples
    --------
    >>> multi_hot([("a", "c"), ()], ["a", "b", "c"]).tolist()
    [[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    """
    ids = {name: number for number, name in enumerate(names)}
    hot = np.zeros((len(rows), len(names)), np.float32)
    for row, labels in enumerate(rows):
        for label in labels:
            if label in ids:
                hot[row, ids[label]] = 1
    return hot


def _row_labels(value: Any, separator: str | None, split: str, row: int):
    try:
        return label_set(value, separator)
    except ValueError as error:
        if separator is None and isinstance(value, str):
            raise DataError(
                f"Row {row} of {split!r} has {value[:40]!r} as its labels, which is a text.",
                "Name what stands between the labels, such as label_separator=';', or take "
                f"{task_registry.with_label('label')} where each text has one label.",
            ) from None
        raise DataError(
            f"Row {row} of {split!r} has wrong labels: {error}.",
            "Give each row a list of names, such as ['tax', 'trade'], or a text and its "
            "label_separator.",
        ) from None


def _check_settings(recipe: Recipe) -> None:
    check_settings(recipe)
    for fix in recipe.fixes:
        if fix.partition(":")[0] in _OF_ONE:
            raise RecipeError(
                f"fixes holds {fix!r}, which is for one label a row.",
                "Mend the lists of labels in the data itself.",
                field="fixes",
            )


def _names(counts: Counter) -> list[str]:
    if len(counts) < 2:
        only = f"only the label {next(iter(counts))!r}" if counts else "no label at all"
        raise DataError(
            f"The data has {only}.", "Multi-label classification needs two different labels."
        )
    if len(counts) > MAX_CLASSES:
        raise DataError(
            f"There are {len(counts):,} different labels; at most {MAX_CLASSES:,} are allowed.",
            "Check that the label column holds labels, and its separator.",
        )
    return sorted(counts, key=label_order)


def _strata(rows: pd.Series, names: list[str], counts: Counter) -> np.ndarray:
    """The rarest label of each row, 0 where there is none or it is very rare (int64)."""
    number = {name: i + 1 for i, name in enumerate(names) if counts[name] >= _FEW}
    rarest = [min(labels, key=lambda n: (counts[n], n), default=None) for labels in rows]
    return np.asarray([number.get(name, 0) for name in rarest], dtype=np.int64)


def _note_gaps(parts: dict, found: dict[str, dict[str, int]], notes: list[str]) -> None:
    """Say which labels a split has no example of, and which it has in every one."""
    for name, frame in parts.items():
        absent = [label for label, count in found[name].items() if not count]
        what = "cannot be learnt" if name == "train" else "are not measured there"
        if absent:
            shown = ", ".join(map(repr, absent[:5])) + (", …" if len(absent) > 5 else "")
            notes.append(
                f"The {name} split has no example of {len(absent):,} labels, which {what}: {shown}."
            )
        none = int(sum(not labels for labels in frame["labels"]))
        if none:
            notes.append(f"{none:,} of {len(frame):,} {name} examples have none of the labels.")


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple, set, frozenset, np.ndarray))
