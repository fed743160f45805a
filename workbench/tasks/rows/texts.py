"""Each text by itself; one that is longer than a row has several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..shared.encoding import Encoded


@dataclass(frozen=True)
class Settings:
    """Nothing is to be said of it."""


def arranged(pieces: Encoded, texts: list[list[int]], max_length: int) -> Encoded:
    """The pieces as they are."""
    import numpy as np

    assert pieces.examples is not None  # `cut` has been here
    pieces.about["text"] = np.repeat(pieces.examples, pieces.lengths).astype(np.int32)
    return pieces
