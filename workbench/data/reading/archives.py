"""Compressed files and archives: unpacked once into the cache, within bounds."""

from __future__ import annotations

import gzip
import hashlib
import json
import lzma
import re
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from ... import disk_cache
from ...errors import DataError, DownloadError
from ...paths import cache_dir
from .compressed import compression, decompressed
from .endings import SEVERAL, SINGLE

MAX_UNPACKED = 2**31  # bytes of all that an archive holds
MAX_FILES = 200_000  # of an archive
_DEEPEST = 2  # archives within archives within an archive
ROOM = 20_000_000_000  # bytes that the folder of what was unpacked may hold
#: A compressed file may unpack to so many bytes, or to so many times its own size.
MOST_BYTES, MOST_TIMES = 2**28, 200
#: Endings of what is no data: programs, pages, pictures.
NO_DATA = frozenset(
    "py pyc ipynb js ts css html htm sh bat exe dll so dylib jar class c h cpp java r m pl png jpg "
    "jpeg gif svg bmp ico webp pdf ps doc docx ppt pptx mp3 mp4 wav avi mov zip rar 7z tar".split()
)
_DAMAGED = (zipfile.BadZipFile, zipfile.LargeZipFile, tarfile.TarError, EOFError, zlib.error)


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
    target = _place(path) / (inner or "file")
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

    _keep(path, target, fill)
    return target


def unpacked(path: Path) -> Path:
    """The folder that an archive holds, in the cache; or the file, when it holds only one.

    Raises
    ------
    DataError
        If it is damaged, locked, too large, or would leave its folder.
    DownloadError
        If the cache cannot be written.
    """
    target = _place(path) / (re.sub(r"(\.tar)?\.\w+$", "", path.name) or "archive")

    def fill(stage: Path) -> None:
        with open(path, "rb") as stream:
            extract(path.name, stream, stage)
        _unpack_within(stage)

    _keep(path, target, fill)
    return inner(target)


def _unpack_within(folder: Path, deep: int = 0) -> None:
    """Unpack the archives within a folder, each into a folder of its name, within the bounds."""
    for place in sorted(p for p in folder.rglob("*") if p.is_file() and is_archive(p)):
        if deep == _DEEPEST:
            raise DataError(
                f"{place.name} lies in {deep + 1:,} archives, one in the other.",
                "Unpack it yourself and give the path of its folder.",
            )
        stem = re.sub(r"(\.tar)?\.\w+$", "", place.name) or "archive"
        target = place.with_name(f"{stem} unpacked")
        with open(place, "rb") as stream:
            extract(place.name, stream, target)
        place.unlink()
        _unpack_within(target, deep + 1)
        sizes = [file.stat().st_size for file in folder.rglob("*") if file.is_file()]
        _check_size(place.name, sizes)
        only = inner(target)
        if only.is_file():  # train.csv.zip holds train.csv
            goal = place.with_name(only.name)
            if not goal.exists():
                only.rename(goal)
                shutil.rmtree(target)
                continue
        if not (goal := place.with_name(stem)).exists():
            target.rename(goal)


def extract(name: str, stream: BinaryIO, target: Path) -> None:
    """Write what an archive holds into a new folder ``target``; hidden files are left out.

    Raises
    ------
    DataError
        If it is damaged, locked, too large, holds nothing to be read or would leave its folder.
    """
    target.mkdir()
    try:
        if name.lower().endswith(".zip"):
            _extract_zip(name, stream, target)
        else:
            _extract_tar(name, stream, target)
    except (*_DAMAGED, lzma.LZMAError) as error:
        kind = "zip file" if name.lower().endswith(".zip") else "archive"
        raise DataError(
            f"{name} is no whole {kind}: {str(error) or type(error).__name__}.", "Pack it again."
        ) from error
    except (RuntimeError, NotImplementedError) as error:  # locked; a method that is not known
        raise DataError(
            f"{name} cannot be unpacked: {error}.", "Pack it again as a plain zip file."
        ) from error


def _extract_zip(name: str, stream: BinaryIO, target: Path) -> None:
    with zipfile.ZipFile(stream) as archive:
        members = [m for m in archive.infolist() if not m.is_dir() and _wanted(m.filename)]
        _check_size(name, [member.file_size for member in members])
        for member in members:
            with archive.open(member) as source:  # stops at the size that was told
                _write(name, member.filename, source, target)


def _extract_tar(name: str, stream: BinaryIO, target: Path) -> None:
    with tarfile.open(fileobj=stream, mode="r|*") as archive:
        sizes: list[int] = []
        for member in archive:  # one pass: a compressed archive is not gone through twice
            if not member.isfile() or not _wanted(member.name):
                continue
            sizes.append(member.size)
            _check_size(name, sizes)
            source = archive.extractfile(member)
            if source is not None:
                _write(name, member.name, source, target)
        _check_size(name, sizes)


def _write(name: str, inside: str, source: Any, target: Path) -> None:
    place = target / _plain_path(name, inside)
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("wb") as file:
        shutil.copyfileobj(source, file)


def _check_size(name: str, sizes: list[int]) -> None:
    if not sizes:
        raise DataError(
            f"{name} holds no file that can be read.", "Pack tables or texts: csv, jsonl, txt, ..."
        )
    if sum(sizes) > MAX_UNPACKED or len(sizes) > MAX_FILES:
        raise DataError(
            f"{name} holds {len(sizes):,} files of {sum(sizes) / 2**20:,.0f} MB; at most "
            f"{MAX_FILES:,} of {MAX_UNPACKED // 2**20:,} MB can be unpacked.",
            "Unpack it yourself and give the path of its folder.",
        )


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


def _wanted(path: str) -> bool:
    known = is_archive(path) or PurePosixPath(path).suffix[1:].lower() not in NO_DATA
    return not hidden(path) and known


def _plain_path(name: str, path: str) -> PurePosixPath:
    parts = PurePosixPath(path).parts
    if any(p in ("..", "/") or re.search(r"[\\:\0-\x1f]", p) or len(p) > 200 for p in parts):
        raise DataError(
            f"{name} holds {path[:80]!r}, which leads out of its folder.", "Pack it again."
        )
    return PurePosixPath(*parts)


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


def _place(path: Path) -> Path:
    found = path.stat()
    said = json.dumps([str(path.resolve()), found.st_size, found.st_mtime_ns, found.st_ino])
    return cache_dir() / "unpacked" / hashlib.sha256(said.encode()).hexdigest()[:32]


def _keep(path: Path, target: Path, fill: Callable[[Path], None]) -> None:
    """Let ``fill`` write ``target``, whole or not at all, unless it is there whole."""

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
