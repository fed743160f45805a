"""Matrices of weights made smaller for a picture, none of their peaks lost."""

from __future__ import annotations

import numpy as np


def shrunk(codes: np.ndarray, high: int, wide: int) -> np.ndarray:
    """The last two axes reduced by the maximum of each block, so that no stripe is lost."""
    for axis, size in ((-1, wide), (-2, high)):
        n = codes.shape[axis]
        if n > size:
            starts = np.linspace(0, n, size + 1).astype(int)[:-1]
            codes = np.maximum.reduceat(codes, starts, axis=axis)
    return codes


def pooled(codes: np.ndarray, size: int) -> np.ndarray:
    """The last two axes shrunk to ``size``.

    >>> pooled(np.arange(16, dtype=np.uint8).reshape(1, 1, 4, 4), 2)[0, 0].tolist()
    [[5, 7], [13, 15]]
    """
    return shrunk(codes, size, size)
