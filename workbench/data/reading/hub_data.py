"""Data sets of the hub: fetched at one commit, or from the client's cache where it is away."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.catalog.hub.client import Watch, watched
from workbench.catalog.hub.problems import (
    is_network,
    root_trouble,
    storing_or_hub,
    tell_copy,
    transient,
)
from workbench.data.reading.reports import FileReport
from workbench.errors import DataError, DownloadError, UnknownName, WorkbenchError
from workbench.reference import Reference

if TYPE_CHECKING:
    import datasets

GATED = "Accept its terms on its page, then log in once with `hf auth login`."


def load_hub(name: Reference, reports: list[FileReport]) -> datasets.DatasetDict:
    """The splits of a data set of the hub; a note in ``reports`` where a copy had to do.

    Raises
    ------
    UnknownName
        If there is no such data set, revision or configuration.
    DataError
        If a folder of that name hides it, or it cannot be read.
    DownloadError
        If it is not here and cannot be fetched.
    """
    import datasets as hf
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HFValidationError

    reference = name.written
    if Path(name.repo).exists():
        raise DataError(
            f"The folder {name.repo!r} of the working directory hides the hub's {reference}.",
            f"Give './{name.repo}' for the folder, or work in another directory.",
        )
    asking = True
    try:
        with watched(Watch(f"the dataset {reference}")), quiet():
            commit = HfApi().dataset_info(name.repo, revision=name.revision).sha
            asking = False
            return hf.load_dataset(name.repo, name.config, revision=commit)
    except HFValidationError as error:
        raise UnknownName(
            f"{reference!r} is not a name that the hub allows.", "Write hub:org/name."
        ) from error
    except WorkbenchError:
        raise
    except Exception as error:
        trouble = root_trouble(error)
        if not asking and not is_network(trouble):
            raise _hub_data_error(name, error) from error
        if transient(trouble) and (splits := _load_cached(name)) is not None:
            stored = [file["filename"] for part in splits.values() for file in part.cache_files]
            commit = Path(stored[0]).parent.name
            told: list[str] = []
            tell_copy(trouble, f"the dataset {reference}", commit, told)
            if told:
                report = FileReport(reference, "hub", rows=sum(map(len, splits.values())))
                report.note("warning", "hub", *told)
                reports.append(report)
            return splits
        raise storing_or_hub(trouble, reference, "dataset") from error


def _load_cached(name: Reference) -> datasets.DatasetDict | None:
    """What the client's cache holds of a hub dataset, asking no network.

    The cache knows the newest version that was loaded; when a revision was asked for, only the
    one of that very commit will do.
    """
    import datasets as hf
    from huggingface_hub import constants

    before = hf.config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE
    hf.config.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE = True
    try:
        with quiet():
            splits = hf.load_dataset(name.repo, name.config)
    except (OSError, ValueError, hf.exceptions.DatasetsError):
        return None
    finally:
        hf.config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE = before
    if name.revision is not None:
        stored = [Path(file["filename"]) for files in splits.cache_files.values() for file in files]
        if not all(name.revision in path.parts for path in stored):
            return None
    return splits


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No progress bars of the client: they would land in whatever cell runs."""
    import datasets as hf

    before = hf.utils.logging.is_progress_bar_enabled()
    hf.disable_progress_bars()
    try:
        yield
    finally:
        if before:
            hf.enable_progress_bars()


def _hub_data_error(name: Reference, error: Exception) -> WorkbenchError:
    """One sentence for what the client says of a dataset that is there but does not load."""
    text = str(error)
    if "is a gated dataset" in text:
        return DownloadError(f"The dataset {name} cannot be loaded: {error}", GATED)
    first = next((line for line in text.splitlines() if line.strip()), type(error).__name__)
    if "BuilderConfig" in text or "Config name is missing" in text:
        listed = text[text.find("[") : text.find("]") + 1] if "[" in text else ""
        return UnknownName(
            f"The dataset {name} needs one of its configurations {listed}".rstrip() + ".",
            f"Write {f'hub:{name.repo}' if name.config else name}:CONFIGURATION.",
        )
    if "script" in text:
        return DataError(
            f"The dataset {name} is made by a script, which the workbench never runs.",
            "Use a version of it that is stored as parquet, csv or json.",
        )
    return DataError(
        f"The dataset {name} cannot be loaded: {first}",
        "Check its files on the hub, or download them and give the folder.",
    )
