"""Columns of texts that write out lists become columns of lists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..reading.reports import FileReport
from . import mixed_values, written_values
from .known_columns import TEXT_NAMES

if TYPE_CHECKING:
    import pyarrow as pa

_GLANCE = 200  # values by which most columns are known to hold no lists
_NAME = 60  # characters of a single label beside lists; longer ones are prose
_ARRAY = re.compile(r"\s*\{[^{}:'\"]*\}\s*")  # as PostgreSQL writes one: {tax,war}
_MEAN = ("'", '"', ",")  # what makes brackets that are not square a list


def with_lists(table: pa.Table, report: FileReport) -> pa.Table:
    """The table with lists where its cells write lists; ``report`` says which columns.

    ``['tax', 'war']`` is read in JSON's, Python's and numpy's way, ``[tax, war]`` without quotes
    too; a name without brackets beside such lists is a list of one. Columns whose usual name says
    that they are prose stay texts, as do those in which something cannot be read.
    """
    import pyarrow as pa

    for place, name in enumerate(table.column_names):
        column = table[name]
        texts = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        if not texts or name.strip().lower() in TEXT_NAMES:
            continue
        glance = column.slice(0, _GLANCE).to_pylist()
        if not any(value and _is_list(value) for value in glance):
            continue
        array = _read(name, column.to_pylist(), report)
        if array is not None:
            table = table.set_column(place, name, array)
    return table


def _is_list(text: str) -> bool:
    text = text.strip()
    return written_values.is_written(text) and (
        text[0] == "[" or (text[0] in "({" and any(sign in text for sign in _MEAN))
    )


def _read(name: str, values: list, report: FileReport) -> pa.Array | None:
    filled = [value for value in values if value is not None and value.strip()]
    if (array := _arrays(name, values, filled, report)) is not None:
        return array
    if (array := _switches(name, values, filled, report)) is not None:
        return array
    written = [value for value in filled if _is_list(value)]
    plain = len(filled) - len(written)
    if plain > len(written) or any(
        len(value) > _NAME for value in filled if plain and not _is_list(value)
    ):
        return None
    found, odd = _lists(values, written_values.read)
    if odd is not None and set(odd.strip()[1:-1]).isdisjoint("'\""):
        found, odd = _lists(values, written_values.read_unquoted)
    if odd is not None:
        if not odd.strip().startswith("{"):
            report.note(
                "warning", "lists",
                f"Column {name!r} seems to hold lists, and one cannot be read: {odd[:60]!r}; the "
                "column stays text.", "Write it as ['a', 'b'] in every row.",
            )  # fmt: skip
        return None
    array = _array(found)
    if array is None:
        return None
    what = f"Column {name!r} holds lists that are written as text: they are read as lists"
    alone = f"; {plain:,} rows hold a name alone, which is a list of one" if plain else ""
    report.note("info", "lists", what + alone + ".", count=len(written))
    return array


def _arrays(name: str, values: list, filled: list[str], report: FileReport) -> pa.Array | None:
    """Arrays of PostgreSQL, ``{tax,war}`` and ``{tax}``, where all values are such."""
    if not all(map(_ARRAY.fullmatch, filled)) or not any("," in value for value in filled):
        return None
    found = [
        None if value is None or not value.strip()
        else [part for piece in value.strip()[1:-1].split(",") if (part := piece.strip())]
        for value in values
    ]  # fmt: skip
    what = f"Column {name!r} holds arrays such as {filled[0][:40]!r}: they are read as lists."
    report.note("info", "lists", what, count=len(filled))
    return _array(found)


def _switches(name: str, values: list, filled: list[str], report: FileReport) -> pa.Array | None:
    """Classes that are on or off, ``{'tax': 1, 'war': 0}``, as lists of those that are on."""
    if not filled or not all(value.lstrip().startswith("{") and ":" in value for value in filled):
        return None
    try:
        found = [written_values.read(v) if v is not None and v.strip() else None for v in values]
    except ValueError:
        return None
    on = [None if one is None else switched_on(one) for one in found]
    if any(one is None for one, value in zip(on, found, strict=True) if value is not None):
        return None
    what = f"Column {name!r} says of each class whether it is on: those that are become a list."
    report.note("info", "lists", what, count=len(filled))
    return _array(on)


def switched_on(value: Any) -> list[str] | None:
    """The names whose value is 1 or true; None where others than 0, 1, true, false are there.

    Examples
    --------
    >>> switched_on({"tax": 1, "war": 0}), switched_on({"tax": 7, "war": 0})
    (['tax'], None)
    """
    if not isinstance(value, dict) or len(value) < 2:
        return None
    if not all(isinstance(one, (bool, int, float)) and one in (0, 1) for one in value.values()):
        return None
    return [str(name) for name, on in value.items() if on]


def _lists(values: list, read) -> tuple[list, str | None]:
    """The lists, and the first text that is none (in which case the lists are not whole)."""
    found: list = []
    for value in values:
        if value is None or not value.strip():
            found.append(None)
        elif not _is_list(value):
            found.append([value.strip()])
        else:
            try:
                one = read(value)
            except ValueError:
                return found, value
            if not isinstance(one, list):
                return found, "{}"  # objects stay text: what they mean is the task's to say
            found.append(one)
    return found, None


def _array(values: list) -> pa.Array | None:
    """The column; None where it holds more than lists of plain values."""
    import pyarrow as pa

    if any(isinstance(inner, (list, dict)) for value in values for inner in value or ()):
        return None
    again = mixed_values.settled(values)
    try:
        array = pa.array(values if again is None else again[0])
    except (pa.ArrowException, OverflowError):
        return None
    if pa.types.is_null(array.type.value_type):
        return pa.array(values, pa.list_(pa.string()))
    return array
