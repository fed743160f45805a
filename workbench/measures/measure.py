"""One measure of some rows: its number for each of them, and for all, from sums."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Measure:
    """A number that says how good rows are.

    Attributes
    ----------
    name : str
    rows : ndarray of float64, shape (n_rows,)
        Of each row; NaN where it is not defined, such as a ratio to an empty reference.
    parts : ndarray of float64, shape (n_rows, n_parts)
        What is summed over rows.
    figure : callable
        From sums of ``parts``, shape (draws, n_parts), to the measure of all, shape (draws,).
    signature : str
        How it was measured. Numbers of two signatures do not compare.
    left_out : ndarray of float64, shape (n_rows,), or None
        The measure of all rows but one, where it is no function of sums: its interval is then by
        the jackknife, and ``figure`` gives the measure of all rows as they are.
    """

    name: str
    rows: np.ndarray
    parts: np.ndarray
    figure: Callable[[np.ndarray], np.ndarray]
    signature: str
    left_out: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def value(self) -> float:
        """Of all rows; NaN where no row defines it."""
        return float(self.figure(self.parts.sum(axis=0)[None])[0]) if len(self) else math.nan

    @property
    def undefined(self) -> int:
        """Rows for which it is not defined; they do not count in the measure of all."""
        return int(np.isnan(self.rows).sum())

    def __repr__(self) -> str:
        return f"<Measure {self.name}: {self.value:.4f}, {len(self)} rows, {self.signature}>"


def part_of(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """One over the other, float; NaN where the other is 0.

    >>> part_of(np.array([1.0, 0.0]), np.array([4.0, 0.0])).tolist()
    [0.25, nan]
    """
    bottom = np.asarray(bottom, float)
    empty = np.full(np.broadcast_shapes(np.shape(top), bottom.shape), np.nan)
    return np.divide(top, bottom, out=empty, where=bottom != 0)


def mean_of(name: str, values: np.ndarray, signature: str) -> Measure:
    """The mean over the rows that have a value; NaN is a row that has none."""
    rows = np.asarray(values, float)
    known = ~np.isnan(rows)
    parts = np.stack([np.where(known, rows, 0.0), known], axis=1)
    return Measure(name, rows, parts, lambda sums: part_of(sums[:, 0], sums[:, 1]), signature)


def share_of(name: str, top: np.ndarray, bottom: np.ndarray, signature: str) -> Measure:
    """A sum over rows as a share of another: long rows count more than short ones."""
    top, bottom = np.asarray(top, float), np.asarray(bottom, float)
    parts = np.stack([top, bottom], axis=1)
    rows = part_of(top, bottom)
    return Measure(name, rows, parts, lambda sums: part_of(sums[:, 0], sums[:, 1]), signature)
