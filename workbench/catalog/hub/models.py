"""Models as folders: judged by what they say of themselves before any weight is read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.atomic_files import read_json
from workbench.catalog import samples
from workbench.catalog.downloads.archives import Cancelling, Progress
from workbench.catalog.hub import files as hub_files
from workbench.catalog.hub.client import Watch, watched
from workbench.catalog.hub.problems import (
    hub_problem,
    root_trouble,
    storing_or_hub,
    tell_copy,
    transient,
)
from workbench.catalog.model_folders.judging_folders import (
    CONFIG,
    INDEX,
    READ_BESIDE,
    judge_files,
    judge_folder,
    judge_settings,
)
from workbench.catalog.own_nets import net_folders
from workbench.catalog.references import check
from workbench.errors import ModelError, UnknownName, WorkbenchError
from workbench.reference import Origin, Reference

if TYPE_CHECKING:
    from huggingface_hub import HfApi

#: Beside the weights, all that a model folder needs; never ``*.bin``, ``*.pt``, ``*.py``.
SMALL_FILES = (CONFIG, *READ_BESIDE, "README.md")
CONVERSION_TITLE = "Adding `safetensors` variant of this model"
CONVERSION_AUTHOR = "SFconvertbot"


def model_folder(
    reference: str | Path,
    *,
    progress: Progress | None = None,
    cancelled: Cancelling | None = None,
    notes: list[str] | None = None,
) -> Path:
    """Local folder of a model: ``config.json``, safetensors weights and a tokenizer.

    Parameters
    ----------
    reference : str or Path
        ``sample:name``, ``hub:org/name[@revision]``, a folder, or ``net:name`` for one of our own
        nets.
    progress : callable, optional
        Called with the file's or model's name, bytes so far, bytes of the whole.
    cancelled : callable, optional
        Asked at every block of a download: true stops it.
    notes : list of str, optional
        Gets a sentence where the hub could not be asked and a copy fetched before is used; without
        a list it is logged.

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
    Cancelled
        If ``cancelled`` answered true.
    """
    found = check(reference, "model")
    if found.origin is Origin.NET:
        source = net_folders.source_of(found)
        below = model_folder(source, progress=progress, cancelled=cancelled, notes=notes)
        return net_folders.folder(found.written, below)
    if found.origin is Origin.SAMPLE:
        return samples.fetch(found.name, progress=progress, cancelled=cancelled)
    if found.origin is Origin.HUB:
        return _hub_folder(found, progress, cancelled, notes)
    folder = found.path.resolve()
    if not folder.is_dir():
        raise ModelError(
            f"{found.written!r} is a file, not a model folder.", "Give the folder around it."
        )
    judge_folder(folder, f"folder {found}")
    return folder


def model_files(reference: str | Path, *, progress: Progress | None = None) -> Path:
    """As :func:`model_folder`, but of a hub model only the small files: no weights are fetched."""
    found = check(reference, "model")
    if found.origin is Origin.HUB:
        return _hub_folder(found, progress, weights_too=False)
    return model_folder(reference, progress=progress)


def commit_of(folder: Path) -> str | None:
    """Commit of a hub snapshot that :func:`model_folder` returned; None for other folders."""
    inside = folder.parent.name == "snapshots" and folder.parent.parent.name.startswith("models--")
    return folder.name if inside else None


# --- the hub ----------------------------------------------------------------------------------


def _hub_folder(
    name: Reference,
    progress: Progress | None,
    cancelled: Cancelling | None = None,
    notes: list[str] | None = None,
    *,
    weights_too: bool = True,
) -> Path:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HFValidationError

    what = f"hub:{name.repo}" + (f"@{name.revision}" if name.revision else "")
    watch = Watch(f"the model {what}", cancelled)
    try:
        with watched(watch):
            api = HfApi()
            info = api.model_info(name.repo, revision=name.revision, files_metadata=True)
            sizes, weights = _wanted(api, name, info, what)
            small = [file for file in sizes if file not in weights]
            if not weights_too:
                sizes = {file: sizes[file] for file in small}
            left = hub_files.missing(name.repo, sizes, commit=info.sha)
            count = hub_files.Counter(name.repo, left, progress)
            # by the name that was asked for, so that it is known without the hub as well
            first = hub_files.download_one(
                name.repo, CONFIG, kind="model", revision=name.revision, count=count
            )
            folder = first.parent
            # the small files first: nothing large is fetched for a model that cannot be used
            for wanted, judge in ((small, judge_settings), (weights, judge_folder)):
                if wanted is weights and not weights_too:
                    break
                hub_files.fetch_files(
                    name.repo,
                    {file: sizes[file] for file in wanted},
                    commit=folder.name,
                    watch=watch,
                    count=count,
                )
                judge(folder, f"model {what}")
            return folder
    except HFValidationError as error:
        raise UnknownName(
            f"{what!r} is not a name that the hub allows.", "Write hub:org/name."
        ) from error
    except WorkbenchError:
        raise
    except Exception as error:
        trouble = root_trouble(error)
        if (folder := _cached(name)) is None or not transient(trouble):
            raise _with_copy(storing_or_hub(trouble, what, "model"), folder) from error
        judge_folder(folder, f"model {what}")
        tell_copy(trouble, f"model {what}", folder.name, notes)
        return folder


def _wanted(
    api: HfApi, name: Reference, info: Any, what: str
) -> tuple[dict[str, int | None], list[str]]:
    """Sizes of the files that are needed, and which of them are weights; judged by their names."""
    sizes = hub_files.sizes_of(info)
    pickled = CONFIG in sizes and not {"model.safetensors", INDEX} & set(sizes)
    judge_files(sizes, f"model {what}", remedy=_conversion(api, name) if pickled else "")
    weights = (
        ["model.safetensors"]
        if "model.safetensors" in sizes
        else [INDEX, *(n for n in sizes if "/" not in n and n.endswith(".safetensors"))]
    )
    names = [*(file for file in SMALL_FILES if file in sizes), *weights]
    return {file: sizes[file] for file in names}, weights


def hub_size(name: Reference) -> int | None:
    """Bytes of a hub model that are still to be fetched; None when the hub cannot be asked."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HFValidationError

    try:
        with watched(Watch(f"the model hub:{name.repo}")):
            api = HfApi()
            info = api.model_info(name.repo, revision=name.revision, files_metadata=True)
            sizes, _ = _wanted(api, name, info, f"hub:{name.repo}")
    except HFValidationError as error:
        raise UnknownName(
            f"'hub:{name.repo}' is not a name that the hub allows.", "Write hub:org/name."
        ) from error
    except WorkbenchError:
        raise
    except Exception as error:
        trouble = root_trouble(error)
        if transient(trouble):
            return 0 if _cached(name) else None
        raise hub_problem(trouble, f"hub:{name.repo}", "model") from error
    return hub_files.total(hub_files.missing(name.repo, sizes, commit=info.sha).values())


def _with_copy(problem: WorkbenchError, folder: Path | None) -> WorkbenchError:
    """Name the copy in the cache where the hub says that there is no such model, or not for us."""
    if folder is not None:
        problem.remedy = f"{problem.remedy} The copy that was fetched before is {folder}.".strip()
    return problem


def _cached(name: Reference) -> Path | None:
    """The snapshot that the hub's cache holds, when it has weights; asks no network."""
    from huggingface_hub.errors import HFValidationError

    try:
        config = hub_files.here(name.repo, CONFIG, revision=name.revision)
    except HFValidationError:
        return None
    if config is None:
        return None
    folder = config.parent
    names = {path.name for path in folder.iterdir() if path.exists()}
    if "model.safetensors" in names:
        return folder
    index = read_json(folder / INDEX)
    wanted = index.get("weight_map") if isinstance(index, dict) else None
    return folder if isinstance(wanted, dict) and set(wanted.values()) <= names else None


def _conversion(api: HfApi, name: Reference) -> str:
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
