"""Texts that are measured: as many on each side, and texts all of them."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import DataError, shown
from ..i18n import t


def texts_of(**sides: Iterable[str]) -> list[list[str]]:
    """The sides as lists of texts, in the order in which they are named.

    Raises
    ------
    DataError
        If two sides have not as many rows, or a row is no text; it names the row.

    >>> texts_of(outputs=["a"], references=("b",))
    [['a'], ['b']]
    """
    found = {name: [values] if isinstance(values, str) else list(values)
             for name, values in sides.items()}  # fmt: skip
    first = next(iter(found))
    for name, values in found.items():
        if len(values) != len(found[first]):
            raise DataError(
                t("measures.unequal", first=first, n=len(found[first]), second=name, m=len(values)),
                t("measures.unequal_back"),
            )
        for row, value in enumerate(values):
            if not isinstance(value, str):
                raise DataError(
                    t("measures.no_text", side=name, row=row, value=shown(value)),
                    t("measures.no_text_back"),
                )
    return list(found.values())
