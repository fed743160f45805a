"""By what examples are known again: whether a run goes on with the data that it began with."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def fingerprint_of(splits: dict[str, pd.DataFrame], names: list[str]) -> str:
    """Hash of the texts and labels of all splits, and of the names of classes."""
    digest = hashlib.sha256("\0".join(names).encode())
    for split, frame in splits.items():
        digest.update(split.encode())
        for column in frame.columns:
            for value in frame[column]:
                digest.update(str(value).encode("utf-8", "surrogatepass"))
                digest.update(b"\0")
    return "sha256-" + digest.hexdigest()
