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


def months_named(text: str) -> set[int]:
    """Numbers of the months that a text names in English or German; a name has a capital.

    >>> months_named("On 3 May, and im März"), months_named("it may march on")
    ({3, 5}, set())
    """
    return {MONTHS[folded(name)] for name in _NAMED.findall(text)}


def names_of(numbers: set[str]) -> set[str]:
    """Names of the months with these numbers, folded.

    >>> sorted(names_of({"5", "2020"}))
    ['mai', 'may']
    """
    return {name for name, n in MONTHS.items() if str(n) in numbers}
