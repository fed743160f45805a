"""A process's part of each batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from torch.utils.data import BatchSampler


class SharedBatches(BatchSampler):
    """Every ``size``-th row of each batch, from a place on.

    All processes have as many batches as there are; where a batch has fewer rows than there are
    processes, the last ones' are empty.

    Parameters
    ----------
    batches : BatchSampler
        The whole batches.
    rank, size : int

    Examples
    --------
    >>> whole = BatchSampler(range(6), 5, drop_last=False)
    >>> list(SharedBatches(whole, 0, 2)), list(SharedBatches(whole, 1, 2))
    ([[0, 2, 4], [5]], [[1, 3], []])
    """

    def __init__(self, batches: BatchSampler, rank: int, size: int):
        super().__init__(batches.sampler, batches.batch_size, drop_last=False)
        self.batches, self.rank, self.size = batches, rank, size

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[list[int]]:
        for batch in self.batches:
            yield batch[self.rank :: self.size]


def collated(collate: Callable[[list], dict]) -> Callable[[list], dict[str, Any]]:
    """A collator that makes an empty mapping of no rows."""
    return _OrNothing(collate)


class _OrNothing:
    def __init__(self, collate: Callable[[list], dict]):
        self.collate = collate

    def __call__(self, rows: list) -> dict[str, Any]:
        return self.collate(rows) if rows else {}
