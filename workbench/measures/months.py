"""Months, which one text calls by name and another by number: ``3 May`` is ``2020-05-03``."""

from __future__ import annotations

import re

from .names_in_texts import folded

_CALLED = (
    "january januar", "february februar", "march märz", "april", "may mai", "june juni",
    "july juli", "august", "september", "october oktober", "november", "december dezember",
)  # fmt: skip
#: Names in English and German, as :func:`.names_in_texts.folded` writes them, and their numbers.
MONTHS = {folded(name): n for n, names in enumerate(_CALLED, 1) for name in names.split()}
_NAMED = re.compile(
    rf"\b(?:{'|'.join(name.capitalize() for names in _CALLED for name in names.split())})\b"
)
_DATED = re.compile(
    r"(?<![\d.])\d{4}(?:[-/](\d{1,2})(?:[-/]\d{1,2})?|\.(\d{1,2})\.\d{1,2})(?!\d)"
    r"|(?<![\d./-])(\d{1,2})[-/.] ?(\d{1,2})[-/.] ?\d{2,4}(?!\d)"
    r"|(?<![\d./-])(\d{1,2})/(\d{1,2})(?![\d/])|(?<![\d.])(\d{1,2})\. ?(\d{1,2})\.(?!\d)"
    r"|(?<!\d)(\d{1,2}) ?月"
)
Dates = dict[tuple[int, int], int]


def months_named(text: str) -> set[int]:
    """Numbers of the months that a text names in English or German; a name has a capital.

    >>> months_named("On 3 May, and im März"), months_named("it may march on")
    ({3, 5}, set())
    """
    return {MONTHS[folded(name)] for name in _NAMED.findall(text)}


def dated(text: str) -> Dates:
    """Where dates in numbers have their month: places, and the number there.

    A date has a year or two numbers at least (``2020-05-03``, ``3/5/2020``, ``3.5.``), or 月. Of
    two numbers that both may be the month either is. Numbers elsewhere are no months.

    >>> dated("2020-05-03"), dated("5月3日"), dated("5 dogs")
    ({(5, 7): 5}, {(0, 1): 5}, {})
    """
    found = {}
    for match in _DATED.finditer(text):
        for group in range(1, 1 + _DATED.groups):
            if match[group] and 1 <= int(match[group]) <= 12:
                found[match.span(group)] = int(match[group])
    return found


def names_of(dates: Dates) -> set[str]:
    """Names of the months of dates, folded.

    >>> sorted(names_of(dated("on 3.5.2020")))
    ['mai', 'march', 'marz', 'may']
    """
    return {name for name, n in MONTHS.items() if n in dates.values()}
