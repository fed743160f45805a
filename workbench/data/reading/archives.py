"""Compressed files, unpacked once into the cache, within bounds; how archives are called."""

from __future__ import annotations

import gzip
import hashlib
import json
import lzma
import re
import zlib
from collections.abc import Callable
from pathlib import Path

from ... import disk_cache
from ...errors import DataError, DownloadError
from ...paths import cache_dir
from .compressed import compression, decompressed
from .endings import SEVERAL, SINGLE

_FORMAT = 2  # another number when archives are unpacked in another way
ROOM = 20_000_000_000  # bytes that the folder of what was unpacked may hold
#: A compressed file may unpack to so many bytes, or to so many times its own size.
MOST_BYTES, MOST_TIMES = 2**28, 200
#: Endings of what is no data: programs, pages, pictures.
NO_DATA = frozenset(
    "py pyc ipynb js ts css html htm sh bat exe dll so dylib jar class c h cpp java r m pl png jpg "
    "jpeg gif svg bmp ico webp pdf ps doc docx ppt pptx mp3 mp4 wav avi mov zip rar 7z tar".split()
)


def ending(path: Path | str) -> str:
    """The ending of what a file holds: that before the ending of a compressed one.

    Examples
    --------
    >>> ending("a/reviews.CSV.gz"), ending("reviews.csv"), ending("reviews.gz")
    ('.csv', '.csv', '')
    """
    name = Path(path).name.lower()
    for one in (*SINGLE, ".zip"):
        if name.endswith(one):
            name = name.removesuffix(one)
            break
    return Path(name).suffix


def is_archive(path: Path | str) -> bool:
    """Whether a file is called like one that holds several others."""
    return Path(path).name.lower().endswith(SEVERAL)


def plain(path: Path) -> Path:
    """The file itself, or what a compressed one holds, in the cache.

    Parameters
    ----------
    path : Path
        Its first bytes decide whether it is compressed; gzip, bzip2, xz, zstandard and lz4.

    Raises
    ------
    DataError
        If it is damaged, or unpacks to far more than a text could.
    DownloadError
        If the cache cannot be written.
    """
    how = compression(path)
    if how is None:
        return path
    inner = path.name[: -len(how)] if path.name.lower().endswith(how) else path.name
    target = place_of(path) / (inner or "file")
    most = max(MOST_BYTES, MOST_TIMES * path.stat().st_size)

    def fill(stage: Path) -> None:
        size = 0
        with decompressed(path, how) as source, open(stage, "wb") as file:
            while chunk := source.read(2**20):
                size += len(chunk)
                if size > most:
                    raise DataError(
                        f"{path} unpacks to more than {most / 2**20:,.0f} MB.",
                        "Unpack it yourself if it is what it should be, and give that file.",
                    )
                file.write(chunk)

    keep(path, target, fill)
    return target


def hidden(path: str) -> bool:
    """Whether it is one of those that a system adds (``__MACOSX``, ``.DS_Store``, ``._a.txt``).

    Examples
    --------
    >>> hidden("a/b.txt"), hidden("a/._b.txt"), hidden("__MACOSX/b.txt"), hidden("Thumbs.db")
    (False, True, True, True)
    """
    parts = path.split("/")
    if parts[-1].lower() in ("thumbs.db", "desktop.ini"):
        return True
    return any(part == "__MACOSX" or re.match(r"\.[^.]", part) for part in parts)


def inner(folder: Path) -> Path:
    """The folder itself, or the only one in it, as packing a folder gives it; or the only file."""
    while True:
        entries = list(folder.iterdir())
        if len(entries) != 1:
            return folder
        if entries[0].is_file():
            return entries[0]
        inside = list(entries[0].iterdir())
        if all(e.is_file() and e.suffix.lower() in (".txt", "") for e in inside):
            return folder  # the only class
        folder = entries[0]


def place_of(path: Path) -> Path:
    """Where what a file holds is kept in the cache: another place when the file changes."""
    found = path.stat()
    state = found.st_size, found.st_mtime_ns, found.st_ino
    said = json.dumps([str(path.resolve()), *state, _FORMAT])
    return cache_dir() / "unpacked" / hashlib.sha256(said.encode()).hexdigest()[:32]


def keep(path: Path, target: Path, fill: Callable[[Path], None]) -> None:
    """Let ``fill`` write ``target``, whole or not at all, unless it is there whole.

    Raises
    ------
    DataError
        If what ``path`` holds is damaged.
    DownloadError
        If the cache cannot be written.
    """

    def named(stage: Path) -> str:
        fill(stage / target.name)
        return target.name

    try:
        if disk_cache.read_about(target.parent) is None:
            disk_cache.keep(target.parent, named, room=ROOM)
    except OSError as error:
        if isinstance(error, gzip.BadGzipFile) or error.errno is None:
            raise _damaged(path, error) from error
        raise DownloadError(
            f"The cache folder {target.parent.parent} cannot be used: {error.strerror or error}.",
            "Make room, or set WORKBENCH_CACHE to a folder that can be written.",
        ) from error
    except (EOFError, zlib.error, lzma.LZMAError) as error:
        raise _damaged(path, error) from error
    if not target.exists():
        raise DataError(f"{path} could not be unpacked.", "Try again.")


def _damaged(path: Path, error: Exception) -> DataError:
    said = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
    return DataError(f"{path} cannot be unpacked: {said}.", "Fetch it or pack it again.")
