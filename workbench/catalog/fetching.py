"""Downloads as a person meets them: how large before they begin, and stopped when not wanted."""

from __future__ import annotations

from pathlib import Path

from workbench.catalog import hub, hub_datasets, nets, samples
from workbench.catalog.archives import Cancelling, Progress
from workbench.catalog.references import check, parse_hub


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
    text = str(reference)
    check(text, _kind(text, kind))
    if text.startswith("sample:"):
        return samples.download_size(text)
    if text.startswith(nets.PREFIX):
        return download_size(nets.weights_of(text) or nets.TOKENIZER, "model")
    if text.startswith("hub:"):
        name = parse_hub(text)
        return hub.hub_size(name) if kind == "model" else hub_datasets.dataset_size(name)
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
    text = str(reference)
    kind = _kind(text, kind)
    check(text, kind)
    if text.startswith("sample:"):
        samples.fetch(text, progress=progress, cancelled=cancelled)
    elif kind == "model":
        hub.model_folder(text, progress=progress, cancelled=cancelled)
    elif text.startswith("hub:"):
        hub_datasets.fetch_dataset(parse_hub(text), progress=progress, cancelled=cancelled)


def _kind(text: str, kind: str) -> str:
    return samples.find(text).kind if text.startswith("sample:") else kind
