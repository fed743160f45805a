"""All pieces of a word are masked together, so that none gives the others away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._shares import Shares

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, kw_only=True)
class Settings(Shares):
    """What ``masking: {kind: words}`` may say."""


def units(words: np.ndarray) -> np.ndarray:
    """A group for each word, int64, shape (n_tokens,); -1 for special tokens.

    >>> import numpy as np
    >>> units(np.array([-1, 0, 1, 1, 0, -1])).tolist()  # a text, and the beginning of another
    [-1, 0, 1, 1, 2, -1]
    """
    import numpy as np

    begins = np.concatenate([[True], words[1:] != words[:-1]])
    return np.where(words < 0, -1, np.cumsum(begins & (words >= 0)) - 1)
