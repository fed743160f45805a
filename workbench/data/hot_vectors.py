"""Rows of zeros and ones where lists of names belong: which label one stands for is not said."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np


def vector_length(values: Iterable[Any], separator: str | None = None) -> int | None:
    """The length of the vectors, where every row is one; None where the rows are anything else.

    Examples
    --------
    >>> vector_length([[0, 1, 0], [1.0, 1.0, 0.0], None]), vector_length([[0, 1], [1]])
    (3, None)
    >>> vector_length(["0;1", "1;1"], ";"), vector_length([[3, 1], [0, 2]])
    (2, None)
    """
    length = None
    for value in values:
        if isinstance(value, str) and separator is not None:
            value = [part.strip() for part in value.split(separator)] if value.strip() else None
        if value is None or (isinstance(value, float) and value != value):
            continue
        if not isinstance(value, (list, tuple, np.ndarray)) or len(value) < 2:
            return None
        if length not in (None, len(value)) or not all(one in (0, 1, "0", "1") for one in value):
            return None
        length = len(value)
    return length
