"""All texts one after the other, cut into rows of the same length: nothing is padded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..shared.encoding import Encoded


@dataclass(frozen=True)
class Settings:
    """Blocks have no settings; they are as long as ``max_length``."""


def arranged(pieces: Encoded, texts: list[list[int]], max_length: int) -> Encoded:
    """Rows of ``max_length`` tokens, but for the last; a text begins behind the end of another."""
    import numpy as np

    from ._pieces import cut

    stream: list[int] = []
    ends = []
    for ids in texts:  # the end of a text begins the next one, where a model has no other beginning
        stream += ids[1:] if stream and stream[-1] == ids[0] else ids
        ends.append(len(stream))
    found = cut([stream], max_length)
    places = found.about["place"]  # in the stream; of a text they are counted from its beginning
    texts_of = np.searchsorted(ends, places, "right")
    starts = np.asarray([0, *ends[:-1]], np.int64)
    found.about = {
        "text": texts_of.astype(np.int32),
        "place": (places - starts[texts_of]).astype(np.int32),
    }
    return found
