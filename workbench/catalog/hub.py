"""Models as folders: judged by what they say of themselves before any weight is read."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.catalog import nets, samples
from workbench.catalog.archives import Progress
from workbench.catalog.references import HubName, check, known, nearest_known, parse_hub
from workbench.errors import DownloadError, ModelError, UnknownName

if TYPE_CHECKING:
    from huggingface_hub import HfApi

#: Beside the weights, all that a model folder needs; never ``*.bin``, ``*.pt``, ``*.py``.
SMALL_FILES = (
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "bpe.codes",
    "spm.model",
    "spiece.model",
    "tokenizer.model",
    "sentencepiece.bpe.model",
    "README.md",
)
INDEX = "model.safetensors.index.json"
CONVERSION_TITLE = "Adding `safetensors` variant of this model"
CONVERSION_AUTHOR = "SFconvertbot"


def model_folder(reference: str | Path, *, progress: Progress | None = None) -> Path:
    """Local folder of a model: ``config.json``, safetensors weights and a tokenizer.

    Parameters
    ----------
    reference : str or Path
        ``sample:name``, ``hub:org/name[@revision]``, a folder, or ``net:name`` for one of our own
        nets.
    progress : callable, optional
        Called with the file's or model's name, bytes so far, bytes of the whole.

    Returns
    -------
    Path
        For a hub model the snapshot of one commit; :func:`commit_of` names it.

    Raises
    ------
    UnknownName
        If there is no such sample, folder, or model on the hub.
    ModelError
        If it has no configuration, weights only as pickle, needs code of its own, or is of a
        kind that transformers does not know.
    DownloadError
        If it is not here and cannot be fetched.
    """
    text = str(reference)
    check(text, "model")
    if text.startswith(nets.PREFIX):
        source = nets.weights_of(text) or nets.TOKENIZER
        return nets.folder(text, model_folder(source, progress=progress))
    if text.startswith("sample:"):
        return samples.fetch(text, progress=progress)
    if text.startswith("hub:"):
        return _hub_folder(parse_hub(text), progress)
    folder = Path(text).expanduser().resolve()
    if not folder.is_dir():
        raise ModelError(f"{text!r} is a file, not a model folder.", "Give the folder around it.")
    judge_files((path.name for path in folder.iterdir()), f"folder {text}")
    judge_config(_read_config(folder / "config.json"), f"folder {text}")
    return folder


def model_files(reference: str | Path, *, progress: Progress | None = None) -> Path:
    """As :func:`model_folder`, but of a hub model only the small files: no weights are fetched."""
    text = str(reference)
    check(text, "model")
    if text.startswith("hub:"):
        return _hub_folder(parse_hub(text), progress, weights_too=False)
    return model_folder(text, progress=progress)


def commit_of(folder: Path) -> str | None:
    """Commit of a hub snapshot that :func:`model_folder` returned; None for other folders."""
    inside = folder.parent.name == "snapshots" and folder.parent.parent.name.startswith("models--")
    return folder.name if inside else None


def judge_files(names: Iterable[str], what: str, *, remedy: str = "") -> None:
    """Refuse a set of file names that is no model folder, or has its weights only as pickle.

    Parameters
    ----------
    names : iterable of str
        Files at the top of the folder or repository.
    what : str
        Named in the message, e.g. ``"model hub:org/name"``.
    remedy : str, optional
        What to do about pickled weights, when more is known than usual.
    """
    there = set(names)
    if "config.json" not in there:
        if "adapter_config.json" in there:
            raise ModelError(
                f"The {what} holds an adapter, not a whole model.",
                "Name the base model; its adapter_config.json says which it is.",
            )
        raise ModelError(
            f"The {what} has no config.json, so it is not a transformers model.",
            "Name a model that was saved with save_pretrained().",
        )
    if there & {"model.safetensors", INDEX}:
        return
    pickled = sorted(n for n in there if n.endswith((".bin", ".pt", ".pth", ".ckpt", ".pkl")))
    if pickled:
        raise ModelError(
            f"The {what} has its weights only as pickle ({pickled[0]}), "
            "which can run code when it is opened.",
            remedy
            or "Use a model with model.safetensors, or convert this one where you trust it: "
            "load it with transformers and save_pretrained() it to a folder.",
        )
    raise ModelError(
        f"The {what} has no model.safetensors.",
        "Name a model with PyTorch weights in the safetensors format.",
    )


def judge_config(config: dict[str, Any], what: str) -> None:
    """Refuse a configuration that needs code of its own or that transformers does not know."""
    from transformers import CONFIG_MAPPING

    kind = config.get("model_type")
    if config.get("auto_map"):
        raise ModelError(
            f"The {what} needs code of its own (auto_map in config.json), "
            "which the workbench never runs.",
            "Use a model whose architecture is part of transformers.",
        )
    if kind != nets.MODEL_TYPE and (not isinstance(kind, str) or kind not in CONFIG_MAPPING):
        raise ModelError(
            f"The {what} is of type {kind!r}, which this version of transformers does not know.",
            "Use a model whose architecture is part of transformers, or upgrade transformers.",
        )


def _read_config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{path} cannot be read: {error}.", "Save the model again with save_pretrained()."
        ) from error
    if not isinstance(config, dict):
        raise ModelError(f"{path} is not a configuration.", "Save the model again.")
    return config


# --- the hub ----------------------------------------------------------------------------------


def _hub_folder(name: HubName, progress: Progress | None, *, weights_too: bool = True) -> Path:
    import httpx2
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import (
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
    )

    what = f"hub:{name.repo}" + (f"@{name.revision}" if name.revision else "")
    bars = quiet_bars(name.repo, progress)
    api = HfApi()
    try:
        info = api.model_info(name.repo, revision=name.revision)
        names = [sibling.rfilename for sibling in info.siblings or []]
        pickled = "config.json" in names and not {"model.safetensors", INDEX} & set(names)
        judge_files(names, f"model {what}", remedy=_conversion(api, name) if pickled else "")
        weights = (
            ["model.safetensors"]
            if "model.safetensors" in names
            else [INDEX, *(n for n in names if "/" not in n and n.endswith(".safetensors"))]
        )
        # the small files first: nothing large is fetched for a model that cannot be used
        folder, revision = Path(), name.revision
        for patterns in (SMALL_FILES, (*SMALL_FILES, *weights))[: 2 if weights_too else 1]:
            fetched = snapshot_download(
                name.repo, revision=revision, allow_patterns=list(patterns), tqdm_class=bars
            )
            folder = Path(fetched)
            revision = folder.name  # the commit: both parts are of the same
            judge_config(_read_config(folder / "config.json"), f"model {what}")
        return folder
    except HFValidationError as error:
        raise UnknownName(
            f"{what!r} is not a name that the hub allows.", "Write hub:org/name."
        ) from error
    except HfHubHTTPError as error:
        raise hub_problem(error, what, "model") from error
    except (httpx2.HTTPError, OfflineModeIsEnabled, LocalEntryNotFoundError) as error:
        if isinstance(error.__cause__, HfHubHTTPError):
            raise hub_problem(error.__cause__, what, "model") from error
        if (folder := _cached(name)) is not None:
            judge_config(_read_config(folder / "config.json"), f"model {what}")
            return folder
        raise unreachable(what, "model", error) from error
    except OSError as error:
        raise DownloadError(
            f"The model {what} cannot be stored: {error.strerror or error}.",
            "Make room, or set HF_HOME to a folder that can be written.",
        ) from error


def quiet_bars(name: str, progress: Progress | None) -> type:
    """A progress bar that prints nothing and tells ``progress`` the bytes so far."""
    from tqdm.std import tqdm

    class Bars(tqdm):
        def __init__(self, *args: Any, **kwargs: Any):
            super().__init__(*args, **{**kwargs, "file": io.StringIO(), "leave": False})

        def display(self, *_: object, **__: object) -> bool:
            if progress is not None and self.unit == "B" and "Reconstruct" in (self.desc or ""):
                progress(name, int(self.n), int(self.total or 0))
            return True

    return Bars


def _cached(name: HubName) -> Path | None:
    """The snapshot that the hub's cache holds, when it has weights; asks no network."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        patterns = [*SMALL_FILES, "model.safetensors", INDEX, "model-*.safetensors"]
        folder = Path(
            snapshot_download(
                name.repo,
                revision=name.revision,
                allow_patterns=patterns,
                local_files_only=True,
            )
        )
    except LocalEntryNotFoundError:
        return None
    names = {path.name for path in folder.iterdir()}
    whole = "config.json" in names and "model.safetensors" in names
    if INDEX in names:
        wanted = json.loads((folder / INDEX).read_text("utf-8")).get("weight_map", {}).values()
        whole = "config.json" in names and set(wanted) <= names
    return folder if whole else None


def _conversion(api: HfApi, name: HubName) -> str:
    """Remedy naming the hub's own safetensors conversion of a pickled model, or nothing.

    Only an open pull request of the hub's conversion bot counts, and it is offered, not taken:
    the revision then stands in the recipe.
    """
    if name.revision:
        return ""
    for talk in api.get_repo_discussions(
        name.repo, author=CONVERSION_AUTHOR, discussion_type="pull_request"
    ):
        if talk.title == CONVERSION_TITLE and talk.author == CONVERSION_AUTHOR:
            return (
                f"Use hub:{name.repo}@refs/pr/{talk.num}: "
                "the same weights as safetensors, converted by the hub."
            )
    return ""


def hub_problem(error: Exception, what: str, kind: str) -> UnknownName | DownloadError:
    """What an answer of the hub means, in one sentence (``kind``: "model" or "dataset")."""
    from huggingface_hub.errors import (
        DisabledRepoError,
        GatedRepoError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    if isinstance(error, GatedRepoError):
        return DownloadError(
            f"The {kind} {what} is gated: its owner lets in only accounts that accepted the terms.",
            "Accept them on its page, then log in once with `hf auth login`.",
        )
    if isinstance(error, DisabledRepoError):
        return DownloadError(f"The {kind} {what} was disabled on the hub.", "Pick another one.")
    if isinstance(error, RevisionNotFoundError):
        return UnknownName(
            f"The {kind} {what} has no such revision.",
            "Leave the revision away, or give a branch, tag or commit that exists.",
        )
    if isinstance(error, RepositoryNotFoundError):
        return UnknownName(
            f"There is no {kind} {what} on the hub, or it is private.",
            nearest_known(what, kind),
        )
    return unreachable(what, kind, error)


def unreachable(what: str, kind: str, error: BaseException) -> DownloadError:
    """The hub cannot be reached: what works without it."""
    from huggingface_hub import constants

    alternatives = ", ".join(known(kind)[:3])
    reason = (str(error).splitlines() or [""])[0].split(". ")[0].rstrip(".")
    reason = reason or type(error).__name__
    return DownloadError(
        f"The {kind} {what} is not in the local cache and {constants.ENDPOINT} "
        f"cannot be reached ({reason}).",
        "Set HF_ENDPOINT to a mirror before starting Python, or give a local folder, "
        f"or use what needs no hub: {alternatives}.",
    )
