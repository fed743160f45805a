"""What is measured, a function a part: ``part(scale) -> (figures, goals)``.

``scale`` is ``small`` (does it work?), ``normal`` (what the goals are held to) or ``full``.
Runs are made in a temporary folder, which ``WORKBENCH_RUNS`` names.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time

import numpy as np

import workbench as wb
from tests.benchmarks import (
    attention,
    data,
    devices,
    memory,
    queries,
    serving,
    shipping,
    speed,
    starting,
    tasks,
    workers,
    writing,
)
from tests.benchmarks.measure import AGAIN, Goal, in_turn, paired, ratios, summary


def default_recipe(scale: str):
    """The default recipe: seconds of training and accuracy, against the baselines."""
    seeds = {"small": 1, "normal": 2, "full": 5}[scale]
    recipe = wb.Recipe()
    if scale == "small":
        recipe = recipe.replace(max_train_examples=96, max_eval_examples=100, epochs=1)
    training, whole, metrics, baselines, memory = [], [], [], [], []
    for seed in range(seeds):
        started = time.perf_counter()
        run = wb.start(recipe.replace(seed=seed)).wait()  # its process: no memory of other parts
        whole.append(time.perf_counter() - started)
        training.append(_event(run, "trained")["seconds"])
        metrics.append(run.metrics("test"))
        baselines.append(run.results()["baselines"])
        memory.append(float(run.history()["memory_mb"].max()))
        shutil.rmtree(run.path)
    accuracy = [m["accuracy"] for m in metrics]
    figures = {
        "training seconds": summary(training),
        "seconds from recipe to results": summary(whole),
        "accuracy, each seed": accuracy,
        "macro-F1, each seed": [m["macro_f1"] for m in metrics],
        "mean accuracy": statistics.fmean(accuracy),
        "test examples": metrics[0]["examples"],
        "memory of the process, MB": max(memory),
    }
    for name in baselines[0]:
        figures[f"accuracy of {name}, each seed"] = [b[name]["accuracy"] for b in baselines]
    tfidf = [b["tfidf_logistic_regression"]["accuracy"] for b in baselines]
    gains = [ours - theirs for ours, theirs in zip(accuracy, tfidf, strict=True)]
    figures["gain over TF-IDF, each seed"] = gains
    goals = [
        Goal("median training seconds", statistics.median(training), at_most=75),
        Goal("mean accuracy", statistics.fmean(accuracy), at_least=0.815),
        Goal("smallest gain over TF-IDF", min(gains), at_least=0),
    ]
    return figures, goals


def checkpoints(scale: str):
    """Share of the training time that checkpoints take at the default interval."""
    rounds = {"small": 1, "normal": 1, "full": 5}[scale]
    recipe = wb.Recipe()
    if scale == "small":
        recipe = recipe.replace(max_train_examples=160, max_eval_examples=50, checkpoint_every=5,
                                max_steps=10)  # fmt: skip
    shares, writes, megabytes = [], [], []
    for seed in range(rounds):
        run = wb.fine_tune(recipe.replace(seed=seed), progress=False)
        total = _event(run, "trained")["seconds"]
        events = [e for e in run.events() if e["event"] == "checkpoint"]
        writes += [e["seconds"] for e in events]
        megabytes += [e["megabytes"] for e in events]
        shares.append(sum(e["seconds"] for e in events) / total)
        shutil.rmtree(run.path)
    figures = {
        "steps between checkpoints": recipe.checkpoint_every,
        "share of training time, all checkpoints": summary(shares),
        "seconds a checkpoint": summary(writes),
        "checkpoints a run": len(writes) / rounds,
        "megabytes a checkpoint": summary(megabytes),
    }
    return figures, [Goal("median share, all checkpoints", summary(shares)["median"], at_most=0.03)]


def import_time(scale: str):
    """Seconds that `import workbench` takes, and what it loads."""
    rounds = {"small": 3, "normal": 15, "full": 40}[scale]
    code = (
        "import sys, time; t = time.perf_counter(); import workbench; "
        "print(time.perf_counter() - t, 'torch' in sys.modules)"
    )
    inside, torch_loaded = [], []

    def ours():
        out = _python(code).split()
        inside.append(float(out[0]))
        torch_loaded.append(out[1] == "True")

    times = paired(ours, lambda: _python("pass"), rounds)
    figures = {
        "seconds of the import statement": summary(inside[1:]),
        "seconds of a process that imports it": summary(times["a"]),
        "seconds of a process that does nothing": summary(times["b"]),
        "first import, files not read before": inside[0],
        "loads torch": any(torch_loaded),
    }
    goals = [
        Goal("median seconds of the import statement", summary(inside[1:])["median"], at_most=0.3),
        Goal("processes in which torch was loaded", sum(torch_loaded), at_most=0),
    ]
    return figures, goals


def predict(scale: str):
    """run.predict on 5,000 short texts, fp32 and bf16, against pipeline(batch_size=64)."""
    from workbench.data.reading import sources

    count = {"small": 200, "normal": 5000, "full": 5000}[scale]
    rounds = {"small": 1, "normal": 2, "full": 7}[scale]
    recipe = wb.Recipe(max_steps=60, max_eval_examples=50)  # labels that are not by chance
    if scale == "small":
        recipe = recipe.replace(max_steps=4, max_train_examples=64)
    run = wb.fine_tune(recipe, progress=False)
    texts = next(iter(sources.load(recipe.dataset).values())).to_pandas()["text"].tolist()[:count]
    if len(texts) != count:
        raise ValueError(f"{recipe.dataset} has {len(texts)} texts; {count} are needed.")
    pipeline = run.pipeline()
    answers = {}
    ways = {
        "fp32": lambda: answers.update(fp32=run.predict(texts)),
        "bf16": lambda: answers.update(bf16=run.predict(texts, precision="bf16")),
        "pipeline": lambda: answers.update(theirs=pipeline(texts, batch_size=64, top_k=None)),
        "pipeline again": lambda: pipeline(texts, batch_size=64, top_k=None),
    }
    times, warm_up = in_turn(ways, rounds)
    theirs = [{part["label"]: part["score"] for part in parts} for parts in answers["theirs"]]
    names = list(theirs[0])
    scores = np.array([[row[name] for name in names] for row in theirs])
    exact, rounded = (
        answers[kind][[f"score_{name}" for name in names]].to_numpy() for kind in ("fp32", "bf16")
    )
    other = int((exact.argmax(1) != scores.argmax(1)).sum())
    flipped = rounded.argmax(1) != exact.argmax(1)
    top = np.sort(exact, axis=1)
    margin = float((top[:, -1] - top[:, -2])[flipped].max(initial=0))
    against = {kind: ratios(times["pipeline"], times[kind]) for kind in ("fp32", "bf16")}
    figures = {
        "texts": count,
        **{f"texts a second, {name}": summary([count / s for s in times[name]]) for name in ways},
        "times as fast as the pipeline, fp32": against["fp32"],
        AGAIN: ratios(times["pipeline"], times["pipeline again"]),
        "seconds of the first calls": warm_up,
        "largest difference of a score, fp32": float(np.abs(exact - scores).max()),
        "texts with another label, fp32": other,
        "share of equal labels, bf16": 1 - float(flipped.mean()),
        "largest margin of a label that bf16 flips": margin,
    }
    goals = [
        Goal("texts with another label, fp32", other, at_most=0),
        Goal("largest difference of a score, fp32",
             figures["largest difference of a score, fp32"], at_most=1e-4),
        Goal("share of equal labels, bf16", 1 - float(flipped.mean()), at_least=0.999),
        Goal("largest margin of a label that bf16 flips", margin, at_most=0.02),
    ]  # fmt: skip
    if all(goal.met for goal in goals[2:]):  # a ratio that accuracy paid for is not told
        figures["times as fast as the pipeline, bf16"] = against["bf16"]
    best = max(figures[name]["median"] for name in figures if name.startswith("times as fast"))
    return figures, [*goals, Goal("times as fast as the pipeline", best, at_least=4)]


PARTS = {
    "default-recipe": default_recipe,
    "checkpoints": checkpoints,
    "control": workers.control,
    "death": workers.death,
    "devices": devices.devices,
    "import": import_time,
    "predict": predict,
    "prediction-queries": queries.prediction_queries,
    "what-if": queries.what_if,
    "movies": speed.movies,
    "questions": speed.questions,
    "time-to-quality": speed.time_to_quality,
    "long-texts": speed.long_texts,
    "long-texts-quality": speed.long_texts_quality,
    "preparing": starting.preparing,
    "first-step": starting.first_step,
    "products": starting.products,
    "many-rows": data.many_rows,
    "doctor": data.doctor,
    "attention-view": attention.attention_view,
    "spam": tasks.spam,
    "chinese-reviews": tasks.chinese_reviews,
    "regression": tasks.regression,
    "several-labels": tasks.several_labels,
    "named-entities": tasks.named_entities,
    "chinese-names": tasks.chinese_names,
    "question-answering": tasks.question_answering,
    "replies": writing.replies,
    "shakespeare": writing.shakespeare,
    "phonemes": writing.phonemes,
    "found-replies": writing.found_replies,
    "methods-memory": memory.methods_memory,
    "methods-memory-encoder": memory.methods_memory_encoder,
    "adversarial-step": memory.adversarial_step,
    "eight-bits": shipping.eight_bits,
    "serving": serving.served,
}


def _event(run, name: str) -> dict:
    return [event for event in run.events() if event["event"] == name][-1]


def _python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout
