"""Files that come over an upload button: kept in one folder, under harmless names.

A folder (files named after splits, or a sub-folder a class) comes as one zip file.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from ..errors import DataError, DownloadError
from ..paths import cache_dir
from .files import READERS, within

MAX_UPLOAD = 512 * 2**20  # bytes of a file
MAX_UNPACKED = 4 * MAX_UPLOAD  # bytes of all that a zip file holds
MAX_FILES = 200_000  # of a zip file
FOLDER = ".zip"


def save_upload(name: str, content: bytes, folder: Path | None = None) -> Path:
    """Keep an uploaded file.

    Parameters
    ----------
    name : str
        As the browser gives it; it must be a plain file name with an ending that can be read, or
        ``.zip`` for a folder.
    content : bytes
    folder : Path, optional
        Where uploads lie; by default in the cache. Each content has a sub-folder of its own, so
        that nothing is overwritten and a recipe goes on to mean the same file.

    Returns
    -------
    Path
        The file; of a zip file the folder that it holds.

    Raises
    ------
    DataError
        If the name leads elsewhere or has another ending, the file is empty or too large, or a
        zip file is damaged, locked, holds nothing to be read or would leave its folder.
    DownloadError
        If the folder cannot be written.
    """
    plain = re.fullmatch(r"[^/\\:\0\x01-\x1f]{1,200}", name)
    if plain is None or name.startswith(".") or name.strip() != name:
        raise DataError(
            f"The upload is called {name[:80]!r}, which is no plain file name.",
            "Rename it to letters, digits and an ending such as .csv.",
        )
    suffix = Path(name).suffix.lower()
    if suffix not in READERS and suffix != FOLDER:
        raise DataError(
            f"{name} is of a kind that cannot be read ({suffix or 'no suffix'}).",
            f"Allowed: {', '.join(READERS)}, and {FOLDER} for a folder of them.",
        )
    if not content:
        raise DataError(f"{name} is empty.", "Give a file with at least one row.")
    if len(content) > MAX_UPLOAD:
        raise DataError(
            f"{name} has {len(content) / 2**20:,.0f} MB; at most {MAX_UPLOAD // 2**20} MB can be "
            "uploaded.",
            "Put it where this machine can read it and give its path.",
        )
    root = cache_dir() / "uploads" if folder is None else Path(folder)
    target = root / hashlib.sha256(content).hexdigest()[:16] / name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        within(target.parent, root)
        within(target, root)
        if suffix == FOLDER:
            return _unpacked(name, content, target.with_suffix(""))
        handle, stage = tempfile.mkstemp(dir=target.parent, suffix=".part")
        try:
            with open(handle, "wb") as file:
                file.write(content)
            os.replace(stage, target)
        finally:
            Path(stage).unlink(missing_ok=True)
    except OSError as error:
        raise DownloadError(
            f"The upload {name} cannot be kept: {error.strerror or error}.",
            "Make room, or set WORKBENCH_CACHE to a folder that can be written.",
        ) from error
    return target


def _unpacked(name: str, content: bytes, target: Path) -> Path:
    """The folder that a zip file holds, written whole or not at all."""
    if target.is_dir():
        return _inner(target)
    stage = Path(tempfile.mkdtemp(dir=target.parent, suffix=".part"))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in _wanted(name, archive):
                place = stage / _plain_path(name, member.filename)
                place.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as source, place.open("wb") as file:
                    shutil.copyfileobj(source, file)  # stops at the size that was told
        os.rename(stage, target)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, zlib.error) as error:
        raise DataError(
            f"{name} is no whole zip file: {str(error) or type(error).__name__}.", "Pack it again."
        ) from error
    except (RuntimeError, NotImplementedError) as error:  # locked; a method that is not known
        raise DataError(
            f"{name} cannot be unpacked: {error}.", "Pack it again as a plain zip file."
        ) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return _inner(target)


def _wanted(name: str, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Members that can be read, once their number and their sizes are allowed."""
    members = [m for m in archive.infolist() if not m.is_dir()]
    members = [m for m in members if Path(m.filename).suffix.lower() in READERS]
    members = [m for m in members if not _hidden(m.filename)]
    if not members:
        raise DataError(
            f"{name} holds no file that can be read.", f"Allowed: {', '.join(READERS)}."
        )
    size = sum(member.file_size for member in members)
    if size > MAX_UNPACKED or len(members) > MAX_FILES:
        raise DataError(
            f"{name} holds {len(members):,} files of {size / 2**20:,.0f} MB; at most "
            f"{MAX_FILES:,} of {MAX_UNPACKED // 2**20:,} MB can be unpacked.",
            "Put the folder where this machine can read it and give its path.",
        )
    return members


def _hidden(path: str) -> bool:
    """Whether it is one of those that a system adds (``__MACOSX``, ``.DS_Store``)."""
    return any(part == "__MACOSX" or re.match(r"\.[^.]", part) for part in path.split("/"))


def _plain_path(name: str, path: str) -> PurePosixPath:
    parts = PurePosixPath(path).parts
    if any(p in ("..", "/") or re.search(r"[\\:\0-\x1f]", p) or len(p) > 200 for p in parts):
        raise DataError(
            f"{name} holds {path[:80]!r}, which leads out of its folder.", "Pack it again."
        )
    return PurePosixPath(*parts)


def _inner(folder: Path) -> Path:
    """The folder itself, or the only one in it, as packing a folder gives it."""
    while True:
        entries = list(folder.iterdir())
        if len(entries) != 1:
            return folder
        if entries[0].is_file():
            return entries[0]
        inside = list(entries[0].iterdir())
        if all(e.is_file() and e.suffix.lower() == ".txt" for e in inside):
            return folder  # the only class
        folder = entries[0]
