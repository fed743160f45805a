"""Checked and split examples of a large file, kept on disk under the file's content and the recipe.

Reading a million rows, making class names of their labels, looking for empty texts and splitting
takes seconds; what comes out is the same as long as the file and the settings are. The key is a
hash of both, so an edited file can never meet old examples.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .. import disk_cache
from ..paths import cache_dir, local_path
from .examples import Examples

if TYPE_CHECKING:
    import pandas as pd

    from ..recipe import Recipe

log = logging.getLogger("workbench")

WORTH = 8 * 2**20  # bytes of a file; a smaller one is read in less than a second
ROOM = 4_000_000_000  # bytes that the folder may hold
_VANISHED = (OSError, KeyError, TypeError, ValueError)  # thrown out by another process meanwhile
_FORMAT = 9  # another number when examples are made in another way


def remembered(recipe: Recipe, load: Callable[[Recipe], Examples]) -> Examples:
    """What ``load(recipe)`` returns, from disk where the same was loaded before.

    Only the examples of a single file of :data:`WORTH` bytes or more are kept, and only where
    every column is text or numbers.
    """
    path = local_path(recipe.dataset)
    if recipe.corrections or not path.is_file() or path.stat().st_size < WORTH:
        return load(recipe)
    before = _state(path)
    folder = cache_dir() / "examples" / _key(path, recipe)
    damaged: list[str] = []
    if (about := disk_cache.read_about(folder, damaged)) is not None:
        with contextlib.suppress(*_VANISHED):
            return _read(folder, about)
    examples = load(recipe)
    if _state(path) == before and all(map(_is_plain, examples.splits.values())):
        try:
            _keep(folder, examples)
        except OSError as error:  # without it the next time takes as long as this one
            log.warning("Examples could not be kept in %s: %s", folder, error)
    return dataclasses.replace(examples, notes=[*examples.notes, *damaged])


def _state(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino


def _key(path: Path, recipe: Recipe) -> str:
    import datasets
    import pandas as pd

    from .. import __version__

    deciding = {f.name for f in dataclasses.fields(recipe) if f.metadata["scope"] == "examples"}
    settings = {name: value for name, value in recipe.to_dict().items() if name in deciding}
    about = [_FORMAT, settings, path.suffix, __version__, pd.__version__, datasets.__version__]
    digest = hashlib.blake2b(json.dumps(about, sort_keys=True).encode(), digest_size=20)
    with path.open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()


def _is_plain(frame: pd.DataFrame) -> bool:
    from pandas.api import types

    return all(
        types.is_numeric_dtype(frame[name]) or types.infer_dtype(frame[name]) == "string"
        for name in frame.columns
    )


def _keep(folder: Path, examples: Examples) -> None:
    import pyarrow as pa
    from pyarrow import feather

    def fill(stage: Path) -> dict:
        for split, frame in examples.splits.items():
            table = pa.Table.from_pandas(frame, preserve_index=False)
            feather.write_feather(table, stage / f"{split}.arrow", compression="uncompressed")
        about = {f.name: getattr(examples, f.name) for f in dataclasses.fields(examples)}
        about["splits"] = {
            split: {name: str(kind) for name, kind in frame.dtypes.items()}
            for split, frame in examples.splits.items()
        }
        return about

    disk_cache.keep(folder, fill, room=ROOM)


def _read(folder: Path, about: dict) -> Examples:
    from pyarrow import feather

    splits = {}
    for split, kinds in about.pop("splits").items():
        frame = feather.read_table(folder / f"{split}.arrow", memory_map=True).to_pandas()
        unlike = {name: kind for name, kind in kinds.items() if str(frame[name].dtype) != kind}
        splits[split] = frame.astype(unlike) if unlike else frame
    return Examples(splits=splits, **about)
