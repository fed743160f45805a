"""Where things are kept: the cache of downloads and prepared data, and the folder of runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_dir() -> Path:
    """Folder for downloads, converted models and prepared data.

    ``$WORKBENCH_CACHE`` when set, otherwise ``~/Library/Caches/finetune-workbench`` on macOS and
    ``$XDG_CACHE_HOME`` (or ``~/.cache``) ``/finetune-workbench`` elsewhere. Not created here.
    """
    if chosen := os.environ.get("WORKBENCH_CACHE"):
        return Path(chosen).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "finetune-workbench"
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base).expanduser() / "finetune-workbench"


def runs_dir() -> Path:
    """Folder in which new runs are made: ``$WORKBENCH_RUNS``, otherwise ``./runs``."""
    return Path(os.environ.get("WORKBENCH_RUNS") or "runs").expanduser().absolute()
