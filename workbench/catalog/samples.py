"""The samples on this machine: fetch one, add one by hand, see which are there."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.atomic_files import read_json, write_json
from workbench.catalog.archives import Archive, Cancelling, Progress, extract, sha256_of
from workbench.catalog.pinned import SAMPLES, Sample
from workbench.errors import DownloadError, UnknownName, nearest
from workbench.paths import cache_dir, local_path

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger("workbench")

#: Folders whose files this process has hashed, and their state then.
_checked: dict[Path, dict] = {}

MANIFEST = ".sample.json"  # of each file its size and SHA-256
CHECKED = "checked"  # folder of the states of samples' files when they were last hashed
ABSENT = "it is not there"
WAIT = 0.2  # seconds between two looks whether a download that waits for another is still wanted


def find(name: str) -> Sample:
    """The declared sample of that name, with or without ``sample:`` in front.

    Raises
    ------
    UnknownName
        If there is none; names the nearest.
    """
    short = name.removeprefix("sample:")
    if short not in SAMPLES:
        raise UnknownName(f"There is no sample {short!r}.", nearest(short, SAMPLES))
    return SAMPLES[short]


def folder_of(sample: Sample) -> Path:
    """Where the sample's files are once fetched."""
    return cache_dir() / "samples" / sample.name


def is_cached(sample: Sample) -> bool:
    """True when every file of the sample is there, as this version of the workbench makes it.

    The files are hashed when they are first looked at and whenever one has changed; what was found
    is kept beside them, so that looking costs nothing.
    """
    return _damage(sample) == ""


def _damage(sample: Sample) -> str:
    """What is wrong with a sample's files, in a few words; "" when they are whole."""
    folder = folder_of(sample)
    checked = cache_dir() / CHECKED / f"{sample.name}.json"
    manifest = read_json(folder / MANIFEST)
    try:
        if not isinstance(manifest, dict) or manifest["made_from"] != _made_from(sample):
            return ABSENT if manifest is None and not folder.exists() else "it is another's"
        wanted = manifest["files"]
        state = {name: _state(folder / name) for name in wanted}
        for name, said in wanted.items():
            if state[name][0] != (said if isinstance(said, int) else said[0]):
                return f"{name} has another size"
        if _checked.get(folder) == state or read_json(checked) == state:
            return ""
        hashes = {name: sha256_of(folder / name) for name in wanted}
        for name, said in wanted.items():
            if not isinstance(said, int) and said[1] != hashes[name]:
                return f"{name} has changed"
        if any(isinstance(said, int) for said in wanted.values()):  # of an earlier version
            manifest["files"] = {name: [state[name][0], hashes[name]] for name in wanted}
            _kept(folder / MANIFEST, manifest)
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
        return "a file is missing or cannot be read"
    _checked[folder] = state
    _kept(checked, state)
    return ""


def _state(path: Path) -> list[int]:
    """Changes whenever the file does, even when its time of change is set back."""
    found = path.stat()
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns]


def _kept(path: Path, value: Any) -> None:
    with contextlib.suppress(OSError):  # a cache that cannot be written is looked at again
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, value)


def download_size(name: str) -> int:
    """Bytes that :func:`fetch` would still have to fetch; 0 when the sample is here.

    Raises
    ------
    UnknownName
        If there is no such sample.
    """
    sample = find(name)
    if is_cached(sample):
        return 0
    part = cache_dir() / "archives" / (sample.archive.filename + ".part")
    try:
        have = part.stat().st_size if part.is_file() else 0
    except OSError:
        have = 0
    return sample.archive.size - have if have <= sample.archive.size else sample.archive.size


def fetch(
    name: str, *, progress: Progress | None = None, cancelled: Cancelling | None = None
) -> Path:
    """Folder of a sample's files, fetched when they are not here yet.

    Safe to call from several processes at once: one downloads, the others wait and find it done.

    Parameters
    ----------
    name : str
        ``"minilm-l6"`` or ``"sample:minilm-l6"``.
    progress : callable, optional
        Called with the archive's file name, bytes so far, bytes of the whole.
    cancelled : callable, optional
        Asked at every block: true stops the download, and what came so far is kept.

    Returns
    -------
    Path
        For a model a folder with ``config.json``, ``model.safetensors`` and a tokenizer; for a
        dataset the files that its reader knows.

    Raises
    ------
    UnknownName
        If there is no such sample.
    DownloadError
        If it cannot be fetched (the remedy says what to fetch and how to add it by hand), is not
        what was pinned, or the cache cannot be written.
    Cancelled
        If ``cancelled`` answered true.
    """
    sample = find(name)
    damage = _damage(sample)
    if not damage:
        return folder_of(sample)
    from workbench.catalog.downloads import download

    with _exclusive(sample.archive, cancelled):
        if damage := _damage(sample):
            try:
                file = download(
                    sample.archive, cache_dir() / "archives", progress=progress, cancelled=cancelled
                )
            except DownloadError as error:
                if damage != ABSENT:
                    error.message = (
                        f"sample:{sample.name} in the cache is damaged ({damage}) and has to be "
                        f"fetched again: {error.message}"
                    )
                raise
            if damage != ABSENT:
                log.warning(
                    "sample:%s in the cache was damaged (%s): it was fetched again.",
                    sample.name, damage,
                )  # fmt: skip
            _unpack(file, sample.archive, wanted=sample)
            file.unlink(missing_ok=True)
    return folder_of(sample)


def add(file: str | Path) -> list[str]:
    """Accept an archive that was brought here by hand; the file itself is left alone.

    Returns
    -------
    list of str
        The samples that it made available.

    Raises
    ------
    DownloadError
        If there is no such file, or its hash is none of the pinned ones.
    """
    path = local_path(file)
    if not path.is_file():
        raise DownloadError(f"There is no file {str(path)!r}.", "Give the path of the archive.")
    found = sha256_of(path)
    archive = next((s.archive for s in SAMPLES.values() if s.archive.sha256 == found), None)
    if archive is None:
        known = sorted({s.archive.filename for s in SAMPLES.values()})
        same = next((s.archive for s in SAMPLES.values() if s.archive.filename == path.name), None)
        raise DownloadError(
            f"{path.name} has sha256 {found}, which is none of the pinned archives: "
            "it is refused and nothing was extracted.",
            f"Wanted for {same.filename}: sha256 {same.sha256}."
            if same
            else f"Known archives: {', '.join(known)}.",
        )
    with _exclusive(archive):
        _unpack(path, archive, filename=archive.filename)
    return [s.name for s in SAMPLES.values() if s.archive == archive]


def status() -> pd.DataFrame:
    """Every sample and whether it is on this machine.

    Returns
    -------
    pandas.DataFrame
        ``name``, ``kind`` ("model" or "dataset"), ``cached`` (bool), ``size_mb`` (megabytes to
        fetch; archives are shared between samples), ``licence``, ``source``, ``caveat``.
    """
    import pandas as pd

    rows = [
        {
            "name": sample.name,
            "kind": sample.kind,
            "cached": is_cached(sample),
            "size_mb": round(sample.archive.size / 1e6, 1),
            "licence": sample.licence,
            "source": sample.source,
            "caveat": sample.caveat,
        }
        for sample in SAMPLES.values()
    ]
    columns = ["name", "kind", "cached", "size_mb", "licence", "source", "caveat"]
    return pd.DataFrame(rows, columns=columns)


def _made_from(sample: Sample) -> str:
    """Changes with the archive, the members or the conversion: then the folder is made anew."""
    recipe = [sample.archive.sha256, sorted(sample.members.items()), sample.convert]
    return hashlib.sha256(json.dumps(recipe).encode()).hexdigest()


@contextlib.contextmanager
def _exclusive(archive: Archive, cancelled: Cancelling | None = None) -> Iterator[None]:
    """Hold the archive's lock; the system gives it back when the process dies."""
    from filelock import FileLock, Timeout

    from workbench.catalog.downloads import stop_if

    locks = cache_dir() / "locks"
    try:
        locks.mkdir(parents=True, exist_ok=True)
        lock, held = FileLock(locks / f"{archive.sha256[:16]}.lock"), None
        while held is None:
            stop_if(cancelled, archive.filename)
            with contextlib.suppress(Timeout):  # another process downloads it
                held = lock.acquire(timeout=-1 if cancelled is None else WAIT)
        with held:
            yield
    except OSError as error:
        raise DownloadError(
            f"The cache folder {cache_dir()} cannot be written: {error.strerror or error}.",
            "Make room, or set WORKBENCH_CACHE to a folder that can be written.",
        ) from error


def _unpack(
    file: Path, archive: Archive, *, wanted: Sample | None = None, filename: str | None = None
) -> None:
    """Make the folder of every sample in a checked archive: in a stage, then renamed.

    A conversion is done for the wanted sample only (for all when none is named).
    """
    for sample in SAMPLES.values():
        needed = wanted is None or sample is wanted or not sample.convert
        if sample.archive != archive or not needed or is_cached(sample):
            continue
        target = folder_of(sample)
        target.parent.mkdir(parents=True, exist_ok=True)
        prefix = f".stage-{sample.name}-"
        for left in target.parent.glob(prefix + "*"):  # of a process that was killed
            shutil.rmtree(left, ignore_errors=True)
        stage = Path(tempfile.mkdtemp(prefix=prefix, dir=target.parent))
        try:
            made = stage / "made"
            made.mkdir()
            if sample.convert:
                raw = stage / "raw"
                extract(file, sample.members, raw, filename=filename)
                _convert(sample.convert, raw, made)
            else:
                extract(file, sample.members, made, filename=filename)
            files = {
                str(path.relative_to(made)): [path.stat().st_size, sha256_of(path)]
                for path in sorted(made.rglob("*"))
                if path.is_file()
            }
            manifest = {
                "name": sample.name,
                "archive": archive.pin,
                "sha256": archive.sha256,
                "made_from": _made_from(sample),
                "files": files,
            }
            (made / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
            if target.exists():
                target.rename(stage / "old")
            made.rename(target)
            is_cached(sample)  # hashed once more, as the disk gives it back
        finally:
            shutil.rmtree(stage, ignore_errors=True)


def _convert(name: str, raw: Path, made: Path) -> None:
    from workbench.catalog import convert

    getattr(convert, name)(raw, made)
