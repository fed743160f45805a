"""Pairs of texts that belong together because they share a number."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.training.tiny import WORDS


def frame(n: int = 90, negatives: bool = False, seed: int = 0) -> pd.DataFrame:
    """``anchor`` and ``positive`` of three words and one number; ``negative`` has another one."""
    rng = np.random.RandomState(seed)
    rows = []
    for number in range(n):
        first, second, third = ([str(w) for w in rng.choice(WORDS, 3)] for _ in range(3))
        row = {"anchor": f"{' '.join(first)} {number}", "positive": f"{number} {' '.join(second)}"}
        if negatives:
            row["negative"] = f"{(number + 7) % n} {' '.join(third)}"
        rows.append(row)
    return pd.DataFrame(rows)
