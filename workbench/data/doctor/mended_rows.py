"""All rows that are examined, mended as the recipe says, with labels as its task reads them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import task_registry
from .. import fixes
from ..labelled import columns_of, is_single, label_text
from ..multi_label import label_set
from . import label_sets
from .findings import Case, Finding

if TYPE_CHECKING:
    import pandas as pd


def load_frame(case: Case) -> Iterator[Finding]:
    """All rows of the mapped columns, mended as the recipe says, in ``case.frame``."""
    import pandas as pd

    roles = case.mapping.columns
    recipe = case.recipe.replace(split="stratified", split_column=None)  # judged by the rehearsal
    if "label" not in roles:
        recipe = recipe.replace(columns={**recipe.columns, "label": roles["text"]})
    tables: dict[str, pd.DataFrame] = {}
    for name, split in case.splits.items():
        frame = columns_of(split, recipe)
        if "label" not in roles:
            frame["label"] = None
        elif len(frame) and frame["label"].isna().all():
            yield Finding(
                "error" if len(case.splits) == 1 else "info", "no labels",
                f"No row of the split {name!r} has a label; it is left out.", len(frame), (),
                "Map the column that holds the labels." if len(case.splits) == 1 else "",
            )  # fmt: skip
            continue
        for role in [r for r in ("text", "pair") if r in frame.columns]:
            frame[role] = frame[role].astype(object)  # plain strings: they are gone through often
        if len(frame):
            tables[name] = frame
    order = [n for n in fixes.ORDER if n in tables] + [n for n in tables if n not in fixes.ORDER]
    values = [tables[name]["label"].to_numpy(dtype=object) for name in order]
    plain = np.concatenate(values) if values else np.zeros(0, object)
    case.memo["label_values"] = plain
    case.memo["label_kind"] = _label_kind(plain)
    as_label = {  # of other tasks the tables are not mended
        "label": _as_text,
        "number": _as_number,
        "labels": partial(_as_set, separator=recipe.label_separator),
    }.get(task_registry.label_kind(case.mapping.task))
    if as_label is not None:
        first, later = fixes.by_turn(recipe)
        tables, before = fixes.apply({name: tables[name] for name in order}, first)
        for frame in tables.values():
            frame["label"] = [as_label(value) for value in frame["label"]]
            frame["label"] = frame["label"].astype(object)
        tables, notes = fixes.apply(tables, later)
        for note in before + notes:
            yield Finding("info", "fixed", note, 1, (), "Recorded in the recipe.")
    parts = [tables[name].assign(split=name) for name in order if len(tables[name])]
    empty = pd.DataFrame({n: [] for n in ("text", "label", "row", "split")})
    case.frame = pd.concat(parts, ignore_index=True) if parts else empty
    case.frame = case.frame.drop(columns="key", errors="ignore")


def _label_kind(values: np.ndarray) -> str:
    if any(hasattr(v, "year") for v in values[:1000] if not _gone(v)):
        return "dates"
    kinds = {type(v).__name__ for v in values[:1000] if not _gone(v)}
    if not kinds or not kinds <= {"float", "float64", "float32"}:
        return "other"
    whole = all(float(v).is_integer() for v in values if not _gone(v))
    missing = any(_gone(v) for v in values)
    return "floats" if whole and not missing else "other"


def _gone(value: Any) -> bool:
    """Whether there is no value: None, NaN or NaT (an array is a value)."""
    return value is None or (not isinstance(value, (str, np.ndarray)) and value != value)


def _as_text(value: Any) -> str | None:
    """A label as a class name; numbers with fractions and dates as they are written."""
    if is_single(value):
        value = value[0]
    if _gone(value):
        return None
    if isinstance(value, (float, np.floating)) and not float(value).is_integer():
        return str(value)
    return label_text(value)


def _as_number(value: Any) -> Any:
    """A label as a number; what is none stays as it is, to be found."""
    if _gone(value) or (isinstance(value, str) and not value.strip()):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return value


def _as_set(value: Any, separator: str | None) -> Any:
    """A row's labels as a tuple; texts that no separator cuts, and what is no list, as texts."""
    try:
        labels = label_set(value, separator)
    except ValueError:
        return value if isinstance(value, str) else label_sets.Unread(value)
    return () if labels is None and separator is not None else labels
