"""Order and noise as pure functions of position, so that no random state has to be saved."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.utils.data import BatchSampler, Sampler

from .. import libraries

if TYPE_CHECKING:
    from ..recipe import Recipe


def mix(*parts) -> int:
    """A 63-bit seed from anything that has a stable ``repr`` (BLAKE2b)."""
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def seed_step(seed: int, step: int, micro_step: int, *further) -> None:
    """Seed torch, random and numpy for one forward and backward pass."""
    value = mix(seed, "step", step, micro_step, *further)
    torch.manual_seed(value)
    random.seed(value)
    np.random.seed(value % 2**32)


def by_token_budget(lengths: np.ndarray, most: int, tokens: int) -> Iterator[slice]:
    """Cut rows into batches by their number and by what they cost padded to the longest.

    Parameters
    ----------
    lengths : ndarray of int, shape (n_rows,)
        Tokens of each row, the longest first.
    most : int
        Rows of a batch at most.
    tokens : int
        Rows times the longest at most; a row longer than that is a batch by itself.

    Examples
    --------
    >>> list(by_token_budget(np.array([9, 4, 4, 1, 1, 1]), most=2, tokens=8))
    [slice(0, 1, None), slice(1, 3, None), slice(3, 5, None), slice(5, 6, None)]
    """
    start = 0
    while start < len(lengths):
        rows = max(1, min(most, tokens // max(1, int(lengths[start]))))
        yield slice(start, min(start + rows, len(lengths)))
        start += rows


class EpochSampler(Sampler):
    """The order of an epoch, a function of (seed, epoch, lengths) alone.

    Parameters
    ----------
    n_rows : int
    seed : int
    lengths : ndarray of int, shape (n_rows,), optional
        Tokens of each row. When given, rows of similar length come together: the rows are shuffled,
        cut into pieces of ``50 * group``, each piece is sorted by length, and the steps that this
        makes are shuffled, so that a run does not go from long texts to short ones again and again.
        The step with the longest text comes first: if memory is too small, that is known at once.
    group : int
        Rows of an optimizer step.
    mixed : bool
        Whether the steps are shuffled; runs that began before they were are not, to their end.
    """

    def __init__(
        self,
        n_rows: int,
        seed: int,
        lengths: np.ndarray | None = None,
        group: int = 1,
        *,
        mixed: bool = True,
    ):
        self.n_rows, self.seed, self.group, self.epoch = n_rows, seed, group, 0
        self.mixed = mixed
        self.lengths = None if lengths is None else lengths.tolist()

    def set_epoch(self, epoch: int) -> None:
        """Called before each epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.n_rows

    def __iter__(self):
        generator = torch.Generator().manual_seed(mix(self.seed, "order", self.epoch))
        if self.lengths is None:
            return iter(torch.randperm(self.n_rows, generator=generator).tolist())
        grouped = libraries.transformers("trainer_pt_utils.get_length_grouped_indices")
        rows = grouped(self.lengths, self.group, generator=generator)
        if not self.mixed:
            return iter(rows)
        steps = [rows[start : start + self.group] for start in range(0, len(rows), self.group)]
        whole = steps[1:-1] if len(rows) % self.group else steps[1:]
        mixed = [whole[i] for i in torch.randperm(len(whole), generator=generator).tolist()]
        ordered = [*steps[:1], *mixed, *steps[len(mixed) + 1 :]]
        return iter([row for step in ordered for row in step])


def row_seed(seed: int, step: int, row: int) -> int:
    """Of what is drawn for a row at a step, whatever batch it is in."""
    return mix(seed, "row", step, row)


def train_order(rows: Any, recipe: Recipe, *, pads: bool, mixed: bool = True) -> EpochSampler:
    """The order in which rows are trained on.

    Parameters
    ----------
    rows : Encoded
    recipe : Recipe
    pads : bool
        Whether batches are padded: only then there is something to gain from rows of a length.
    mixed
        See :class:`EpochSampler`.
    """
    return EpochSampler(
        len(rows),
        recipe.seed,
        rows.sizes if recipe.length_grouping and pads else None,
        recipe.batch_size * recipe.gradient_accumulation,
        mixed=mixed,
    )


class CutBatches(BatchSampler):
    """Batches of an order, each cut into parts that fit into memory.

    Every batch but the last has the same number of parts, and no part has rows of two batches, so
    ``parts * gradient_accumulation`` of them are the very examples of an optimizer step.

    Parameters
    ----------
    sampler : Sampler
    batch_size : int
        Rows of a batch.
    largest : int
        Rows of a part at most.

    Examples
    --------
    >>> list(CutBatches(range(8), batch_size=5, largest=3))
    [[0, 1, 2], [3, 4], [5, 6, 7]]
    """

    def __init__(self, sampler, batch_size: int, largest: int):
        super().__init__(sampler, batch_size, drop_last=False)
        self.largest = largest

    def __len__(self) -> int:
        whole, rest = divmod(len(self.sampler), self.batch_size)
        return whole * -(-self.batch_size // self.largest) + -(-rest // self.largest)

    def __iter__(self):
        for batch in super().__iter__():
            parts = -(-len(batch) // self.largest)
            yield from (part.tolist() for part in np.array_split(batch, parts))
