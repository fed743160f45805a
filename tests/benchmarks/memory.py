"""Memory and seconds of a step by each method, each run in a process of its own.

``python -m tests.benchmarks.memory RECIPE.yaml`` trains a recipe and prints one line of JSON: its
peak of resident memory from when the model is loaded until training ends, above what program and
data had taken before; the seconds and the losses of its steps.
"""

from __future__ import annotations

import ctypes
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

import workbench as wb
from tests.benchmarks.measure import AGAIN, Goal, ratios, summary, turns

CLOSE = 0.25  # how far an expected peak may be from a measured one, as a share of it
METHODS = {
    "full": "full",
    "LoRA": "lora",
    "QLoRA": {"kind": "lora", "base": "nf4"},
    "frozen": "frozen",
    "bitfit": "bitfit",
    "head": "head",
}
STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def encoder(**changes) -> wb.Recipe:
    """Reviews of movies read by MiniLM, 16 at a step."""
    usual = dict(max_train_examples=400, max_eval_examples=64, precision="fp32", max_steps=8)
    return wb.Recipe(**{**usual, **changes})


def decoder(**changes) -> wb.Recipe:
    """Plays written by SmolLM2 with 135 million weights, 2 x 128 tokens at a step, in bf16."""
    usual = dict(task="language-modelling", batch_size=2, max_length=128, max_train_examples=40,
                 max_eval_examples=8, precision="bf16", max_steps=6)  # fmt: skip
    return wb.Recipe(**{**usual, **changes})


def methods_memory(scale: str):
    """Peak and seconds of a step by method, SmolLM2 in bf16 at 2 x 128; what was expected."""
    from workbench.training.expected_memory import Texts, expected_memory

    rounds = {"small": 1, "normal": 1, "full": 3}[scale]
    ways = {name: decoder(method=METHODS[name]) for name in ("full", "LoRA", "QLoRA", "frozen")}
    figures, found = _in_turn({**ways, "full again": ways["full"]}, rounds)
    for name, recipe in ways.items():
        expected = expected_memory(recipe, Texts.unknown(recipe)).bytes / 1e6
        figures[f"expected peak of {name}, MB"] = expected
    goals = _close(figures, ways)
    peaks = {name: [one["peak_mb"] for one in runs] for name, runs in found.items()}
    paces = {name: [statistics.median(one["seconds"]) for one in runs]
             for name, runs in found.items()}  # fmt: skip
    shares = {"memory of LoRA as a share of full": ratios(peaks["LoRA"], peaks["full"]),
              "seconds of LoRA as a share of full": ratios(paces["LoRA"], paces["full"]),
              "memory of QLoRA as a share of LoRA": ratios(peaks["QLoRA"], peaks["LoRA"]),
              AGAIN: ratios(paces["full again"], paces["full"])}  # fmt: skip
    learnt = [one["losses"][-1] / one["losses"][0] for one in found["QLoRA"]]
    figures |= shares
    for (name, share), most in zip(shares.items(), (0.75, 1, 1), strict=False):
        goals.append(Goal(name, share["median"], at_most=most))
    return figures, [*goals, Goal("last loss of QLoRA as a share of the first", max(learnt),
                                  at_most=1)]  # fmt: skip


def methods_memory_encoder(scale: str):
    """Peak and seconds of a step by method, MiniLM at 16 texts; what was expected."""
    from workbench.training.expected_memory import Texts, expected_memory

    rounds = {"small": 1, "normal": 1, "full": 3}[scale]
    ways = {name: encoder(method=method) for name, method in METHODS.items()}
    figures, found = _in_turn(ways, rounds)
    texts = Texts(**found["full"][0]["texts"])
    for name, recipe in ways.items():
        figures[f"expected peak of {name}, MB"] = expected_memory(recipe, texts).bytes / 1e6
    return figures, _close(figures, ways)


def adversarial_step(scale: str):
    """Seconds of a step with words that are moved (FGM), against a plain one; MiniLM."""
    rounds = {"small": 1, "normal": 3, "full": 7}[scale]
    plain = encoder(max_steps=20)
    ways = {"plain": plain, "plain again": plain, "FGM": plain.replace(adversarial="fgm")}
    figures, found = _in_turn(ways, rounds)
    paces = {name: [statistics.median(one["seconds"]) for one in runs]
             for name, runs in found.items()}  # fmt: skip
    share = ratios(paces["FGM"], paces["plain"])
    figures |= {"a step with FGM, in plain ones": share,
                AGAIN: ratios(paces["plain again"], paces["plain"])}  # fmt: skip
    return figures, [Goal("a step with FGM, in plain ones", share["median"], at_most=2.2)]


def _in_turn(ways: dict[str, wb.Recipe], rounds: int) -> tuple[dict, dict[str, list[dict]]]:
    found: dict[str, list[dict]] = {name: [] for name in ways}
    for order in turns(ways, rounds):
        for name in order:
            found[name].append(measured(ways[name]))
    figures = {}
    for name, runs in found.items():
        figures[f"peak of {name}, MB"] = summary([one["peak_mb"] for one in runs])
        figures[f"seconds of a step of {name}"] = summary(
            [statistics.median(one["seconds"]) for one in runs]
        )
    return figures, found


def _close(figures: dict, names: Iterable[str]) -> list[Goal]:
    """How near the expected peaks are to the measured ones."""
    off = [figures[f"expected peak of {name}, MB"] / figures[f"peak of {name}, MB"]["median"] - 1
           for name in names]  # fmt: skip
    return [Goal("largest error of an expected peak, as a share", max(map(abs, off)),
                 at_most=CLOSE)]  # fmt: skip


def measured(recipe: wb.Recipe) -> dict:
    """``peak_mb``, ``seconds`` and ``losses`` of a run in a new process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recipe.yaml"
        path.write_text(recipe.to_yaml(), encoding="utf-8")
        command = [sys.executable, "-m", "tests.benchmarks.memory", str(path)]
        out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(out.splitlines()[-1])


def _train(recipe: wb.Recipe) -> dict:
    """Train in this process; what :func:`measured` gives."""
    import accelerate  # noqa: F401
    import bitsandbytes  # noqa: F401
    import peft  # noqa: F401

    from workbench.training import engine, finishing, preparing  # noqa: F401

    found: dict[str, Any] = {}
    build, finish, prepare = preparing.build_model, finishing.finish_model, preparing.prepare

    def building(*given, **named):
        if not named.get("only_look"):
            ctypes.CDLL(None).malloc_trim(0)  # what was freed counts as nobody's
            found["before"] = _resident("VmRSS")
            RESET.write_text("5")  # the peak begins anew
        return build(*given, **named)

    def preparing_all(*given, **named):
        prepared = prepare(*given, **named)
        rows = prepared.encoded["train"]
        sizes = rows.sizes
        found["texts"] = {
            "longest": int(sizes.max()), "mean": float(sizes.mean()),
            "deviation": float(sizes.std()), "words": len(np.unique(rows.arrays["input_ids"])),
        }  # fmt: skip
        return prepared

    def finishing_model(*given, **named):
        found["peak"] = _resident("VmHWM")
        return finish(*given, **named)

    with (
        mock.patch.object(preparing, "build_model", building),
        mock.patch.object(finishing, "finish_model", finishing_model),
        mock.patch.object(preparing, "prepare", preparing_all),
    ):
        run = wb.fine_tune(recipe, progress=False)
    steps = run.history().query("kind == 'step'")
    return {
        "peak_mb": found["peak"] - found["before"],
        "seconds": steps["seconds"].tolist()[1:],  # the first one waits for what is made once
        "losses": steps["loss"].tolist(),
        "texts": found["texts"],
    }


def _resident(name: str) -> float:
    """A figure of this process's memory, in MB of 10**6 bytes."""
    line = next(one for one in STATUS.read_text().splitlines() if one.startswith(name))
    return int(line.split()[1]) * 1024 / 1e6


if __name__ == "__main__":
    print(json.dumps(_train(wb.Recipe.from_yaml(Path(sys.argv[1]).read_text("utf-8")))))
