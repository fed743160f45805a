"""Columns whose rows hold values of several kinds: brought to one kind, as a workbook's are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

_SCALARS = (str, bool, int, float)


def text_of(value: Any) -> str:
    """A number or truth value as it is written: 1.0 as ``1``, True as ``true``."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def settled(values: list) -> tuple[list, str] | None:
    """Values of one kind, and what was done to get there; None where there is no such kind.

    Numbers beside texts become texts, a value beside lists a list of one, and a NaN where there are
    no numbers is a missing value.

    Examples
    --------
    >>> settled(["0", 1, 2.0]), settled([["a"], "b", None])
    ((['0', '1', '2'], 'all became text'), ([['a'], ['b'], None], 'a single value became a list'))
    >>> settled([float("nan"), "warm"])
    ([None, 'warm'], 'NaN is read as missing')
    >>> settled([{"a": 1}, "b"])
    """
    found = [None if value != value else value for value in values]
    kinds = {type(value) for value in found if value is not None}
    done = []
    if len(found) and any(value != value for value in values):
        done.append("NaN is read as missing")
    if kinds <= {list}:
        flat = {type(inner) for value in found for inner in value or () if inner is not None}
        if len(flat) < 2 or not flat <= set(_SCALARS):
            return (found, "; ".join(done)) if done else None
        found = [value and [i if i is None else text_of(i) for i in value] for value in found]
        return found, "; ".join([*done, "all names in them became text"])
    if list in kinds and kinds <= {list, *_SCALARS}:
        found = [value if isinstance(value, list) or value is None
                 else [value] if str(value).strip() else [] for value in found]  # fmt: skip
        again = settled(found)
        return (again[0] if again else found), "; ".join([*done, "a single value became a list"])
    if len(kinds) > 1 and kinds <= set(_SCALARS):
        found = [None if value is None else text_of(value) for value in found]
        done.append("all became text")
    elif not kinds <= {dict, *_SCALARS} or len(kinds) > 1:
        return None
    return (found, "; ".join(done)) if done else None


def as_json(values: list) -> tuple[list, str] | None:
    """Lists and objects that no one kind fits, each as its JSON; None where others are there.

    Examples
    --------
    >>> as_json([[1, ["a"]], {"b": 2}, None])
    (['[1, ["a"]]', '{"b": 2}', None], 'lists and objects of several kinds are kept as JSON')
    >>> as_json([[1], "a"])
    """
    found = [value for value in values if value is not None]
    if not found or not all(isinstance(value, (list, dict)) for value in found):
        return None
    try:
        told = [v if v is None else json.dumps(v, ensure_ascii=False) for v in values]
    except (TypeError, ValueError, RecursionError):
        return None
    return told, "lists and objects of several kinds are kept as JSON"


def fitted(pieces: list[pa.Table]) -> tuple[list[pa.Table], list[str]]:
    """Pieces of one table whose columns have one kind: where they differ, :func:`settled` decides.

    Returns
    -------
    (list of pyarrow.Table, list of str)
        The pieces, and the names of the columns that were changed.
    """
    import pyarrow as pa

    types: dict[str, set] = {}
    for piece in pieces:
        for field in piece.schema:
            if not pa.types.is_null(field.type):
                types.setdefault(field.name, set()).add(field.type)
    numbers = (pa.types.is_integer, pa.types.is_floating)
    odd = [
        name for name, found in types.items()
        if len(found) > 1 and not all(any(one(kind) for one in numbers) for kind in found)
        and all(_is_plain(kind) for kind in found)
        and len({pa.types.is_list(kind) for kind in found} | {_is_text(k) for k in found}) > 1
    ]  # fmt: skip
    changed = []
    for name in odd:
        columns = [p[name].to_pylist() if name in p.column_names else [] for p in pieces]
        found = settled([value for column in columns for value in column])
        if found is None:
            continue
        values = iter(found[0])
        for number, column in enumerate(columns):
            if name in pieces[number].column_names:
                array = pa.array([next(values) for _ in column])
                place = pieces[number].column_names.index(name)
                pieces[number] = pieces[number].set_column(place, name, array)
        changed.append(name)
    return pieces, changed


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _is_plain(kind: pa.DataType) -> bool:
    import pyarrow as pa

    inner = kind.value_type if pa.types.is_list(kind) else kind
    return (
        _is_text(inner) or pa.types.is_integer(inner) or pa.types.is_floating(inner)
        or pa.types.is_boolean(inner) or pa.types.is_null(inner)
    )  # fmt: skip
