"""The folders of samples, made of an archive that was checked: all files or none."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from workbench.catalog.downloads import turns
from workbench.catalog.downloads.archives import Archive, Cancelling, extract, sha256_of
from workbench.catalog.downloads.turns import writing_cache
from workbench.catalog.samples import pinned
from workbench.catalog.samples.pinned import Sample
from workbench.catalog.samples.wholeness import MANIFEST, folder_of, is_cached, made_from


@contextlib.contextmanager
def exclusive(archive: Archive, cancelled: Cancelling | None = None) -> Iterator[None]:
    """Hold the archive's lock while its samples are made in the cache."""
    with writing_cache(), turns.exclusive(archive.sha256[:16], archive.filename, cancelled):
        yield


def unpack(
    file: Path, archive: Archive, *, wanted: Sample | None = None, filename: str | None = None
) -> None:
    """Make the folder of every sample in a checked archive: in a stage, then renamed.

    A conversion is done for the wanted sample only (for all when none is named).
    """
    for sample in pinned.SAMPLES.values():
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
                "made_from": made_from(sample),
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
    from workbench.catalog.samples import convert

    getattr(convert, name)(raw, made)
