"""Folders of the cache that are there whole or not at all, and are thrown out by last use."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from .files import read_json, write_json

ABOUT = "about.json"  # written last: a folder that has it is whole


def read_about(folder: Path):
    """What was said of a kept folder, which counts as used now; ``None`` when it is not there."""
    about = read_json(folder / ABOUT)
    if about is not None:
        os.utime(folder)
    return about


def keep(folder: Path, fill: Callable[[Path], None], about, *, room: int) -> None:
    """Write a folder whole or not at all, then throw out what was used longest ago.

    Parameters
    ----------
    folder : Path
        Stays as it is where a process that was quicker has made it.
    fill : callable taking the Path to write into
    about : JSON value that is not null
    room : int
        Bytes that the folders beside it and this one may hold.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=".part-", dir=folder.parent))
    try:
        fill(stage)
        write_json(stage / ABOUT, about)
        if not folder.exists():
            os.replace(stage, folder)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    _prune(folder.parent, room)


def _prune(root: Path, room: int) -> None:
    kept = [path for path in root.iterdir() if (path / ABOUT).is_file()]
    kept.sort(key=lambda path: path.stat().st_mtime)
    sizes = {path: sum(file.stat().st_size for file in path.iterdir()) for path in kept}
    while len(kept) > 1 and sum(sizes[path] for path in kept) > room:
        shutil.rmtree(kept.pop(0), ignore_errors=True)
