"""The folders of runs: made, found by name, listed."""

from __future__ import annotations

import datetime
import errno
import os
import secrets
import time
from pathlib import Path

from ..atomic_files import write_json, write_text
from ..errors import RunError, UnknownName, nearest, quoted
from ..paths import is_there, local_path, runs_dir
from ..recipe import Recipe
from ..reference import short_name
from .files import is_missing, looks_like_run, read_fields  # fmt: skip
from .folder import FORMAT


def create_run_folder(
    recipe: Recipe, path: str | os.PathLike | None = None, *, part_of: str = ""
) -> Path:
    """Make the folder of a new run: recipe, format, empty control folder, state ``queued``.

    ``part_of`` names the search, or the runs by several seeds, that it belongs to.

    Raises
    ------
    RunError
        If the place is taken or cannot be written.
    """
    text = recipe.to_yaml()  # before anything is made
    try:
        target = Path(path).absolute() if path is not None else _new_folder(recipe)
        if target.exists() and any(target.iterdir()):
            raise RunError(
                f"The folder {target} is not empty.",
                "Give another folder, or open the run in it with open_run().",
            )
        (target / "control").mkdir(parents=True, exist_ok=True)
        write_text(target / "recipe.yaml", text)
        write_json(target / "state.json", {"state": "queued", "step": 0, "heartbeat": time.time()})
        belongs = {"part_of": part_of} if part_of else {}
        write_json(target / "run.json", {"format": FORMAT, "created": time.time(), **belongs})
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = getattr(error, "strerror", None) or "no folder can have this name"
        raise RunError(
            f"The run folder {_told(path)} cannot be written ({reason}).",
            "Choose another one, or set WORKBENCH_RUNS to a folder that you may write.",
        ) from None
    return target


def check_run_folder(path: str | os.PathLike) -> Path:
    """The folder of a run, when it is one that this version can read.

    Raises
    ------
    UnknownName
        If there is no such folder (with the nearest names).
    RunError
        If it is no run, is half-written, or was made by a newer version.
    """
    folder = local_path(path)
    by_name = not is_there(folder) and folder.parent == Path(".")
    if by_name and is_there(runs_dir() / folder):
        folder = runs_dir() / folder
    folder = folder.absolute()
    if not os.path.isdir(folder):
        inside = folder.parent if is_there(folder.parent) else runs_dir()
        there = [p.name for p in list_run_folders(inside)]
        hint = nearest(folder.name, there) if there else "runs() lists the runs."
        raise UnknownName(f"There is no run folder {quoted(folder)}.", hint)
    info, problem = read_fields(folder, "run.json")
    if problem or not os.path.isfile(folder / "recipe.yaml"):
        what = "run.json" if problem else "recipe.yaml"
        gone = not problem or is_missing(problem)
        how = "is missing" if gone else f"is missing or damaged ({problem})"
        raise RunError(
            f"The folder {folder} is no run, or only half of one: {what} {how}.",
            "Start the run again from its recipe, or remove the folder.",
        )
    if info["format"] > FORMAT:
        raise RunError(
            f"The run {folder.name} has format {info['format']}, and this version reads format "
            f"{FORMAT} at most.",
            "Update finetune-workbench to open it.",
        )
    return folder


def part_of(folder: Path) -> str:
    """Name of the search, or of the runs by several seeds, that a run belongs to; "" for none."""
    return read_fields(folder, "run.json")[0].get("part_of", "")


def list_run_folders(root: str | os.PathLike | None = None) -> list[Path]:
    """Folders of runs below ``root`` (``runs_dir()`` when not given), newest first.

    What is left of a damaged run is listed too.
    """
    base = Path(root) if root is not None else runs_dir()
    try:
        with os.scandir(base) as entries:
            found = [base / e.name for e in entries if e.is_dir() and looks_like_run(e.path)]
    except (OSError, ValueError):
        return []
    return sorted(found, key=lambda path: (_created(path), path.name), reverse=True)


def _created(folder: Path) -> float:
    made = read_fields(folder, "run.json")[0].get("created")
    if made is None or made != made:
        try:
            made = os.stat(folder).st_mtime
        except OSError:
            made = 0.0
    return made


def _told(path: str | os.PathLike | None) -> str:
    return quoted(path) if path is not None else str(runs_dir())


def _new_folder(recipe: Recipe) -> Path:
    """Made under a name that no other run has, also where two processes begin at once."""
    day = datetime.date.today().isoformat()
    parts = [day, *filter(None, (short_name(recipe.dataset), short_name(recipe.model)))]
    runs_dir().mkdir(parents=True, exist_ok=True)
    for size in (2, 2, 8):  # bytes; two of many runs of a day may draw the same short one
        folder = runs_dir() / "-".join([*parts, secrets.token_hex(size)])
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
