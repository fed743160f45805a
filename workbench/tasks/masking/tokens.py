"""Each token is chosen by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._shares import Shares

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, kw_only=True)
class Settings(Shares):
    """What ``masking: {kind: tokens}`` may say."""


def units(words: np.ndarray) -> np.ndarray:
    """A group for each token, int64, shape (n_tokens,); -1 for special ones."""
    import numpy as np

    return np.where(words < 0, -1, np.arange(len(words)))
