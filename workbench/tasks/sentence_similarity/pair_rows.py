"""Rows of several texts each, and batches of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..shared.collators import Collator
from ..shared.encoding import Encoded


@dataclass
class PairRows(Encoded):
    """Rows that are several texts: an anchor with what belongs to it, or pairs to be scored.

    Parameters
    ----------
    units : Encoded
        What a model reads, each once: texts, or pairs of texts.
    members : ndarray of int64, shape (n_rows, n_members)
        Units of each row; -1 for none.
    same : ndarray of int64, shape (n_units,)
        Number of what a unit is: two that are the same text have the same.
    """

    units: Encoded = field(default_factory=lambda: Encoded({}, np.zeros(1, np.int64)))
    members: np.ndarray = field(default_factory=lambda: np.zeros((0, 1), np.int64))
    same: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))

    @classmethod
    def of(cls, units: Encoded, members: np.ndarray, same: np.ndarray) -> PairRows:
        """Rows of units that are encoded already."""
        there = members >= 0
        flat = members[there]
        lengths = np.where(there, units.lengths[np.maximum(members, 0)], 0).sum(axis=1)
        places = [np.arange(*units.offsets[unit : unit + 2]) for unit in flat]
        where = np.concatenate(places) if places else np.zeros(0, np.int64)
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        arrays = {"input_ids": units.arrays["input_ids"][where]}
        return cls(arrays, offsets, units=units, members=members, same=same, notes=units.notes)

    def __getitem__(self, row: int) -> dict:
        """``units``, a dict of token ids each, and ``same``, -1 for a member that is not there."""
        members = self.members[row]
        return {
            "units": [self.units[int(unit)] for unit in members if unit >= 0],
            "same": [int(self.same[unit]) if unit >= 0 else -1 for unit in members],
        }

    def part(self, rows: list[int]) -> PairRows:
        """Some of the rows, in this order."""
        return PairRows.of(self.units, self.members[rows], self.same)


class PairCollator(Collator):
    """Pads the texts of all rows together; ``labels`` (batch, n_members) say which are the same."""

    def __call__(self, rows: list[dict]) -> dict:
        """The model's inputs, a row a text; of rows that are texts themselves no ``labels``."""
        import torch

        if "units" not in rows[0]:
            return super().__call__(rows)
        batch = super().__call__([unit for row in rows for unit in row["units"]])
        return batch | {"labels": torch.tensor([row["same"] for row in rows])}


def unit_logits(model: Any, inputs: dict, labels: Any, found: Any) -> Any:
    """What a model gave for texts, laid under the rows that they are of.

    Parameters
    ----------
    labels : torch.Tensor of int64, shape (batch, n_members)
        -1 where there is no text.
    found : torch.Tensor, shape (n_texts, ...)

    Returns
    -------
    torch.Tensor, shape (batch, n_members, ...)
        0 where there is no text.
    """
    rows = found.new_zeros((*labels.shape, *found.shape[1:]))
    rows[labels >= 0] = found
    return rows
