"""Folders of the cache that are there whole or not at all, prove it, and go by last use.

Each holds beside its files ``about.json``, written last: its own name, the size and the checksum
of every file, and what was said of it. A folder that is cut, altered, emptied or another's is no
entry: it is thrown away and made anew, and that is told; nobody's data is blamed for it.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import shutil
import tempfile
import time
import uuid
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .atomic_files import read_json, write_json

log = logging.getLogger("workbench")

ABOUT = "about.json"
LEFT_OVER = 24 * 3600.0  # seconds after which the half of a folder belongs to nobody
_STAGE = ".part-"
_TRIES = 20  # of putting a folder where others come and go
_TAKEN = {errno.ENOTEMPTY, errno.EEXIST, errno.EACCES, errno.EPERM, errno.ENOTDIR}

#: What this process has proved whole: folder to the state of its files.
_proved: dict[Path, list[tuple]] = {}


def read_about(folder: Path, notes: list[str] | None = None) -> Any:
    """What was said of a kept folder, which counts as used now; ``None`` when it is not there.

    Its files are read through once a process. What is there and not whole is thrown away.

    Parameters
    ----------
    folder : Path
    notes : list of str, optional
        Gets a sentence when a damaged folder was thrown away; without a list it is logged.
    """
    if not os.path.lexists(folder):
        return None
    about = _whole(folder) or _whole(folder)  # once more: it may have been put anew meanwhile
    if about is None:
        if not os.path.lexists(folder):  # another process threw it out meanwhile: no damage
            return None
        earlier = _of_earlier(folder)
        _discard(folder)
        said = f"The prepared data in {folder} were damaged; they are made anew."
        if earlier:
            log.info("%s was made by an earlier version and is made anew.", folder)
        elif notes is None:
            log.warning(said)
        else:
            notes.append(said)
        return None
    with contextlib.suppress(OSError):  # a cache that cannot be written is read all the same
        os.utime(folder)
    return about["about"]


def is_whole(folder: Path) -> bool:
    """Whether a kept folder is there and every word that it says of itself is true."""
    return _whole(folder) is not None


def keep(folder: Path, fill: Callable[[Path], Any], *, room: int) -> None:
    """Write a folder whole or not at all, then throw out what was used longest ago.

    Parameters
    ----------
    folder : Path
        Stays as it is where a process that was quicker has made it.
    fill : callable
        Takes the Path to write files into, and returns what is to be said of them: a JSON value.
    room : int
        Bytes that the folders beside it and this one may hold.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=_STAGE, dir=folder.parent))
    try:
        about = fill(stage)
        paths = sorted(path for path in stage.rglob("*") if path.is_file())
        files = {path.relative_to(stage).as_posix(): _sum(path) for path in paths}
        write_json(stage / ABOUT, {"name": folder.name, "files": files, "about": about})
        state = _state(stage, files)
        if _moved(stage, folder):
            _proved[folder] = state
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    _prune(folder, room)


def size_of(folder: Path) -> int:
    """Bytes of all files under a folder, 0 where there is none; what vanishes meanwhile is 0."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(root, name)).st_size
    return total


def _moved(stage: Path, folder: Path) -> bool:
    """Put the folder in its place; false where another process was quicker.

    A full place may be empty a moment later, when somebody throws out what was there: then it is
    tried again.
    """
    for left in reversed(range(_TRIES)):
        if os.path.lexists(folder):
            return False
        try:
            os.replace(stage, folder)
            return True
        except OSError as error:
            if error.errno not in _TAKEN or not left:
                raise
    return False


def _whole(folder: Path) -> dict | None:
    """What the folder says of itself, when every word of it is true."""
    try:
        about = read_json(folder / ABOUT)
        files = about["files"]
        if about["name"] != folder.name or about["about"] is None:
            return None
        state = _state(folder, files)
        if _proved.get(folder) != state:
            if any(_sum(folder / name) != list(said) for name, said in files.items()):
                return None
            _proved[folder] = state
        return about
    except (OSError, KeyError, TypeError, AttributeError, ValueError):
        return None


def _of_earlier(folder: Path) -> bool:
    """Whether an earlier version made it, which kept no checksums."""
    with contextlib.suppress(OSError):
        if not (folder / ABOUT).exists():
            return folder.is_dir() and any(folder.iterdir())
        said = read_json(folder / ABOUT)
        return isinstance(said, (dict, list)) and bool(said) and "name" not in said
    return False


def _state(folder: Path, files: dict) -> list[tuple]:
    """Changes whenever one of the files does, short of a fault of the disk."""
    found = [(name, os.stat(folder / name)) for name in sorted(files)]
    return [(name, f.st_size, f.st_mtime_ns, f.st_ctime_ns, f.st_ino) for name, f in found]


def _sum(path: Path) -> list[int]:
    """Size and checksum of a file: against damage, not against an adversary."""
    size = total = 0
    with open(path, "rb") as file:
        while block := file.read(2**20):
            size, total = size + len(block), zlib.crc32(block, total)
    return [size, total]


def _discard(path: Path) -> None:
    """Throw away what lies there, in one step for those who look at the same time."""
    _proved.pop(path, None)
    aside = path.with_name(f"{_STAGE}{os.getpid()}-{uuid.uuid4().hex}")
    with contextlib.suppress(OSError):
        os.replace(path, aside)
        if aside.is_dir() and not aside.is_symlink():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.unlink()


def _prune(newest: Path, room: int) -> None:
    used: list[tuple[float, Path, int]] = []
    with contextlib.suppress(OSError):
        for path in newest.parent.iterdir():
            with contextlib.suppress(OSError):  # another process threw it out meanwhile
                changed = path.stat().st_mtime
                if path.name.startswith(_STAGE):
                    if time.time() - changed > LEFT_OVER:
                        shutil.rmtree(path, ignore_errors=True)
                elif path != newest and (path / ABOUT).is_file():
                    used.append((changed, path, size_of(path)))
    left = sum(size for *_, size in used) + size_of(newest)
    for _, path, size in sorted(used):
        if left <= room:
            break
        _discard(path)
        left -= size
