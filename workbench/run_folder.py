"""The folder of a run: making it, opening it, reading it. Needs neither torch nor a worker."""

from __future__ import annotations

import datetime
import os
import re
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING

from . import limits
from .errors import RunError, UnknownName, nearest, quoted
from .files import RowReader, read_json, write_json, write_text
from .paths import is_there, local_path, runs_dir
from .recipe import Recipe
from .state import read_state

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 1  # of the folder; a newer one is refused


class RunFolder:
    """Everything about a run, read from its folder at the moment it is asked for."""

    def __init__(self, path: str | os.PathLike):
        self.path = Path(path).absolute()

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.path.name

    @property
    def recipe(self) -> Recipe:
        """The recipe the run works on."""
        return Recipe.from_yaml((self.path / "recipe.yaml").read_text(encoding="utf-8"))

    @property
    def state(self) -> str:
        """``queued``, ``running``, ``paused``, ``stopped``, ``failed``, ``died`` or ``done``."""
        return self.status()["state"]

    def status(self) -> dict:
        """``state`` and what goes with it: step, total_steps, phase, error, remedy, ..."""
        if not self.path.is_dir():
            return {"state": "died", "error": f"The run folder {self.path} is gone.", "remedy": ""}
        return read_state(self.path)

    def rows(self) -> list[dict]:
        """All rows of ``metrics.jsonl``: steps, evaluations, events; the last of a step wins."""
        return latest_rows(RowReader(self.path / "metrics.jsonl").read())

    def history(self) -> pd.DataFrame:
        """One row an optimizer step (``kind`` "step") and one an evaluation ("eval").

        A step has its ``loss``, ``learning_rate``, ``grad_norm``; ``seconds`` and beside them
        ``data_seconds`` (waiting for the batch); ``tokens_per_second`` (real ones), ``padding``
        (share of the computed tokens) and ``limited_by``, see :mod:`workbench.limits`.
        """
        import pandas as pd

        rows = []
        for row in self.rows():
            if row.get("kind") == "step" and row.get("seconds"):
                pace = limits.summarise([row])
                names = ("tokens_per_second", "padding", "limited_by")
                row = {**row, **{name: pace[name] for name in names}}
            if row.get("kind") in ("step", "eval"):
                rows.append(row)
        frame = pd.DataFrame(rows)
        return frame if len(rows) else pd.DataFrame(columns=["kind", "step", "loss"])

    def speed(self) -> dict:
        """How fast the run trains, what was chosen to make it so, and what limits it.

        Returns
        -------
        dict
            What :func:`workbench.limits.summarise` says of all its steps, and ``chosen`` (text):
            the way of computing that the run took. Empty before the first step.
        """
        rows = self.rows()
        found = limits.summarise(
            [row for row in rows if row.get("kind") == "step"],
            [row for row in rows if row.get("kind") == "eval"],
        )
        return {**found, "chosen": self.status().get("speed", "")} if found else {}

    def events(self) -> list[dict]:
        """What happened beside the steps: checkpoints, pauses, a full disk, ..."""
        return [row for row in self.rows() if row.get("kind") == "event"]

    def results(self) -> dict:
        """``metrics.json``: metrics by split, baselines, seconds; empty before the run is done."""
        return read_json(self.path / "metrics.json") or {}

    def metrics(self, split: str = "test") -> dict:
        """Metrics of a held-out split, for example accuracy, macro_f1, loss.

        Raises
        ------
        RunError
            If the run has none yet.
        """
        found = self.results().get("metrics", {})
        if split not in found:
            known = f"It has metrics of: {', '.join(found)}." if found else ""
            raise RunError(
                f"The run {self.name} is {self.state} and has no metrics of {split!r}.",
                known or "They are there when the run is done.",
            )
        return found[split]

    def predictions(self, split: str = "test") -> pd.DataFrame:
        """One row an example: text, label, prediction, loss, ``score_<class>`` for each class."""
        import pandas as pd

        path = self.path / "predictions" / f"{split}.parquet"
        if not path.is_file():
            there = sorted(p.stem for p in path.parent.glob("*.parquet"))
            known = f"It has predictions for: {', '.join(there)}." if there else ""
            raise RunError(
                f"The run {self.name} is {self.state} and has no predictions for {split!r}.",
                known or "They are there when the run is done.",
            )
        return pd.read_parquet(path)

    def data_info(self) -> dict:
        """What data was used: fingerprint, label names, counts a split, notes."""
        return read_json(self.path / "data" / "info.json") or {}

    def log(self) -> str:
        """What the worker printed."""
        path = self.path / "log.txt"
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def latest_rows(rows: list[dict]) -> list[dict]:
    """Rows with the last of each step and kind only, in the order of their first coming."""
    kept: dict = {}
    for number, row in enumerate(rows):
        kind = row.get("kind")
        key = (kind, row.get("step")) if kind in ("step", "eval") else ("event", number)
        kept[key] = row
    return list(kept.values())


def create_run_folder(recipe: Recipe, path: str | os.PathLike | None = None) -> Path:
    """Make the folder of a new run: recipe, format, empty control folder, state ``queued``.

    Raises
    ------
    RunError
        If the place is taken or cannot be written.
    """
    target = Path(path).absolute() if path is not None else runs_dir() / _new_name(recipe)
    try:
        if target.exists() and any(target.iterdir()):
            raise RunError(
                f"The folder {target} is not empty.",
                "Give another folder, or open the run in it with open_run().",
            )
        (target / "control").mkdir(parents=True, exist_ok=True)
        write_text(target / "recipe.yaml", recipe.to_yaml())
        write_json(target / "state.json", {"state": "queued", "step": 0, "heartbeat": time.time()})
        write_json(target / "run.json", {"format": FORMAT, "created": time.time()})
    except (PermissionError, NotADirectoryError, FileExistsError) as error:
        raise RunError(
            f"The run folder {target} cannot be written ({error.strerror}).",
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
    if not is_there(folder) or not folder.is_dir():
        inside = folder.parent if is_there(folder.parent) else runs_dir()
        there = [p.name for p in inside.glob("*") if (p / "run.json").is_file()]
        hint = nearest(folder.name, there) if there else "runs() lists the runs."
        raise UnknownName(f"There is no run folder {quoted(folder)}.", hint)
    info = read_json(folder / "run.json")
    if not isinstance(info, dict) or not (folder / "recipe.yaml").is_file():
        missing = "run.json" if not isinstance(info, dict) else "recipe.yaml"
        raise RunError(
            f"The folder {folder} is no run, or only half of one: {missing} is missing.",
            "Start the run again from its recipe, or remove the folder.",
        )
    if info.get("format", 0) > FORMAT:
        raise RunError(
            f"The run {folder.name} has format {info['format']}, and this version reads format "
            f"{FORMAT} at most.",
            "Update finetune-workbench to open it.",
        )
    return folder


def list_run_folders(root: str | os.PathLike | None = None) -> list[Path]:
    """Folders of runs below ``root`` (``runs_dir()`` when not given), newest first."""
    base = Path(root) if root is not None else runs_dir()
    found = [p.parent for p in base.glob("*/run.json")]
    return sorted(found, key=lambda p: (read_json(p / "run.json") or {}).get("created", 0))[::-1]


def _new_name(recipe: Recipe) -> str:
    day = datetime.date.today().isoformat()
    parts = [_short(recipe.dataset), _short(recipe.model)]
    return "-".join([day, *[p for p in parts if p], secrets.token_hex(2)])


def _short(reference: str) -> str:
    last = reference.split(":")[-1].rstrip("/").split("/")[-1].split("@")[0]
    if reference.startswith("data:"):
        last = "frame"
    return re.sub(r"[^A-Za-z0-9]+", "-", Path(last).stem).strip("-").lower()[:30]
