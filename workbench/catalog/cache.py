"""What the cache holds, how much room it takes, and making room.

Only the workbench's own folders are ever touched. The model hub's client keeps a cache of its own
(``HF_HOME``), which ``hf cache`` shows and clears.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.disk_cache import size_of
from workbench.errors import DownloadError, UnknownName, nearest
from workbench.paths import cache_dir

if TYPE_CHECKING:
    import pandas as pd

#: What lies in each folder, and whether it comes back by itself.
FOLDERS = {
    "tables": ("large files, made ready to be read", True),
    "examples": ("checked and split examples of large files", True),
    "tokens": ("tokens of many texts", True),
    "unpacked": ("what compressed files hold", True),
    "nets": ("models of the notebooks", True),
    "shortened": ("models with some of their layers; recipes name them", False),
    "compressed": ("models made smaller, and what was trained on the way", False),
    "asked": ("files with predictions that a panel holds", True),
    "archives": ("downloads that were broken off", True),
    "samples": ("models and texts that were fetched; fetched again when asked for", False),
    "uploads": ("files given by upload; recipes name them", False),
    "data": ("tables given in memory; recipes name them", False),
}
IN_USE = 600.0  # seconds since the last use within which an entry is left alone


def cache_table() -> pd.DataFrame:
    """What lies in the cache.

    Returns
    -------
    pandas.DataFrame
        ``name`` (of the folder), ``what``, ``entries``, ``size_mb`` (megabytes), ``made_anew``
        (bool: it comes back by itself when it is needed, so :func:`clear_cache` takes it away).
    """
    import pandas as pd

    rows = [
        (name, what, len(_entries(name)), round(size_of(cache_dir() / name) / 1e6, 1), anew)
        for name, (what, anew) in FOLDERS.items()
    ]
    return pd.DataFrame(rows, columns=["name", "what", "entries", "size_mb", "made_anew"])


def clear_cache(*names: str) -> tuple[int, int]:
    """Make room in the cache.

    Parameters
    ----------
    *names : str
        Folders, as :func:`cache_table` names them; without any all whose entries are made anew
        when they are needed. What no recipe could get back goes only when it is named.

    Returns
    -------
    (bytes, left) : tuple of int
        Room that was made, and entries that were left because they were used within ten minutes.

    Raises
    ------
    UnknownName
        If there is no such folder; nothing was taken away then.
    DownloadError
        If an entry cannot be taken away.
    """
    for name in names:
        if name not in FOLDERS:
            raise UnknownName(f"There is no part {name!r} of the cache.", nearest(name, FOLDERS))
    freed = left = 0
    for name in names or [name for name, (_, anew) in FOLDERS.items() if anew]:
        for entry in _entries(name):
            size = size_of(entry) if entry.is_dir() else entry.lstat().st_size
            if time.time() - _used(entry) < IN_USE:
                left += 1
                continue
            try:
                if entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry)
                else:
                    entry.unlink()
            except OSError as error:
                raise DownloadError(
                    f"{entry} cannot be taken away: {error.strerror or error}.",
                    "Look at who owns it.",
                ) from error
            freed += size
    return freed, left


def _entries(name: str) -> list[Path]:
    """What lies in a folder of the cache; nothing in one that is a link to elsewhere."""
    folder = cache_dir() / name
    if folder.is_symlink() or not folder.is_dir():
        return []
    with contextlib.suppress(OSError):
        return sorted(folder.iterdir())
    return []


def _used(entry: Path) -> float:
    """When it was last used or changed, in seconds."""
    with contextlib.suppress(OSError):
        found = os.lstat(entry)
        return max(found.st_mtime, found.st_ctime)
    return 0.0
