"""Yes and no in the ways that tables write them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_PAIRS = (("0", "1"), ("no", "yes"), ("false", "true"), ("n", "y"), ("f", "t"),
          ("nein", "ja"), ("non", "oui"), ("no", "sí"), ("no", "si"), ("nee", "ja"), ("нет", "да"),
          ("否", "是"), ("não", "sim"))  # fmt: skip


def are_truths(values: Iterable[str]) -> bool:
    """Whether the different values of a column are a yes and a no, or one of the two.

    Examples
    --------
    >>> are_truths(["0", "1"]), are_truths(["Yes", "no"]), are_truths(["0"]), are_truths(["0", "2"])
    (True, True, True, False)
    """
    found = {value.strip().casefold() for value in values}
    return bool(found) and any(found <= set(pair) for pair in _PAIRS)


def truth_of(value: Any) -> bool | None:
    """True for yes, False for no, None for what is neither.

    Examples
    --------
    >>> truth_of("Yes"), truth_of(0.0), truth_of(False), truth_of(2), truth_of(None)
    (True, False, False, None, None)
    """
    if isinstance(value, str):
        said = value.strip().casefold()
        return next((bool(pair.index(said)) for pair in _PAIRS if said in pair), None)
    if value is None or value != value or value not in (0, 1):
        return None
    return bool(value)
