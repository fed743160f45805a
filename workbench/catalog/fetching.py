"""Downloads as a person meets them: how large before they begin, and stopped when not wanted."""

from __future__ import annotations

from pathlib import Path

from workbench.catalog import samples
from workbench.catalog.downloads.archives import Cancelling, Progress
from workbench.catalog.hub import datasets as hub_datasets
from workbench.catalog.hub import models as hub_models
from workbench.catalog.own_nets import net_folders
from workbench.catalog.references import check
from workbench.reference import Origin, Reference


def download_size(reference: str | Path, kind: str = "model") -> int | None:
    """Bytes that using a model or dataset would still have to fetch.

    Of a hub reference the hub is asked (at most half a minute); nothing else asks the network.

    Parameters
    ----------
    reference : str or Path
        As a recipe names it.
    kind : {"model", "dataset"}
        What it is; a sample knows itself.

    Returns
    -------
    int or None
        0 when all is here, as for files and folders; None when it cannot be found out.

    Raises
    ------
    UnknownName
        If there is none of that name, as far as is known.
    ModelError, DownloadError
        If the hub says that it cannot be used, or not from here.
    """
    found = check(reference, _kind(reference, kind))
    if found.origin is Origin.SAMPLE:
        return samples.download_size(found.name)
    if found.origin is Origin.NET:
        return download_size(net_folders.source_of(found), "model")
    if found.origin is Origin.HUB:
        return hub_models.hub_size(found) if kind == "model" else hub_datasets.dataset_size(found)
    return 0


def fetch(
    reference: str | Path,
    kind: str = "model",
    *,
    progress: Progress | None = None,
    cancelled: Cancelling | None = None,
) -> None:
    """Fetch a model or dataset, so that using it asks for nothing large any more.

    Parameters
    ----------
    reference : str or Path
        As a recipe names it.
    kind : {"model", "dataset"}
        What it is; a sample knows itself.
    progress : callable, optional
        Called with a name, bytes so far, bytes of the whole; perhaps from another thread.
    cancelled : callable, optional
        Asked at every block, perhaps from another thread: true stops it. ``Event().is_set`` fits.

    Raises
    ------
    Cancelled
        If ``cancelled`` answered true. Of a sample what came so far is kept and gone on from; of
        a hub model or dataset the files that came whole are.
    UnknownName, ModelError, DownloadError
        As :func:`model_folder` and loading a dataset do.
    """
    found = check(reference, _kind(reference, kind))
    if found.origin is Origin.SAMPLE:
        samples.fetch(found.name, progress=progress, cancelled=cancelled)
    elif found.kind == "model":
        hub_models.model_folder(found.written, progress=progress, cancelled=cancelled)
    elif found.origin is Origin.HUB:
        hub_datasets.fetch_dataset(found, progress=progress, cancelled=cancelled)


def _kind(reference: str | Path, kind: str) -> str:
    found = Reference.parse(reference, kind)
    return samples.find(found.name).kind if found.origin is Origin.SAMPLE else kind
