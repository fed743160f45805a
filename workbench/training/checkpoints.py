"""Checkpoints: written whole or not at all, listed only when whole, pruned."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
from collections.abc import Collection
from pathlib import Path

from ..atomic_files import open_plain, read_json, sync_file, sync_folder, write_json
from ..catalog.model_folders import adapters, trained_weights
from ..errors import RunError

MANIFEST = "manifest.json"
PROGRESS = "workbench.json"
SNAPSHOTS = "snapshots"  # folder of models that a run keeps for an ensemble
#: What it holds of a run that begins.
FRESH = {"best_step": None, "best_value": None, "evaluations_since_best": 0, "ended": False,
         "mixed_steps": True, "short_products": True, "packed": None,
         "within_error": True}  # fmt: skip
WHOLE = ("config.json", "model.safetensors")
#: What a model is loaded from, where they are there.
MODEL = (*WHOLE, *adapters.FILES, *trained_weights.FILES)
_STATE = ("optimizer.pt", "scheduler.pt", "trainer_state.json")
NEEDED = (*WHOLE, *_STATE)
_NAME = re.compile(r"^step-\d{1,15}$")


def folder_name(step: int) -> str:
    """Name of the checkpoint of an optimizer step."""
    return f"step-{step:08d}"


def best_name(step: int) -> str:
    """Name of the folder with the weights of the best step, where it is no whole checkpoint."""
    return f"best-{step:08d}"


def best_of(run_folder: Path, step: int) -> Path:
    """The folder with the weights of the best step.

    Raises
    ------
    RunError
        If they are damaged or gone.
    """
    folder = Path(run_folder) / "checkpoints"
    found = folder / folder_name(step)
    if not is_whole(found) and is_whole(folder / best_name(step)):
        found = folder / best_name(step)
    try:
        verify(found)
    except RunError as error:
        raise RunError(
            f"The best checkpoint ({found.name}) is damaged or gone: {error.message}",
            "Remove the newer checkpoints and resume, or start the run again.",
        ) from None
    return found


def write_whole(target: Path, fill) -> dict:
    """Make the folder ``target`` in one step.

    Parameters
    ----------
    target : Path
        Replaced when it is there.
    fill : callable taking a Path
        Writes the files into the (hidden) folder it is given.

    Returns
    -------
    dict
        The manifest: ``files`` with their sizes in bytes, ``sha256`` of each.

    Raises
    ------
    OSError
        If there is no room; what was written is removed, ``target`` is as it was.
    """
    target.parent.mkdir(exist_ok=True)  # a run folder that was moved away is not made anew
    stage = target.parent / f".stage-{target.name}"
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir()
    try:
        fill(stage)
        files = [p for p in sorted(stage.iterdir()) if p.is_file()]
        manifest = {
            "files": {p.name: p.stat().st_size for p in files},
            "sha256": {p.name: _sha256(p) for p in files},
        }
        write_json(stage / MANIFEST, manifest)
        for path in [*files, stage / MANIFEST]:
            sync_file(path)
        sync_folder(stage)
        old = target.parent / f".old-{target.name}"
        shutil.rmtree(old, ignore_errors=True)
        if target.exists():
            os.replace(target, old)
        os.replace(stage, target)
        sync_folder(target.parent)
        shutil.rmtree(old, ignore_errors=True)
        return manifest
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def is_whole(folder: Path) -> bool:
    """Whether the folder has every file of its manifest, in full size.

    A quick look, for lists; :func:`verify` looks at the contents.
    """
    sizes, _ = _manifest(folder)
    if not sizes:
        return False
    try:
        found = {name: os.stat(folder / name) for name in sizes}
    except (OSError, ValueError):
        return False
    return all(stat.S_ISREG(found[n].st_mode) and found[n].st_size == sizes[n] for n in sizes)


def verify(folder: Path, names: Collection[str] = ()) -> None:
    """Refuse a folder whose files are not those that were written.

    What was found right stays so in this process until a file's time or size changes. Folders of
    versions that wrote no hashes are taken by their sizes.

    Parameters
    ----------
    names : collection of str
        Files to look at; all of the manifest when empty.

    Raises
    ------
    RunError
        Names the file.
    """
    folder = Path(folder)
    if not is_whole(folder):
        raise RunError(f"{_where(folder)} is not whole: files are missing or cut short.", _REMEDY)
    for name, expected in _manifest(folder)[1].items():
        if names and name not in names:
            continue
        try:
            about = os.stat(folder / name)
            key = (str(folder), name, about.st_ino, about.st_size, about.st_mtime_ns, expected)
            if key in _VERIFIED:
                continue
            right = _sha256(folder / name) == expected
        except OSError as error:
            raise RunError(
                f"{name} of {_where(folder)} cannot be read ({error.strerror or error}).", _REMEDY
            ) from error
        if not right:
            raise RunError(
                f"{name} of {_where(folder)} is not the file that was written: its content "
                "changed (the SHA-256 differs).",
                _REMEDY,
            )
        _VERIFIED.add(key)


_VERIFIED: set[tuple] = set()  # files that were found right by this process
_REMEDY = "resume() goes on from what is whole; or copy the folder again from where it came."


def _where(folder: Path) -> str:
    inside = "model" if folder.name == "model" else f"checkpoint {folder.name}"
    run = folder.parent if folder.name == "model" else folder.parent.parent
    return f"the {inside} of the run {run.name}"


def _sha256(path: Path) -> str:
    with open_plain(path) as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _manifest(folder: Path) -> tuple[dict[str, int], dict[str, str]]:
    """Sizes and hashes of a folder's files by name; empty where there is no usable manifest."""
    content = read_json(folder / MANIFEST)
    values = content if isinstance(content, dict) else {}
    sizes, hashes = values.get("files"), values.get("sha256", {})
    good = isinstance(sizes, dict) and isinstance(hashes, dict)
    good = good and all(isinstance(s, int) and n == os.path.basename(n) for n, s in sizes.items())
    if not good or not all(n in sizes and isinstance(h, str) for n, h in hashes.items()):
        return {}, {}
    return sizes, hashes


def list_checkpoints(run_folder: Path) -> list[Path]:
    """Whole checkpoints of a run, oldest first; whole as :func:`is_whole` sees it."""
    try:
        names = os.listdir(Path(run_folder) / "checkpoints")
    except OSError:
        return []
    found = sorted(name for name in names if _NAME.match(name))
    return [p for p in (Path(run_folder) / "checkpoints" / n for n in found) if is_whole(p)]


def list_snapshots(run_folder: Path) -> list[Path]:
    """Whole models that a run kept at the ends of its passes or cycles, oldest first."""
    found = sorted((Path(run_folder) / SNAPSHOTS).glob("step-*"))
    return [path for path in found if _NAME.match(path.name) and is_whole(path)]


def step_of(checkpoint: Path) -> int:
    """Optimizer step of a checkpoint folder."""
    return int(checkpoint.name.removeprefix("step-"))


def latest(run_folder: Path) -> Path | None:
    """The newest checkpoint whose files are those that were written, ``None`` without any.

    Raises
    ------
    RunError
        If it lacks a file that an exact resume needs.
    """
    for found in reversed(list_checkpoints(run_folder)):
        weights = _weights_of(found)
        needed = (*weights, *_STATE, PROGRESS)
        missing = [name for name in needed if not (found / name).is_file()]
        if missing:
            raise RunError(
                f"The checkpoint {found.name} lacks {', '.join(missing)}: going on from it would "
                "not repeat the run.",
                f"Remove {found} to go on from the one before.",
            )
        try:
            verify(found)
            read_progress(found)
        except RunError:
            continue
        return found
    return None


def _weights_of(checkpoint: Path) -> tuple[str, ...]:
    """Files from which the model of a checkpoint can be had again."""
    if (checkpoint / adapters.ADAPTER).is_file():
        return adapters.FILES
    if (checkpoint / trained_weights.TRAINED).is_file():
        return (WHOLE[0], *trained_weights.FILES)
    return WHOLE


def damaged(run_folder: Path) -> list[str]:
    """What is wrong with checkpoints that are newer than :func:`latest`, a sentence each."""
    usable = latest(run_folder)
    said = []
    for path in sorted((Path(run_folder) / "checkpoints").glob("step-*")):
        if _NAME.match(path.name) and (usable is None or path.name > usable.name):
            try:
                verify(path)
                read_progress(path)
            except RunError as error:
                said.append(error.message)
    return said


def read_progress(checkpoint: Path) -> dict:
    """What a checkpoint knows of the best one so far.

    Raises
    ------
    RunError
        If its file is damaged.
    """
    found = read_json(checkpoint / PROGRESS)
    values = found if isinstance(found, dict) else {}
    kinds = {"best_step": (int, type(None)), "best_value": (int, float, type(None)),
             "evaluations_since_best": int, "ended": bool}  # fmt: skip
    if not all(name in values and isinstance(values[name], k) for name, k in kinds.items()):
        raise RunError(f"{PROGRESS} of {_where(checkpoint)} is damaged.", _REMEDY)
    return {name: value for name, value in values.items() if name != "step"}


def prune(run_folder: Path, *, keep: int, best_step: int | None) -> None:
    """Remove all but the ``keep`` newest whole checkpoints and the best one."""
    whole = list_checkpoints(run_folder)
    kept = {p.name for p in whole[-keep:]}
    if best_step is not None:
        kept |= {folder_name(best_step), best_name(best_step)}
    for path in (run_folder / "checkpoints").glob("*"):
        if path.is_dir() and path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)


def room_for(folder: Path, n_bytes: int) -> bool:
    """Whether the disk of ``folder`` has room for ``n_bytes``."""
    return shutil.disk_usage(folder).free > n_bytes
