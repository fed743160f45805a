"""Classes of two levels by their names, ``parent:child`` or ``parent/child``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SEPARATORS = (":", "/")


@dataclass(frozen=True)
class LabelTree:
    """Parents of classes.

    Attributes
    ----------
    names : list of str, length n_classes
        The classes, whole: ``NUM:date``.
    parents : list of str, length n_parents
        In the order in which they first occur.
    parent_of : ndarray of int64, shape (n_classes,)
        Number of each class's parent.
    """

    names: list[str]
    parents: list[str]
    parent_of: np.ndarray

    def children(self, parent: int) -> np.ndarray:
        """Numbers of a parent's classes, int64."""
        return np.flatnonzero(self.parent_of == parent)

    def summed(self, scores: np.ndarray) -> np.ndarray:
        """Scores of the parents, shape (n_examples, n_parents), from those of the classes."""
        order = np.argsort(self.parent_of, kind="stable")  # each parent's classes side by side
        starts = np.searchsorted(self.parent_of[order], np.arange(len(self.parents)))
        return np.add.reduceat(np.asarray(scores, float)[:, order], starts, axis=1)


def label_tree(names: Sequence[str]) -> LabelTree | None:
    """The two levels in the names of classes; None where they have none.

    Every name has the same sign with something on both sides of it; there are two parents or more,
    and one of them has two children or more. What comes behind the first sign is the child's.

    Examples
    --------
    >>> label_tree(["NUM:date", "NUM:money", "HUM:group"]).parents
    ['NUM', 'HUM']
    >>> label_tree(["good", "bad"]) is None, label_tree(["a:x", "b:x"]) is None
    (True, True)
    """
    for sign in SEPARATORS:
        parts = [tuple(part.strip() for part in str(name).partition(sign)) for name in names]
        if not all(before and after for before, _, after in parts):
            continue
        parents = {before: None for before, *_ in parts}
        numbers = {parent: number for number, parent in enumerate(parents)}
        if 2 <= len(parents) < len(parts):
            of = np.asarray([numbers[before] for before, *_ in parts], np.int64)
            return LabelTree(list(map(str, names)), list(parents), of)
    return None
