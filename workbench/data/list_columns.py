"""Columns of texts that write out lists become columns of lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import mixed_values, written_values
from .known_columns import TEXT_NAMES
from .reports import FileReport

if TYPE_CHECKING:
    import pyarrow as pa

_GLANCE = 200  # values by which most columns are known to hold no lists
_NAME = 60  # characters of a single label beside lists; longer ones are prose
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
