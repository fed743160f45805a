"""What the values of a column of texts are: numbers, dates, or texts that only look like them.

A column is taken for numbers only where the numbers say all that is written: ``007`` is not 7,
``1e3`` is not 1000, ``3.10`` beside ``3.1`` is a version, and twenty digits are an identifier.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

#: What a number, a date or a truth value is left out with.
MISSING = (
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "N/A", "NA", "NULL", "NaN", "n/a", "nan", "null",
)  # fmt: skip
_WHOLE = r"^(0|-?[1-9][0-9]{0,17})$"
_FRACTION = (
    r"^[-+]?((0|[1-9][0-9]*)(\.[0-9]*([eE][-+]?[0-9]{1,3})?|[eE][-+][0-9]{1,3})?"
    r"|\.[0-9]+([eE][-+]?[0-9]{1,3})?|(inf|Infinity))$"
)
_POINT = r"[.eE]"
_LONG, _SHORT = r"\.[0-9]*[1-9]0+$", r"\.[1-9]$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_TIME = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
    r"(Z|[-+][0-9]{2}(:?[0-9]{2})?)?)?$"
)
_ZONE = r"(Z|[0-9]{2}:[0-9]{2}.*[-+][0-9]{2}(:?[0-9]{2})?)$"
_LOOKS = re.compile(r"[-+]?[\d.][\d.,eE+:TZ \-]*|[-+]?inf(inity)?|true|false", re.IGNORECASE)
_SPELLINGS = ({"true", "false"}, {"True", "False"}, {"TRUE", "FALSE"})
_GLANCE = 64  # values by which most columns of texts are known already
_FEW = 100  # numbers written in two ways: so few of them are names, more are measurements

#: Kinds from the narrowest to the widest; see :func:`wider`.
KINDS = ("empty", "whole", "fraction", "truth", "date", "time", "moment", "text")


def kind_of(values: pa.ChunkedArray) -> str:
    """The narrowest kind that says all that the texts say, one of :data:`KINDS`.

    Examples
    --------
    >>> import pyarrow as pa
    >>> [kind_of(pa.chunked_array([texts])) for texts in (["1", "10"], ["01", "1"], ["1e3", "2"])]
    ['whole', 'text', 'text']
    >>> versions = ["3.1", "3.10"] * 2
    >>> kind_of(pa.chunked_array([["0.50", "2", ""]])), kind_of(pa.chunked_array([versions]))
    ('fraction', 'text')
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    for value in values.slice(0, _GLANCE).to_pylist():
        text = (value or "").strip()
        if text not in MISSING and not _LOOKS.fullmatch(text):
            return "text"
    values = _stripped(values)
    values = values.filter(pc.invert(pc.is_in(values, pa.array(MISSING, values.type))))
    if not len(values):
        return "empty"

    def all_are(pattern: str) -> bool:
        return pc.all(pc.match_substring_regex(values, pattern)).as_py()

    if all_are(_WHOLE):
        return "whole"
    if all_are(_FRACTION):
        return "fraction" if _are_fractions(values) else "text"
    if all_are(_DATE):
        return "date" if _casts(values, pa.date32()) else "text"
    if all_are(_TIME):
        return _kind_of_time(values)
    found = set(pc.unique(values.slice(0, 1000)).to_pylist())
    if any(found <= spelling for spelling in _SPELLINGS):
        spelling = next(one for one in _SPELLINGS if found <= one)
        if set(pc.unique(values).to_pylist()) <= spelling:
            return "truth"
    return "text"


def wider(one: str, other: str) -> str:
    """The narrowest kind that both fit into.

    Examples
    --------
    >>> wider("whole", "fraction"), wider("empty", "date"), wider("truth", "whole")
    ('fraction', 'date', 'text')
    """
    if one == other or "empty" in (one, other):
        return one if other == "empty" else other
    pair = {one, other}
    if pair == {"whole", "fraction"}:
        return "fraction"
    return "time" if pair == {"date", "time"} else "text"


def cast(values: pa.ChunkedArray, kind: str) -> pa.ChunkedArray:
    """The texts as values of a kind that fits them; what :data:`MISSING` names becomes null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if kind == "text":
        return values
    if kind == "empty":
        return pa.chunked_array([pa.nulls(len(values))])
    values = _stripped(values)
    gone = pc.is_in(values, pa.array(MISSING, values.type))
    values = pc.if_else(gone, pa.scalar(None, values.type), values)
    if kind == "truth":
        return pc.equal(pc.utf8_lower(values), "true")
    return values.cast(_types(values)[kind])


def typed(table: pa.Table, known: dict[str, str] | None = None) -> tuple[pa.Table, dict[str, str]]:
    """A table of texts with each column in the kind that fits it.

    Parameters
    ----------
    table : pyarrow.Table
        Columns of texts; others stay as they are.
    known : dict of str to str, optional
        Kinds that the pieces before needed: none is narrower than that.

    Returns
    -------
    (pyarrow.Table, dict of str to str)
        The table, and the kind of each of its columns of texts.
    """
    import pyarrow as pa

    kinds, columns = {}, {}
    for name in table.column_names:
        column = table[name]
        if pa.types.is_string(column.type):
            kind = (known or {}).get(name, "empty")
            if kind != "text":
                kind = wider(kind, kind_of(column))
            kinds[name], column = kind, cast(column, kind)
        columns[name] = column
    return pa.table(columns), kinds


def differ_from_their_numbers(values: pa.ChunkedArray) -> str | None:
    """A text of a column of ``text`` that a looser reader would take for a number, if all are."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for value in values.slice(0, _GLANCE).to_pylist():
        if (value or "").strip() not in MISSING and not _LOOKS.fullmatch(value.strip()):
            return None
    values = _stripped(values)
    values = values.filter(pc.invert(pc.is_in(values, pa.array(MISSING, values.type))))
    if not len(values) or not _casts(values, pa.float64()):
        return None
    odd = values.filter(pc.invert(pc.match_substring_regex(values, _WHOLE)))
    return odd[0].as_py() if len(odd) else None


def _types(values: pa.ChunkedArray) -> dict[str, pa.DataType]:
    import pyarrow as pa
    import pyarrow.compute as pc

    fine = pc.any(pc.match_substring(values, ".")).as_py()
    unit = "ns" if fine else "s"
    return {
        "whole": pa.int64(), "fraction": pa.float64(), "date": pa.date32(),
        "time": pa.timestamp(unit), "moment": pa.timestamp(unit, "UTC"),
    }  # fmt: skip


def _stripped(values: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    return pc.utf8_trim_whitespace(values)


def _are_fractions(values: pa.ChunkedArray) -> bool:
    """Whether there is a fraction at all, and no two ways of writing one number of a few."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pc.any(pc.match_substring_regex(values, _POINT)).as_py():
        return False  # digits alone, of which some are no whole number
    pointed = values.filter(pc.match_substring_regex(values, r"\.[0-9]*[1-9]"))
    texts = pc.count_distinct(pointed).as_py()
    if not texts or texts > _FEW or texts > len(pointed) / 2:
        return True
    if texts != pc.count_distinct(pointed.cast(pa.float64())).as_py():
        return False
    long, short = (pc.any(pc.match_substring_regex(pointed, p)).as_py() for p in (_LONG, _SHORT))
    return not (long and short)  # 1.10 beside 1.2: a version


def _kind_of_time(values: pa.ChunkedArray) -> str:
    import pyarrow.compute as pc

    zoned = pc.match_substring_regex(values, _ZONE)
    if not pc.any(zoned).as_py():
        kind = "time"
    else:
        kind = "moment" if pc.all(zoned).as_py() else "text"
    return kind if kind != "text" and _casts(values, _types(values)[kind]) else "text"


def _casts(values: pa.ChunkedArray, kind: pa.DataType) -> bool:
    import pyarrow as pa

    try:
        values.cast(kind)
    except pa.ArrowInvalid:
        return False
    return True
