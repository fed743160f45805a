"""Data sets of the hub: which files one configuration has, and fetching just those."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.catalog.downloads.archives import Cancelling, Progress
from workbench.catalog.hub import files as hub_files
from workbench.catalog.hub.client import Watch, watched
from workbench.catalog.hub.problems import root_trouble, storing_or_hub, transient
from workbench.errors import WorkbenchError
from workbench.reference import Reference

if TYPE_CHECKING:
    from datasets import DatasetBuilder


def dataset_size(name: Reference) -> int | None:
    """Bytes of a hub dataset that are still to be fetched.

    Returns
    -------
    int or None
        0 when it is prepared already, or all its files are here; None when that cannot be found
        out: the hub cannot be asked, or does not say how large a file is.
    """
    try:
        with watched(Watch(_what(name))):
            sizes, commit = _files(name)
            return hub_files.total(
                hub_files.missing(name.repo, sizes, kind="dataset", commit=commit).values()
            )
    except WorkbenchError:
        raise
    except Exception as error:
        trouble = root_trouble(error)
        if transient(trouble):
            return None
        raise storing_or_hub(trouble, _said(name), "dataset") from error


def fetch_dataset(
    name: Reference, *, progress: Progress | None = None, cancelled: Cancelling | None = None
) -> None:
    """Fetch the files of a hub dataset into the hub's cache, where loading finds them.

    Raises
    ------
    UnknownName
        If there is no such dataset, revision or configuration.
    DownloadError
        If it cannot be fetched.
    Cancelled
        If ``cancelled`` answered true; files that came whole are kept.
    """
    watch = Watch(_what(name), cancelled)
    try:
        with watched(watch):
            sizes, commit = _files(name)
            left = hub_files.missing(name.repo, sizes, kind="dataset", commit=commit)
            count = hub_files.Counter(name.repo, left, progress)
            hub_files.fetch_files(
                name.repo, left, commit=commit, watch=watch, count=count, kind="dataset"
            )
    except WorkbenchError:
        raise
    except Exception as error:
        raise storing_or_hub(root_trouble(error), _said(name), "dataset") from error


def _files(name: Reference) -> tuple[dict[str, int | None], str]:
    """Sizes of the data files of a configuration, and the commit; none when it is prepared."""
    import datasets as hf
    from huggingface_hub import HfApi

    info = HfApi().dataset_info(name.repo, revision=name.revision, files_metadata=True)
    builder = hf.load_dataset_builder(name.repo, name.config, revision=info.sha)
    if _prepared(builder):
        return {}, info.sha
    sizes = hub_files.sizes_of(info)
    before = f"@{info.sha}/"
    files = [
        str(file).partition(before)[2]
        for split in (builder.config.data_files or {}).values()
        for file in split
    ]
    return {file: sizes.get(file) for file in files if file}, info.sha


def _prepared(builder: DatasetBuilder) -> bool:
    folder: Any = builder.cache_dir
    return bool(folder) and (Path(folder) / "dataset_info.json").is_file()


def _said(name: Reference) -> str:
    revision = f"@{name.revision}" if name.revision else ""
    return f"hub:{name.repo}{revision}" + (f":{name.config}" if name.config else "")


def _what(name: Reference) -> str:
    return f"the dataset {_said(name)}"
