"""Where things are kept: downloads and prepared data, runs, and what a learner has done."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .errors import RunError
from .i18n import t


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


def lessons_dir() -> Path:
    """Folder of what a learner has done: ``$WORKBENCH_LESSONS`` when set, otherwise
    ``~/Library/Application Support/finetune-workbench/lessons`` on macOS and ``$XDG_DATA_HOME``
    (or ``~/.local/share``) ``/finetune-workbench/lessons`` elsewhere. Not created here.
    """
    if chosen := os.environ.get("WORKBENCH_LESSONS"):
        return Path(chosen).expanduser()
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base.expanduser() / "finetune-workbench" / "lessons"


def local_path(name: str | os.PathLike) -> Path:
    """The path that a name means, in a form that no library takes for an address or a home.

    What lies there under the name as written comes first, so that a folder really called ``~`` can
    be named; otherwise a leading ``~`` is the home folder. Names such as ``s3:`` or ``http:``,
    which libraries take for addresses and look for in the network, come back absolute.

    >>> local_path("texts.csv").name
    'texts.csv'
    """
    path = Path(name)
    if not is_there(path):
        try:
            return path.expanduser()
        except RuntimeError:  # ~ and the name of nobody
            return path
    text = str(path)
    return path.absolute() if text.startswith("~") or ":" in text else path


def leads_to(path: Path) -> Path:
    """Where a path leads once its links are followed; of a link that leads to itself, the link."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # before Python 3.13 a link to itself is an error
        return path.absolute()


def is_there(path: Path) -> bool:
    """Whether something lies there; no name is so long or so odd that it is an error."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def check_working_folder() -> None:
    """Refuse a working folder that is gone, in which libraries end the process when they load.

    Raises
    ------
    RunError
    """
    try:
        os.getcwd()
    except OSError:
        raise RunError(t("paths.gone"), t("paths.gone_back")) from None
