"""Dates as people write them: one order of day, month and year for a whole column."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...errors import DataError

if TYPE_CHECKING:
    import pandas as pd

#: What ``reading={"dates": ...}`` may be, and how people call it.
ORDERS = {"dmy": "the day first", "mdy": "the month first", "ymd": "the year first"}
_PARTS = re.compile(r"\s*(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?:\s*[T,]?\s*(\d{1,2}:\d{2}.*?))?\s*")
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_NAMED = re.compile(  # Mon Apr 06 22:19:45 PDT 2009; Tue, 01 Nov 2016 16:22:00 GMT; May 3, 2017
    rf"(?:[a-z]{{3,9}},? )?(?:{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?|\d{{1,2}}\.? {_MONTH}),?"
    r"(?: \d{4})?,?(?: \d{1,2}:\d{2}(?::\d{2})?)?(?: ?[ap]m)?(?: [+-]\d{4}| [a-z]{2,4})?"
    r"(?: \d{4})?",
    re.IGNORECASE,
)


def looks_like_date(text: str) -> bool:
    """Whether three numbers can be a day: a year of four digits, or all three of two digits.

    A month by its English name with a day, as in ``Mon Apr 06 22:19:45 PDT 2009``, is one as well.

    Examples
    --------
    >>> [looks_like_date(t) for t in ("2026-01-31", "31.1.2026", "31/01/26", "3.10.2", "2-1-0")]
    [True, True, True, False, False]
    """
    if _NAMED.fullmatch(text.strip()):
        return True
    found = _PARTS.fullmatch(text)
    if found is None:
        return False
    parts = [found[1], found[3], found[4]]
    sizes = [len(part) for part in parts]
    years = [place for place in (0, 2) if sizes[place] == 4]
    if not years:
        return sizes == [2, 2, 2] and _fits(parts)
    rest = [int(part) for place, part in enumerate(parts) if place != years[0]]
    return len(years) == 1 and 1 <= min(rest) and max(rest) <= 31 and min(rest) <= 12


def _fits(parts: list[str]) -> bool:
    numbers = sorted(map(int, parts))
    return numbers[0] <= 12 and numbers[1] <= 31


def read_dates(
    texts: dict[str, pd.Series], column: str, order: str | None = None
) -> tuple[dict[str, pd.Series], str]:
    """The times of a column, all rows read in one order.

    Parameters
    ----------
    texts : dict of str to pandas.Series of str
        The column, split by split, under row numbers; the order is found over all of them.
    column : str
        Its name, for messages.
    order : {'dmy', 'mdy', 'ymd'}, optional
        What is to be taken; else it is found out.

    Returns
    -------
    (dict of str to pandas.Series of datetime64, str)
        In UTC, and one sentence about the order where there was one to be found.

    Raises
    ------
    DataError
        If a text is no time; if some dates can only be read with the day first and others only
        with the month first; if all of them can be read both ways and differ, which is asked.
    """
    import pandas as pd

    unlike = dict.fromkeys(t for series in texts.values() for t in series)
    found = {text: _PARTS.fullmatch(text) for text in unlike}
    open_dates = {t: f for t, f in found.items() if f is not None and len(f[1]) != 4}
    order, said = _order(open_dates, column, order)
    plain = {text: _iso(parts, order) for text, parts in found.items() if parts is not None}
    out = {}
    for name, series in texts.items():
        written = series.map(lambda text: plain.get(text, text))
        times = pd.to_datetime(written, errors="coerce", format="mixed", utc=True)
        if times.isna().any():
            value, row = series[times.isna()].iloc[0], series.index[times.isna()][0]
            raise DataError(
                f"Row {row} of {name!r} has {value!r} in {column!r}, which is no time"
                + (f" with {ORDERS[order]}." if value in open_dates else "."),
                "Write times as 2026-01-31 or 2026-01-31 18:30, or as numbers; say how dates are "
                "written with reading={'dates': 'dmy'}, 'mdy' or 'ymd'.",
            )
        out[name] = times
    return out, said


def _order(found: dict[str, re.Match], column: str, given: str | None) -> tuple[str, str]:
    """The order of a column's dates, and a sentence about it."""
    if not found:
        return given or "ymd", ""
    if given is not None:
        return given, f"Dates in {column!r} are read with {ORDERS[given]}, as reading says."
    surely = {"dmy": "", "mdy": "", "ymd": ""}
    for text, parts in found.items():
        first, second = int(parts[1]), int(parts[3])
        if first > 31 and len(parts[4]) < 4:
            surely["ymd"] = surely["ymd"] or text
        elif first > 12:
            surely["dmy"] = surely["dmy"] or text
        elif second > 12:
            surely["mdy"] = surely["mdy"] or text
    if surely["ymd"] and all(len(parts[4]) < 3 for parts in found.values()):
        surely["dmy"] = ""  # years of two digits stand first
    sure = {order: text for order, text in surely.items() if text}
    if len(sure) > 1:
        (one, text), (other, beside), *_ = sure.items()
        raise DataError(
            f"Dates in {column!r} are written in two ways: {text!r} has {ORDERS[one]}, "
            f"{beside!r} {ORDERS[other]}.",
            "Write them all as 2026-01-31.",
        )
    if sure:
        ((order, text),) = sure.items()
        return order, f"Dates in {column!r} are read with {ORDERS[order]}: {text!r} says so."
    if all(parts[1].zfill(2) == parts[3].zfill(2) for parts in found.values()):
        return "dmy", ""  # the day is the month everywhere: both ways are the same
    text = next(iter(found))
    raise DataError(
        f"Dates such as {text!r} in {column!r} can be read with the day first or the month first, "
        "and no row decides it.",
        "Say which with reading={'dates': 'dmy'} (day first) or reading={'dates': 'mdy'}.",
    )


def _iso(parts: re.Match, order: str) -> str:
    """A date as the standard writes it; what is no date there stays no date."""
    first, second, last = parts[1], parts[3], parts[4]
    if len(first) == 4:
        year, month, day = first, second, last
    elif order == "ymd":
        year, month, day = first, second, last
    else:
        year = last
        day, month = (first, second) if order == "dmy" else (second, first)
    if len(year) < 4:
        year = str(int(year) + (2000 if int(year) < 69 else 1900))  # as POSIX reads two digits
    return f"{year}-{month:>02}-{day:>02} {parts[5] or ''}".strip()
