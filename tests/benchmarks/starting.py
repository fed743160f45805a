"""What lies before the first step, and how much of the processor a step reaches."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import workbench as wb
from tests.benchmarks.data import WORDS
from tests.benchmarks.measure import Goal, summary
from workbench.catalog.samples import fetch

_PREPARE = """
import sys, time
import workbench as wb
from workbench.training.preparing import prepare
made = prepare(wb.Recipe(max_train_examples=50, max_eval_examples=50))  # all is imported
started = time.perf_counter()
made = prepare(wb.Recipe(dataset=sys.argv[1], max_train_examples=None, max_eval_examples=None))
seconds = time.perf_counter() - started
rows, tokens = (sum(f(e) for e in made.encoded.values()) for f in (len, lambda e: e.lengths.sum()))
print(seconds, rows, tokens, made.examples.fingerprint)
"""


def preparing(scale: str):
    """A CSV file of a million short texts until the first step could begin: first, and later."""
    import random

    import pandas as pd

    from workbench import catalog

    rows = {"small": 250_000, "normal": 1_000_000, "full": 1_000_000}[scale]
    again = {"small": 1, "normal": 2, "full": 5}[scale]
    rng = random.Random(0)
    words = [" ".join(rng.choices(WORDS, k=rng.randint(3, 12))) for _ in range(5000)]
    with tempfile.TemporaryDirectory(prefix="workbench-preparing-") as folder:
        path = Path(folder) / "texts.csv"
        texts = [f"{words[n % 5000]} {n}" for n in range(rows)]
        labels = ["yes" if n % 3 else "no" for n in range(rows)]
        pd.DataFrame({"text": texts, "label": labels}).to_csv(path, index=False)
        cache = Path(folder) / "cache"
        (cache / "samples").mkdir(parents=True)
        for sample in (catalog.model_folder("sample:minilm-l6"), fetch("movie-sentiment")):
            (cache / "samples" / sample.name).symlink_to(sample)
        fresh = {**os.environ, "WORKBENCH_CACHE": str(cache)}
        answers = []
        for _ in range(1 + again):
            done = subprocess.run(
                [sys.executable, "-c", _PREPARE, str(path)], env=fresh, text=True,
                capture_output=True, check=True,
            )  # fmt: skip
            answers.append(done.stdout.split()[-4:])
    seconds = [float(answer[0]) for answer in answers]
    if len({tuple(answer[1:]) for answer in answers}) != 1 or int(answers[0][1]) != rows:
        raise ValueError(f"What was read is not what was made: {answers}.")
    figures = {
        "texts": rows,
        "tokens": int(answers[0][2]),
        "seconds, first time": seconds[0],
        "seconds, from then on": summary(seconds[1:]),
    }
    return figures, [Goal("slowest later time, seconds", max(seconds[1:]), at_most=1)]


def first_step(scale: str):
    """Seconds from the call behind the Train button to the end of the first step."""
    from workbench.worker import warming

    rounds = {"small": 1, "normal": 3, "full": 10}[scale]
    recipe = wb.Recipe(max_steps=2, max_eval_examples=50)
    waited: dict[str, list[float]] = {"warm": [], "cold": []}
    first_seconds = []
    try:
        for number in range(rounds):
            for how in ("warm", "cold"):
                if how == "warm":
                    warming.warm()
                    time.sleep(15)  # what a person takes to pick
                else:
                    warming.dismiss()
                pressed = time.time()
                run = wb.start(recipe.replace(seed=number)).wait(timeout=120)
                first = run.history().query("kind == 'step'").iloc[0]
                waited[how].append(float(first["time"]) - pressed)
                first_seconds.append(float(first["seconds"]))
                shutil.rmtree(run.path)
    finally:
        warming.dismiss()
    figures = {
        "seconds to the end of the first step, worker warm": summary(waited["warm"]),
        "seconds to the end of the first step, cold": summary(waited["cold"]),
        "seconds of that step itself": summary(first_seconds),
    }
    goal = Goal("median seconds, worker warm", statistics.median(waited["warm"]), at_most=1.5)
    return figures, [goal]


def products(scale: str):
    """Share of the fastest matrix product measured here that a training step reaches."""
    import torch

    from workbench import device

    steps = {"small": 4, "normal": 60, "full": 120}[scale]
    recipe = wb.Recipe(max_steps=steps + 2, evaluate_every=10_000, checkpoint_every=10_000,
                       max_eval_examples=20)  # fmt: skip
    peaks: dict[str, list[float]] = {"fp32": [], "bf16": []}
    for _ in range({"small": 1, "normal": 3, "full": 5}[scale]):  # before, and each in turn
        for name, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
            peaks[name].append(peak_product(dtype))
    run = wb.fine_tune(recipe, progress=False)
    rows = run.history().query("kind == 'step'").iloc[2:]
    config = run.model_path / "config.json"
    work = operations_a_token(config)
    shutil.rmtree(run.path)
    reached = [work * row["tokens"] / row["seconds"] for _, row in rows.iterrows()]
    best = {name: max(values) for name, values in peaks.items()}
    share = statistics.median(reached) / best["bf16"]
    figures = {
        "fastest product, GFLOP/s, fp32": best["fp32"] / 1e9,
        "fastest product, GFLOP/s, bf16": best["bf16"] / 1e9,
        "a step reaches, GFLOP/s": summary([value / 1e9 for value in reached]),
        "number format of the step": device.choose_precision("auto", device.device_name()),
        "share of the fastest bf16 product": share,
        "share of the fastest fp32 product": statistics.median(reached) / best["fp32"],
    }
    return figures, [Goal("share of the fastest bf16 product", share, at_least=0.5)]


def operations_a_token(config: Path) -> float:
    """Additions and multiplications of the linear layers for a token, forwards and backwards.

    Attention's own products and what is computed for first tokens only are left out: the share
    that is reported is on the low side.
    """
    import json

    values = json.loads(config.read_text(encoding="utf-8"))
    hidden, inner = values["hidden_size"], values["intermediate_size"]
    layer = 4 * hidden * hidden + 2 * hidden * inner
    last = 3 * hidden * hidden  # after its attention the last layer computes first tokens only
    return 3 * 2 * ((values["num_hidden_layers"] - 1) * layer + last)


def peak_product(dtype) -> float:
    """Operations a second of a matrix product of the shape that a batch gives, best of many."""
    import torch

    from workbench.device import device_name

    where = device_name()
    best = 0.0
    for rows, size, out in ((512, 384, 1536), (1024, 384, 1536), (2048, 2048, 2048)):
        left = torch.ones(rows, size, dtype=dtype, device=where)
        right = torch.ones(out, size, dtype=dtype, device=where)
        for _ in range(6):
            if where == "cuda":
                torch.cuda.synchronize()
            started = time.perf_counter()
            torch.nn.functional.linear(left, right)
            if where == "cuda":
                torch.cuda.synchronize()
            best = max(best, 2 * rows * size * out / (time.perf_counter() - started))
    return best
