"""Checkpoints: written whole or not at all, listed only when whole, pruned."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ..errors import RunError
from ..files import read_json, sync_file, sync_folder, write_json

MANIFEST = "manifest.json"
PROGRESS = "workbench.json"
NEEDED = ("config.json", "model.safetensors", "optimizer.pt", "scheduler.pt", "trainer_state.json")


def folder_name(step: int) -> str:
    """Name of the checkpoint of an optimizer step."""
    return f"step-{step:08d}"


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
        The manifest: ``files`` with their sizes in bytes.

    Raises
    ------
    OSError
        If there is no room; what was written is removed, ``target`` is as it was.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    stage = target.parent / f".stage-{target.name}"
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir()
    try:
        fill(stage)
        files = [p for p in sorted(stage.iterdir()) if p.is_file()]
        manifest = {"files": {p.name: p.stat().st_size for p in files}}
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
    """Whether the folder has every file of its manifest, in full size."""
    manifest = read_json(folder / MANIFEST)
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        return False
    try:
        return all((folder / n).stat().st_size == size for n, size in manifest["files"].items())
    except OSError:
        return False


def list_checkpoints(run_folder: Path) -> list[Path]:
    """Whole checkpoints of a run, oldest first."""
    found = sorted((run_folder / "checkpoints").glob("step-*"))
    return [p for p in found if is_whole(p)]


def step_of(checkpoint: Path) -> int:
    """Optimizer step of a checkpoint folder."""
    return int(checkpoint.name.removeprefix("step-"))


def latest(run_folder: Path) -> Path | None:
    """The newest whole checkpoint, ``None`` when there is none.

    Raises
    ------
    RunError
        If it lacks a file that an exact resume needs.
    """
    found = list_checkpoints(run_folder)
    if not found:
        return None
    missing = [name for name in (*NEEDED, PROGRESS) if not (found[-1] / name).is_file()]
    if missing:
        raise RunError(
            f"The checkpoint {found[-1].name} lacks {', '.join(missing)}: going on from it would "
            "not repeat the run.",
            f"Remove {found[-1]} to go on from the one before.",
        )
    return found[-1]


def prune(run_folder: Path, *, keep: int, best_step: int | None) -> None:
    """Remove all but the ``keep`` newest whole checkpoints and the best one."""
    whole = list_checkpoints(run_folder)
    kept = {p.name for p in whole[-keep:]}
    if best_step is not None:
        kept.add(folder_name(best_step))
    for path in (run_folder / "checkpoints").glob("*"):
        if path.is_dir() and path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)


def room_for(folder: Path, n_bytes: int) -> bool:
    """Whether the disk of ``folder`` has room for ``n_bytes``."""
    return shutil.disk_usage(folder).free > n_bytes
