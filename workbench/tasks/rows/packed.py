"""Several texts in a row that cannot see each other: positions begin anew with each.

A model is told where a text begins by its positions alone; so it has to be a decoder of the library
that reads them, which is looked at before anything is trained.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..shared.encoding import Encoded


@dataclass(frozen=True)
class Settings:
    """Nothing is to be said of it; rows are as long as ``max_length``."""


def arranged(pieces: Encoded, texts: list[list[int]], max_length: int) -> Encoded:
    """Pieces laid into rows of at most ``max_length`` tokens: the longest first, each into the row
    that it leaves the least room in (best fit decreasing), the earliest of equal ones."""
    import numpy as np

    from ..shared.encoding import Encoded

    order = np.argsort(-pieces.lengths, kind="stable")
    rows: list[list[int]] = []
    with_room: dict[int, list[int]] = defaultdict(list)  # room that is left: a heap of rows
    rooms = 0  # a bit for each room that some row has
    for piece in order.tolist():
        length = int(pieces.lengths[piece])
        fitting = rooms >> length
        if fitting:
            room = length + (fitting & -fitting).bit_length() - 1
            row = heappop(with_room[room])
            if not with_room[room]:
                rooms ^= 1 << room
        else:
            room, row = max_length, len(rows)
            rows.append([])
        rows[row].append(piece)
        heappush(with_room[room - length], row)
        rooms |= 1 << (room - length)
    taken = [piece for row in rows for piece in row]
    places = np.concatenate([np.arange(*pieces.offsets[p : p + 2]) for p in taken] or [[]])
    places = places.astype(np.int64)
    positions = [np.arange(pieces.lengths[piece]) for piece in taken]
    lengths = [sum(int(pieces.lengths[piece]) for piece in row) for row in rows]
    assert pieces.labels is not None and pieces.examples is not None  # `cut` has been here
    of = np.repeat(pieces.examples, pieces.lengths)[places]
    return Encoded(
        {
            "input_ids": pieces.arrays["input_ids"][places],
            "position_ids": np.concatenate(positions or [[]]).astype(np.int32),
        },
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        pieces.labels[places],
        token_labels=True,
        about={"text": of.astype(np.int32), "place": pieces.about["place"][places]},
    )
