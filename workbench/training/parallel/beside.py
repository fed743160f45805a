"""Folders for the other processes of a run: what they would write into the run's own.

They compute what the first process computes, and come to the same files. Theirs are of no use to
anybody, so that they are told a folder that looks like the run's and is removed when they end.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from ...data.augmentation import KEPT
from .alone import Alone

NAME = ".ranks"  # in the run's folder, a folder for each
_NOT_COPIED = {"adapter", "checkpoints", "control", "lock", "log.txt", "model", "predictions",
               "profile", "snapshots"}  # fmt: skip


def enter(run: Path, ranks: Alone) -> Path:
    """The folder that this process works on, once the first one has made it."""
    if ranks.size > 1:
        ranks.by_first(lambda: make(run, ranks.size))
    return of(run, ranks.rank)


def leave(run: Path, ranks: Alone) -> None:
    """Remove what :func:`enter` made, once nobody works any more."""
    if ranks.first and ranks.size > 1:
        clear(run)


def make(run: Path, size: int) -> None:
    """Make the folders of processes 1 to ``size - 1``; those of an earlier life go first.

    They hold copies of the small files, and links to checkpoints, commands and changed examples.
    """
    clear(run)
    for rank in range(1, size):
        folder = of(run, rank)
        folder.mkdir(parents=True)
        for path in sorted(run.iterdir()):
            if path.name in _NOT_COPIED or path.name.startswith("."):
                continue
            if path.is_dir():
                shutil.copytree(path, folder / path.name)
            elif path.is_file():
                shutil.copy2(path, folder / path.name)
        for name in ("checkpoints", "model", "data"):
            (folder / name).mkdir(exist_ok=True)
        if (run / "checkpoints").is_dir():
            for path in sorted((run / "checkpoints").iterdir()):
                (folder / "checkpoints" / path.name).symlink_to(path.absolute())
        for name in ("control", f"data/{KEPT}"):
            (folder / name).unlink(missing_ok=True)
            (folder / name).symlink_to((run / name).absolute())  # it may be there later


def of(run: Path, rank: int) -> Path:
    """The folder that a process works on: the run's own for the first."""
    return run / NAME / str(rank) if rank else run


def clear(run: Path) -> None:
    """Remove all of them; what the links lead to stays."""
    shutil.rmtree(run / NAME, ignore_errors=True)
