"""What the first rows of each column show: its kind, how many values differ, what they are."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from .dates import looks_like_date
from .mixed_values import text_of

if TYPE_CHECKING:
    import datasets

SAMPLE = 2000  # rows from which columns are judged
LEVELS = 12  # different values up to which they are kept


@dataclasses.dataclass(frozen=True)
class Column:
    """What the first rows of a column show.

    Parameters
    ----------
    kind : {'text', 'class', 'whole', 'fraction', 'boolean', 'date', 'texts', 'wholes', 'object',
        'other'}
        ``class`` is a text that repeats, ``texts`` and ``wholes`` are lists.
    filled, distinct : int
        Of the rows looked at, those with a value, and the different values.
    words : float
        Mean number of words (of characters over two, where words are not parted by spaces).
    levels : tuple of str
        The different values as class names, where they are at most :data:`LEVELS`.
    """

    name: str
    kind: str
    rows: int
    filled: int
    distinct: int
    words: float
    class_names: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()

    @property
    def repeats(self) -> bool:
        """Whether fewer than half of the values differ."""
        return self.distinct < 0.5 * self.filled


def sampled(split: datasets.Dataset) -> dict[str, list]:
    """The values of rows spread over a split, column by column."""
    wanted = SAMPLE if len(split.column_names) <= 500 else 50
    rows = split.with_format(None)
    if len(split) > wanted:  # at random: a step of rows could keep time with the classes
        chosen = np.random.RandomState(0).permutation(len(split))[:wanted]
        rows = rows.select(np.sort(chosen))
    return rows[:]


def profile(split: datasets.Dataset, values: dict[str, list] | None = None) -> dict[str, Column]:
    """What each column of a split holds, judged from rows spread over it."""
    values = sampled(split) if values is None else values
    features = split.features  # a copy each time it is asked for
    return {name: _profile(name, values[name], features[name]) for name in split.column_names}


def _profile(name: str, values: list, feature: Any) -> Column:
    names = tuple(getattr(feature, "names", None) or ())
    found = [v for v in values if v is not None and v == v]
    kinds = {type(v).__name__ for v in found}
    words, levels = 0.0, ()
    if names:
        kind = "class"
        distinct = len(names)
        levels = names if distinct <= LEVELS else ()
    elif kinds == {"str"}:
        filled = [v for v in found if v.strip()]
        different = set(filled)
        distinct = len(different)
        words = sum(max(len(v.split()), _wide(v) / 2) for v in filled) / max(len(filled), 1)
        repeats = distinct <= max(2, 0.5 * len(filled)) and distinct < len(filled)
        kind = "class" if repeats and words <= 4 else "text"
        if filled and all(looks_like_date(v) for v in filled[:50]):
            kind = "date"
        if distinct <= LEVELS:
            levels = tuple(sorted(v.strip() for v in different))
    else:
        distinct = len({repr(v) for v in found})
        kind = _plain_kind(found, kinds)
        if distinct <= LEVELS and kind in ("boolean", "whole", "fraction"):
            levels = tuple(sorted({text_of(v) for v in found}))
    return Column(name, kind, len(values), len(found), distinct, words, names, levels)


def _wide(text: str) -> int:
    """Characters of scripts that put no spaces between words."""
    if text.isascii():
        return 0
    return sum(0x3040 <= ord(char) <= 0x9FFF or 0x0E00 <= ord(char) <= 0x0E7F for char in text)


def _plain_kind(found: list, kinds: set[str]) -> str:
    if kinds == {"bool"}:
        return "boolean"
    if kinds == {"int"}:
        return "whole"
    if kinds and kinds <= {"int", "float"}:
        return "whole" if all(float(v).is_integer() for v in found) else "fraction"
    if kinds == {"list"}:
        inner = {type(x).__name__ for v in found for x in v if x is not None}
        if inner and inner <= {"int", "float", "bool"}:
            return "wholes" if all(float(x).is_integer() for v in found for x in v or ()
                                   if x is not None) else "other"  # fmt: skip
        return "texts" if inner == {"str"} else "other"
    if kinds == {"dict"}:
        return "object"
    if any(hasattr(v, "year") for v in found[:1]):
        return "date"
    return "other"
