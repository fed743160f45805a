"""The samples on this machine: fetch one, add one by hand, see which are there."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.catalog.downloads.archives import Cancelling, Progress, sha256_of
from workbench.catalog.samples import pinned
from workbench.catalog.samples.making import exclusive, unpack
from workbench.catalog.samples.pinned import Sample
from workbench.catalog.samples.wholeness import ABSENT, damage_of, folder_of, is_cached
from workbench.errors import DownloadError, UnknownName, nearest
from workbench.paths import cache_dir, local_path

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger("workbench")


def find(name: str) -> Sample:
    """The declared sample of that name, with or without ``sample:`` in front.

    Raises
    ------
    UnknownName
        If there is none; names the nearest.
    """
    short = name.removeprefix("sample:")
    if short not in pinned.SAMPLES:
        raise UnknownName(f"There is no sample {short!r}.", nearest(short, pinned.SAMPLES))
    return pinned.SAMPLES[short]


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
    damage = damage_of(sample)
    if not damage:
        return folder_of(sample)
    from workbench.catalog.downloads.downloading import download

    with exclusive(sample.archive, cancelled):
        if damage := damage_of(sample):
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
            unpack(file, sample.archive, wanted=sample)
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
    if not os.path.isfile(path):
        raise DownloadError(f"There is no file {str(path)!r}.", "Give the path of the archive.")
    found = sha256_of(path)
    archive = next((s.archive for s in pinned.SAMPLES.values() if s.archive.sha256 == found), None)
    if archive is None:
        archives = [s.archive for s in pinned.SAMPLES.values()]
        known = sorted({a.filename for a in archives})
        same = next((a for a in archives if a.filename == path.name), None)
        raise DownloadError(
            f"{path.name} has sha256 {found}, which is none of the pinned archives: "
            "it is refused and nothing was extracted.",
            f"Wanted for {same.filename}: sha256 {same.sha256}."
            if same
            else f"Known archives: {', '.join(known)}.",
        )
    with exclusive(archive):
        unpack(path, archive, filename=archive.filename)
    return [s.name for s in pinned.SAMPLES.values() if s.archive == archive]


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
        for sample in pinned.SAMPLES.values()
    ]
    columns = ["name", "kind", "cached", "size_mb", "licence", "source", "caveat"]
    return pd.DataFrame(rows, columns=columns)


