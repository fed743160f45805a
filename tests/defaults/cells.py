"""A cell: one recipe on one draw of a data set, run once; what came out is a file of its own."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.atomic_files import write_json, write_text
from workbench.following_settings import RULES, follow

from .data import DATA, SIZES, Data, named, prepare

SEEDS = (0, 1, 2)
GRID_SIZE = 500
DEFAULT = "default"


@dataclass(frozen=True)
class Cell:
    """``arm`` names what the recipe says beside its data: nothing, or a point of the grid."""

    data: str
    size: int
    seed: int
    arm: str = DEFAULT
    changes: dict[str, Any] = field(default_factory=dict)


def grid(data: Data) -> dict[str, dict[str, Any]]:
    """Six settings of rate and passes, the same whatever the defaults become."""
    writes = "smollm2" in data.model
    rates, passes = ((2e-5, 5e-5, 2e-4), (1, 3)) if writes else ((5e-5, 1e-4, 3e-4), (4, 12))
    return {
        f"{rate:g} x {epochs}": {"learning_rate": rate, "epochs": epochs}
        for rate in rates for epochs in passes
    }  # fmt: skip


def plan() -> list[Cell]:
    """All cells, the quick ones first."""
    found = [Cell(one.name, size, seed) for one in DATA for size in SIZES for seed in SEEDS]
    found += [Cell(one.name, GRID_SIZE, 0, arm, changes)
              for one in DATA for arm, changes in grid(one).items()]  # fmt: skip
    return sorted(found, key=lambda cell: named(cell.data).cost * cell.size)


def recipe_of(cell: Cell, place: Path | str) -> Any:
    """The recipe of a cell on the data that lies at ``place``."""
    import workbench as wb

    data = named(cell.data)
    about = {"task": data.task, "model": data.model, "dataset": str(place), "seed": cell.seed,
             "max_train_examples": None, "max_eval_examples": None, **data.about}  # fmt: skip
    return wb.Recipe(**{**about, **cell.changes})


def key(cell: Cell) -> str:
    """Name of its file: it changes with the recipe and its rules, which are then run anew.

    On how many devices it was run does not count: the numbers are the same.
    """
    recipe, data = recipe_of(cell, "data"), named(cell.data)
    rules = [[one.field, one.value] for one in follow(recipe, rows=cell.size, classes=data.classes)]
    said = {**recipe.to_dict(), "tested": data.tested, "rules": [RULES, rules]}
    said.pop("hardware", None)
    if data.longest is not None:
        said["longest"] = data.longest
    digest = hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()
    arm = cell.arm.replace(" ", "")
    return f"{cell.data}.{cell.size}.{cell.seed}.{arm}.{digest[:10]}"


def measure(cell: Cell) -> dict[str, Any]:
    """Run a cell; its metric on the test beside the baselines', and how it went on the way."""
    import workbench as wb
    from workbench import task_registry

    started = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="workbench-defaults-"))
    try:
        recipe = recipe_of(cell, prepare(named(cell.data), cell.size, cell.seed, folder))
        run = wb.fine_tune(recipe, folder / "run", progress=False)
        results, history = run.results(), run.history()
        metric = results["best_metric"]
        evaluations = history[history["kind"] == "eval"]
        baselines = {name: values[metric] for name, values in results["baselines"].items()
                     if metric in values and name != "untuned"}  # fmt: skip
        return {
            "data": cell.data, "size": cell.size, "seed": cell.seed, "arm": cell.arm,
            "changes": cell.changes, "metric": metric,
            "lower": task_registry.is_minimised(metric, recipe.task),
            "test": run.metrics("test")[metric], "baselines": baselines,
            "untuned": results["baselines"].get("untuned", {}).get(metric),
            "loss": run.metrics("test").get("loss"),
            "accuracy": run.metrics("test").get("accuracy"),
            "best_step": results["best_step"], "steps": int(history["step"].max()),
            "evaluations": [[int(row["step"]), _plain(row[metric]), _plain(row.get("loss"))]
                            for row in evaluations.to_dict("records")],
            "training_seconds": results["training_seconds"],
            "seconds": round(time.monotonic() - started, 1),
        }  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _plain(value: Any) -> float | None:
    """A number that JSON can hold."""
    return None if value is None or not math.isfinite(value) else round(float(value), 6)


def recorded(record: Path) -> dict[str, dict[str, Any]]:
    """Cells by key that are committed with the code, a line each; {} where there are none."""
    lines = record.read_text("utf-8").splitlines() if record.exists() else []
    return {one.pop("key"): one for one in map(json.loads, lines)}


def write_down(found: dict[str, dict[str, Any]], record: Path) -> None:
    """Add cells to the record, sorted by key; of those with other rules the old line goes."""
    def place(name: str) -> str:
        return name.rpartition(".")[0]  # without the digest of recipe and rules

    fresh = set(map(place, found))
    known = {n: one for n, one in recorded(record).items() if place(n) not in fresh}
    lines = [json.dumps({"key": name, **one}, ensure_ascii=False)
             for name, one in sorted({**known, **found}.items())]  # fmt: skip
    record.parent.mkdir(parents=True, exist_ok=True)
    write_text(record, "\n".join(lines) + "\n")


def run(cell: Cell, kept: Path, record: Path | None = None) -> dict[str, Any]:
    """What came out of a cell: read where it was run before, else run and kept."""
    name, path = key(cell), kept / f"{key(cell)}.json"
    known = {} if record is None else recorded(record)
    if name in known:
        return known[name]
    if not path.exists():
        kept.mkdir(parents=True, exist_ok=True)
        write_json(path, measure(cell))
    return json.loads(path.read_text("utf-8"))
