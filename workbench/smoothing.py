"""Smoothing of what jumps from step to step."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def smooth(values, weight: float = 0.9) -> np.ndarray:
    """Exponential moving average without the bias towards zero at the start (as Adam corrects it).

    Parameters
    ----------
    values : array-like of float, shape (n,)
    weight : float
        Share of the past.

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    import numpy as np

    out, average, mass = np.empty(len(values)), 0.0, 0.0
    for number, value in enumerate(values):
        average = weight * average + (1 - weight) * value
        mass = weight * mass + (1 - weight)
        out[number] = average / mass
    return out
