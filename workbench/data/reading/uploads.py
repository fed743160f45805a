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
from pathlib import Path
from typing import BinaryIO

from ...errors import DataError, DownloadError
from ...paths import cache_dir
from .endings import READERS, SEVERAL, SINGLE

MAX_UPLOAD = 512 * 2**20  # bytes of a file
FOLDER = ".zip"
#: Endings that an upload may have.
KINDS = [*READERS, *SINGLE, *SEVERAL]


def save_upload(name: str, content: bytes | Path, folder: Path | None = None) -> Path:
    """Keep an uploaded file.

    Parameters
    ----------
    name : str
        As the browser gives it; it must be a plain file name with an ending that can be read, or
        ``.zip`` for a folder.
    content : bytes or Path
        What it holds, or the file that it came into.
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
    from . import archives
    from .user_files import within

    plain = re.fullmatch(r"[^/\\:\0\x01-\x1f]{1,200}", name)
    if plain is None or name.startswith(".") or name.strip() != name:
        raise DataError(
            f"The upload is called {name[:80]!r}, which is no plain file name.",
            "Rename it to letters, digits and an ending such as .csv.",
        )
    if archives.ending(name) not in READERS and not archives.is_archive(name):
        suffix = Path(name).suffix.lower() or "no suffix"
        raise DataError(
            f"{name} is of a kind that cannot be read ({suffix}).",
            f"Allowed: {', '.join(READERS)}, and {FOLDER} for a folder of them.",
        )
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    if not size:
        raise DataError(f"{name} is empty.", "Give a file with at least one row.")
    if size > MAX_UPLOAD:
        raise DataError(
            f"{name} has {size / 2**20:,.0f} MB; at most {MAX_UPLOAD // 2**20} MB can be "
            "uploaded.",
            "Put it where this machine can read it and give its path.",
        )
    root = cache_dir() / "uploads" if folder is None else Path(folder)
    try:
        with _opened(content) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        target = root / digest[:16] / name
        target.parent.mkdir(parents=True, exist_ok=True)
        within(target.parent, root)
        within(target, root)
        if archives.is_archive(name):
            stem = re.sub(r"(\.tar)?\.\w+$", "", name)
            return _unpacked(name, content, target.with_name(stem or "archive"))
        handle, stage = tempfile.mkstemp(dir=target.parent, suffix=".part")
        try:
            with _opened(content) as source, open(handle, "wb") as file:
                shutil.copyfileobj(source, file)
            os.replace(stage, target)
        finally:
            Path(stage).unlink(missing_ok=True)
    except OSError as error:
        raise DownloadError(
            f"The upload {name} cannot be kept: {error.strerror or error}.",
            "Make room, or set WORKBENCH_CACHE to a folder that can be written.",
        ) from error
    return target


def _opened(content: bytes | Path) -> BinaryIO:
    return io.BytesIO(content) if isinstance(content, bytes) else open(content, "rb")


def _unpacked(name: str, content: bytes | Path, target: Path) -> Path:
    """The folder that an archive holds, written whole or not at all."""
    from . import archives, extracting

    if not target.is_dir():
        stage = Path(tempfile.mkdtemp(dir=target.parent, suffix=".part"))
        try:
            with _opened(content) as stream:
                extracting.extract(name, stream, stage / "made")
            try:
                os.rename(stage / "made", target)
            except OSError:
                if not target.is_dir():  # or somebody else has unpacked it meanwhile
                    raise
        finally:
            shutil.rmtree(stage, ignore_errors=True)
    return archives.inner(target)
