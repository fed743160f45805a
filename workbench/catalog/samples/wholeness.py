"""Whether a sample's files are here and whole: hashed once, and again whenever one has changed."""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any

from workbench.atomic_files import read_json, write_json
from workbench.catalog.downloads.archives import sha256_of
from workbench.catalog.samples.pinned import Sample
from workbench.paths import cache_dir

#: Folders whose files this process has hashed, and their state then.
_checked: dict[Path, dict] = {}

MANIFEST = ".sample.json"  # of each file its size and SHA-256
CHECKED = "checked"  # folder of the states of samples' files when they were last hashed
ABSENT = "it is not there"


def folder_of(sample: Sample) -> Path:
    """Where the sample's files are once fetched."""
    return cache_dir() / "samples" / sample.name


def is_cached(sample: Sample) -> bool:
    """True when every file of the sample is there, as this version of the workbench makes it.

    The files are hashed when they are first looked at and whenever one has changed; what was found
    is kept beside them, so that looking costs nothing.
    """
    return damage_of(sample) == ""


def damage_of(sample: Sample) -> str:
    """What is wrong with a sample's files, in a few words; "" when they are whole."""
    folder = folder_of(sample)
    checked = cache_dir() / CHECKED / f"{sample.name}.json"
    manifest = read_json(folder / MANIFEST)
    try:
        if not isinstance(manifest, dict) or manifest["made_from"] != made_from(sample):
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


def made_from(sample: Sample) -> str:
    """Changes with the archive, the members or the conversion: then the folder is made anew."""
    recipe = [sample.archive.sha256, sorted(sample.members.items()), sample.convert]
    return hashlib.sha256(json.dumps(recipe).encode()).hexdigest()
