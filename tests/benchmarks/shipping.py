"""What an exported model costs and gives beside the run that it came from."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

import workbench as wb
from tests.benchmarks.measure import Goal, ratios, summary
from workbench.shipping.exporting.standalone.predict import Model

BATCHES = (1, 8, 32)


def eight_bits(scale: str):
    """ONNX of MiniLM in int8 against fp32: size, answers, milliseconds, in turn."""
    rounds = {"small": 3, "normal": 60, "full": 200}[scale]
    recipe = wb.Recipe(max_train_examples=2000, epochs=1)
    if scale == "small":
        recipe = recipe.replace(max_train_examples=64, max_eval_examples=50)
    run = wb.fine_tune(recipe, progress=False)
    table = run.predictions("test")
    texts, truth = table["text"].tolist(), table["label"].to_numpy()
    with tempfile.TemporaryDirectory(prefix="workbench-exported-") as folder:
        made = {
            weights: wb.shipping.export(run, Path(folder, weights), "onnx", weights=weights)
            for weights in ("fp32", "int8")
        }
        models = {weights: Model(one.path) for weights, one in made.items()}
        said = {weights: np.array([answer["prediction"] for answer in model.predict(texts)])
                for weights, model in models.items()}  # fmt: skip
        times = {size: _in_turn(models, texts, size, rounds) for size in BATCHES}
    share = made["int8"].size / made["fp32"].size
    same = float((said["fp32"] == said["int8"]).mean())
    right = {weights: said[weights] == truth for weights in said}
    lost = right["fp32"].astype(float) - right["int8"]
    wide = float(1.96 * lost.std(ddof=1) / np.sqrt(len(lost)))
    faster = {size: ratios(one["fp32"], one["int8"]) for size, one in times.items()}
    figures = {
        "megabytes": {weights: one.size / 1e6 for weights, one in made.items()},
        "test examples": len(texts),
        "accuracy": {weights: float(one.mean()) for weights, one in right.items()},
        "accuracy lost, and half its 95 % interval": [float(lost.mean()), wide],
        **{f"milliseconds of {size}, {weights}": summary(one)
           for size, both in times.items() for weights, one in both.items()},
        **{f"times as fast, batches of {size}": one for size, one in faster.items()},
    }  # fmt: skip
    goals = [
        Goal("share of the size", share, at_most=0.26),
        Goal("share of equal labels", same, at_least=0.975),
        Goal("accuracy lost beyond its interval", float(lost.mean()) - wide, at_most=0),
        Goal("times as fast, batches of 8", faster[8]["median"], at_least=1.9),
    ]
    return figures, goals


def _in_turn(models: dict, texts: list[str], size: int, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of batches, both models on the same texts, one after the other."""
    found: dict[str, list[float]] = {weights: [] for weights in models}
    for number in range(rounds + 1):
        start = number * size % max(1, len(texts) - size)
        batch = models["fp32"].tokenizer(
            texts[start : start + size], truncation=True, padding=True, max_length=128,
            return_tensors="np",
        )  # fmt: skip
        inputs = {name: np.asarray(value, np.int64) for name, value in batch.items()}
        order = list(models) if number % 2 else list(models)[::-1]
        for weights in order:
            began = time.perf_counter()
            models[weights].net.outputs(inputs)
            if number:  # the first one warms up
                found[weights].append(1000 * (time.perf_counter() - began))
    return found
