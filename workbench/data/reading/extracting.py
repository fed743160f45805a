"""Archives, and those within them, written into a folder: within bounds, and nowhere else."""

from __future__ import annotations

import lzma
import re
import shutil
import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from ...errors import DataError
from . import archives
from .split_names import split_of

MAX_UNPACKED = 2**31  # bytes of all that an archive, and those within it, hold
MAX_FILES = 200_000  # of them
_DEEPEST = 2  # archives within archives within an archive
_DAMAGED = (zipfile.BadZipFile, zipfile.LargeZipFile, tarfile.TarError, EOFError, zlib.error)


def unpacked(path: Path) -> Path:
    """The folder that an archive holds, in the cache; or the file, when it holds only one.

    Raises
    ------
    DataError
        If it is damaged, locked, too large, or would leave its folder.
    DownloadError
        If the cache cannot be written.
    """
    target = archives.place_of(path) / _stem(path.name)

    def fill(stage: Path) -> None:
        with open(path, "rb") as stream:
            extract(path.name, stream, stage)

    archives.keep(path, target, fill)
    return archives.inner(target)


class _TooMuch(DataError):
    """What no archive may hold, also where it lies within another one."""


class _Bounds:
    """What an archive and those within it hold so far, by number and bytes."""

    def __init__(self) -> None:
        self.files = self.bytes = 0

    def add(self, name: str, size: int) -> None:
        """Count a file; an error (DataError) where it is one too many."""
        self.files, self.bytes = self.files + 1, self.bytes + size
        if self.bytes > MAX_UNPACKED or self.files > MAX_FILES:
            raise _TooMuch(
                f"{name} unpacks to {self.bytes / 2**20:,.0f} MB or more (files: {self.files:,}); "
                f"at most {MAX_UNPACKED // 2**20:,} MB in {MAX_FILES:,} files can be unpacked.",
                "Unpack it yourself and give the path of its folder.",
            )


def extract(name: str, stream: BinaryIO, target: Path) -> None:
    """Write what an archive holds into a new folder ``target``; hidden files are left out.

    An archive within becomes a folder of its name. It stays as it is where it cannot be unpacked,
    or holds nothing to be read, and something else is there.

    Raises
    ------
    DataError
        If it is damaged, locked, too large, holds nothing to be read or would leave its folder.
    """
    bounds = _Bounds()
    _extract(name, stream, target, bounds)
    _unpack_within(target, bounds, 0)


def _unpack_within(folder: Path, bounds: _Bounds, deep: int) -> None:
    files = sorted(place for place in folder.rglob("*") if place.is_file())
    packed = [place for place in files if archives.is_archive(place)]
    left: list[DataError] = []
    for place in packed:
        if deep == _DEEPEST:
            raise _TooMuch(
                f"{place.name} lies in {deep + 1:,} archives, one in the other.",
                "Unpack it yourself and give the path of its folder.",
            )
        before = bounds.files, bounds.bytes
        target = _free(place.with_name(f"{_stem(place.name)} unpacked"))
        try:
            with open(place, "rb") as stream:
                _extract(place.name, stream, target, bounds)
            _unpack_within(target, bounds, deep + 1)
        except _TooMuch:
            raise
        except DataError as error:
            shutil.rmtree(target)
            bounds.files, bounds.bytes = before
            left.append(error)
            continue
        bounds.files, bounds.bytes = bounds.files - 1, bounds.bytes - place.stat().st_size
        place.unlink()
        _put(target, place)
    if left and len(left) == len(files):
        raise left[0]


def _put(target: Path, place: Path) -> None:
    """Put what an archive held into its place: a file alone, else a folder of the archive's name.

    A file alone stays in such a folder where only the archive's name says which split it is.
    """
    only, stem = archives.inner(target), _stem(place.name)
    goal = place.with_name(only.name)
    says_more = split_of(stem) is not None and split_of(only.name) is None
    if not only.is_file() or goal.exists() or says_more:
        only = only.parent if only.is_file() else only
        goal = place.with_name(stem)
    if not goal.exists():
        only.rename(goal)
        if only != target:
            shutil.rmtree(target)


def _stem(name: str) -> str:
    return re.sub(r"(\.tar)?\.\w+$", "", name) or "archive"


def _free(place: Path) -> Path:
    number, found = 2, place
    while found.exists():
        number, found = number + 1, place.with_name(f"{place.name} {number}")
    return found


def _extract(name: str, stream: BinaryIO, target: Path, bounds: _Bounds) -> None:
    target.mkdir()
    before = bounds.files
    try:
        if name.lower().endswith(".zip"):
            _extract_zip(name, stream, target, bounds)
        else:
            _extract_tar(name, stream, target, bounds)
    except (*_DAMAGED, lzma.LZMAError) as error:
        kind = "zip file" if name.lower().endswith(".zip") else "archive"
        raise DataError(
            f"{name} is no whole {kind}: {str(error) or type(error).__name__}.", "Pack it again."
        ) from error
    except (RuntimeError, NotImplementedError) as error:  # locked; a method that is not known
        raise DataError(
            f"{name} cannot be unpacked: {error}.", "Pack it again as a plain zip file."
        ) from error
    if bounds.files == before:
        raise DataError(
            f"{name} holds no file that can be read.", "Pack tables or texts: csv, jsonl, txt, ..."
        )


def _extract_zip(name: str, stream: BinaryIO, target: Path, bounds: _Bounds) -> None:
    with zipfile.ZipFile(stream) as archive:
        members = [m for m in archive.infolist() if not m.is_dir() and _wanted(m.filename)]
        for member in members:
            bounds.add(name, member.file_size)
        for member in members:
            with archive.open(member) as source:  # stops at the size that was told
                _write(name, member.filename, source, target)


def _extract_tar(name: str, stream: BinaryIO, target: Path, bounds: _Bounds) -> None:
    with tarfile.open(fileobj=stream, mode="r|*") as archive:
        for member in archive:  # one pass: a compressed archive is not gone through twice
            if not member.isfile() or not _wanted(member.name):
                continue
            bounds.add(name, member.size)
            source = archive.extractfile(member)
            if source is not None:
                _write(name, member.name, source, target)


def _write(name: str, inside: str, source: Any, target: Path) -> None:
    place = target / _plain_path(name, inside)
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("wb") as file:
        shutil.copyfileobj(source, file)


def _wanted(path: str) -> bool:
    no_data = PurePosixPath(path).suffix[1:].lower() in archives.NO_DATA
    return not archives.hidden(path) and (archives.is_archive(path) or not no_data)


def _plain_path(name: str, path: str) -> PurePosixPath:
    parts = PurePosixPath(path).parts
    if any(p in ("..", "/") or re.search(r"[\\:\0-\x1f]", p) or len(p) > 200 for p in parts):
        raise DataError(
            f"{name} holds {path[:80]!r}, which leads out of its folder.", "Pack it again."
        )
    return PurePosixPath(*parts)
