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

import workbench as wb
from tests.benchmarks import attention, data, queries, speed, starting, workers
from tests.benchmarks.measure import Goal, paired, ratios, summary


def default_recipe(scale: str):
    """The default recipe: seconds of training and accuracy, against the baselines."""
    seeds = {"small": 1, "normal": 3, "full": 5}[scale]
    recipe = wb.Recipe()
    if scale == "small":
        recipe = recipe.replace(max_train_examples=96, max_eval_examples=100, epochs=1)
    training, whole, metrics, baselines = [], [], [], []
    for seed in range(seeds):
        started = time.perf_counter()
        run = wb.fine_tune(recipe.replace(seed=seed), progress=False)
        whole.append(time.perf_counter() - started)
        training.append(_event(run, "trained")["seconds"])
        metrics.append(run.metrics("test"))
        baselines.append(run.results()["baselines"])
        shutil.rmtree(run.path)
    accuracy = [m["accuracy"] for m in metrics]
    figures = {
        "training seconds": summary(training),
        "seconds from recipe to results": summary(whole),
        "accuracy, each seed": accuracy,
        "macro-F1, each seed": [m["macro_f1"] for m in metrics],
        "mean accuracy": statistics.fmean(accuracy),
        "test examples": metrics[0]["examples"],
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
    rounds = {"small": 1, "normal": 2, "full": 5}[scale]
    recipe = wb.Recipe()
    if scale == "small":
        recipe = recipe.replace(max_train_examples=160, max_eval_examples=50, checkpoint_every=5,
                                max_steps=10)  # fmt: skip
    every = recipe.checkpoint_every
    shares, regular, writes, megabytes = [], [], [], []
    for seed in range(rounds):
        run = wb.fine_tune(recipe.replace(seed=seed), progress=False)
        total = _event(run, "trained")["seconds"]
        events = [e for e in run.events() if e["event"] == "checkpoint"]
        writes += [e["seconds"] for e in events]
        megabytes += [e["megabytes"] for e in events]
        shares.append(sum(e["seconds"] for e in events) / total)
        regular.append(sum(e["seconds"] for e in events if e["step"] % every == 0) / total)
        shutil.rmtree(run.path)
    figures = {
        "steps between checkpoints": every,
        "share of training time, all checkpoints": summary(shares),
        "share of training time, those of the interval": summary(regular),
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
    """run.predict on 5,000 short texts against transformers' pipeline(batch_size=64)."""
    from workbench.data import sources

    count = {"small": 200, "normal": 5000, "full": 5000}[scale]
    rounds = {"small": 1, "normal": 3, "full": 7}[scale]
    recipe = wb.Recipe(max_steps=4, max_train_examples=64, max_eval_examples=50)
    run = wb.fine_tune(recipe, progress=False)
    texts = next(iter(sources.load(recipe.dataset).values())).to_pandas()["text"].tolist()[:count]
    if len(texts) != count:
        raise ValueError(f"{recipe.dataset} has {len(texts)} texts; {count} are needed.")
    pipeline = run.pipeline()
    answers = {}

    def ours():
        answers["ours"] = run.predict(texts)

    def theirs():
        answers["theirs"] = pipeline(texts, batch_size=64, top_k=None)

    times = paired(ours, theirs, rounds)
    difference = max(
        abs(row[f"score_{part['label']}"] - part["score"])
        for (_, row), parts in zip(answers["ours"].iterrows(), answers["theirs"], strict=True)
        for part in parts
    )
    other = sum(
        row["prediction"] != parts[0]["label"]
        for (_, row), parts in zip(answers["ours"].iterrows(), answers["theirs"], strict=True)
    )
    figures = {
        "texts": count,
        "texts a second, run.predict": summary([count / s for s in times["a"]]),
        "texts a second, pipeline": summary([count / s for s in times["b"]]),
        "seconds, run.predict": summary(times["a"]),
        "seconds, pipeline": summary(times["b"]),
        "ratio, round by round": ratios(times["b"], times["a"]),
        "seconds of the first calls (run.predict, pipeline)": times["warm_up"],
        "largest difference of a score": difference,
        "texts with another label": other,
    }
    goals = [
        Goal("times as fast as the pipeline", ratios(times["b"], times["a"])["median"], at_least=4),
        Goal("texts with another label", other, at_most=0),
        Goal("largest difference of a score", difference, at_most=1e-4),
    ]
    return figures, goals


PARTS = {
    "default-recipe": default_recipe,
    "checkpoints": checkpoints,
    "control": workers.control,
    "death": workers.death,
    "import": import_time,
    "predict": predict,
    "prediction-queries": queries.prediction_queries,
    "movies": speed.movies,
    "questions": speed.questions,
    "time-to-quality": speed.time_to_quality,
    "long-texts": speed.long_texts,
    "preparing": starting.preparing,
    "first-step": starting.first_step,
    "products": starting.products,
    "many-rows": data.many_rows,
    "doctor": data.doctor,
    "attention-view": attention.attention_view,
}


def _event(run, name: str) -> dict:
    return [event for event in run.events() if event["event"] == name][-1]


def _python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout
