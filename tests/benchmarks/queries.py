"""Benchmark parts: predictions asked for on disk at three sizes; a text predicted as typed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import workbench as wb
from tests.benchmarks.measure import Goal, summary
from workbench import inspection
from workbench.widgets.panels.inspect import InspectPanel

WORDS = np.array("the a film story music scene was is not very good bad warm dull cold".split())


def prediction_queries(scale: str):
    """Seconds from a file of predictions to confusion, cell, text and regex search."""
    rounds = {"small": 3, "normal": 3, "full": 7}[scale]
    figures, goals = {}, []
    with tempfile.TemporaryDirectory() as folder:
        for rows in (10_000, 100_000, 1_000_000):
            path = Path(folder) / f"{rows}.parquet"
            _write(path, rows)
            asked = {"open": [], "confusion": [], "cell": [], "text": [], "regex": []}
            for _ in range(rounds):
                queries = _timed(asked["open"], lambda p=path: inspection.PredictionQueries(p))
                _timed(asked["confusion"], queries.confusion)
                for name, question in (
                    ("cell", {"label": "c1", "prediction": "c2"}),
                    ("text", {"text": "dull not"}),
                    ("regex", {"text": r"\bnot (very )?good\b", "regex": True}),
                ):
                    _timed(asked[name], lambda q=question, b=queries: b.find(limit=10, **q))
                queries.close()
            figures[f"memory, MB, {rows:,} rows"] = _memory(path, ASKING)
            figures[f"memory of the whole table, MB, {rows:,} rows"] = _memory(path, LOADING)
            for name, seconds in asked.items():
                figures[f"seconds, {name}, {rows:,} rows"] = summary(seconds)
                goals.append(
                    Goal(f"{name} of {rows:,} rows", summary(seconds)["median"],
                         at_most=1.0 if name in ("text", "regex") else 0.3)
                )  # fmt: skip
    return figures, goals

def what_if(scale: str):
    """Seconds from an edited text to its prediction in the What-if view, a word at a time."""
    rounds = {"small": 1, "normal": 5, "full": 20}[scale]
    recipe = wb.Recipe(max_train_examples=64, max_eval_examples=40, epochs=1)
    run = wb.fine_tune(recipe, progress=False)
    view = InspectPanel(run).choose_view("whatif")
    words = "the film takes its time and is never dull though its music is not very good".split()
    view.ask("warm up").join()
    asked: list[float] = []
    for _ in range(rounds):
        for n in range(1, len(words) + 1):
            _timed(asked, lambda n=n: view.ask(" ".join(words[:n])).join())
    shutil.rmtree(run.path)
    p95 = float(np.quantile(asked, 0.95))
    figures = {"seconds to the prediction": summary(asked), "seconds, 95th percentile": p95}
    return figures, [Goal("seconds, 95th percentile", p95, at_most=0.15)]


ASKING = """
from workbench import inspection
queries = inspection.PredictionQueries(path)
inspection.metric_intervals(queries), inspection.per_class_errors(queries)
queries.find(limit=10, label="c1", prediction="c2"), queries.find(limit=10, text="dull not")
"""
LOADING = "pandas.read_parquet(path)"


def _memory(path: Path, work: str) -> float:
    """Peak memory in MB that this work adds to a process of its own."""
    code = f"""
import resource, sys, duckdb, pandas, pyarrow.parquet, scipy.sparse
path = {str(path)!r}
def peak():  # MB; the parent's own peak must not count
    if sys.platform == "linux":
        return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
before = peak()
{work}
print(peak() - before)
"""
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                                check=True).stdout)  # fmt: skip


def _write(path: Path, rows: int) -> None:
    rng = np.random.default_rng(0)
    lines = [" ".join(words) for words in WORDS[rng.integers(0, len(WORDS), (5000, 12))]]
    labels, names = rng.integers(0, 8, rows), np.array([f"c{i}" for i in range(8)], dtype=object)
    predictions = np.where(rng.random(rows) < 0.85, labels, rng.integers(0, 8, rows))
    texts = np.array(lines, dtype=object)[rng.integers(0, 5000, rows)]
    numbers = np.arange(rows).astype(str).astype(object)
    pd.DataFrame(
        {"text": texts + " " + numbers, "label": names[labels], "prediction": names[predictions],
         "loss": rng.exponential(size=rows), **{f"score_{n}": rng.random(rows) for n in names}}
    ).to_parquet(path, index=False)  # fmt: skip


def _timed(seconds: list[float], work):
    started = time.perf_counter()
    result = work()
    seconds.append(time.perf_counter() - started)
    return result
