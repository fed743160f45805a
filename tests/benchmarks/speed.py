"""What the fast path gains over the official recipe, with the check that nothing was paid for it.

Arm **A** is the official text-classification recipe: ``transformers.Trainer``, random batches
padded to their longest text, AdamW, fp32. Arm **B** is A with the options that a user who knows
them would set: length grouping, and bf16 where the device gains from it. All arms start from the
same weights, see the same texts with the same batch size and learning rate, and take turns in an
order that is drawn for each round; A is there twice.
"""

from __future__ import annotations

import shutil
import statistics
import time

import numpy as np

import workbench as wb
from tests.benchmarks.measure import AGAIN, Goal, ratios, summary, turns
from workbench import device
from workbench.training.speed.packed import FASTER

BATCH, LEARNING_RATE = 16, 1e-4


def movies(scale: str):
    """An epoch on movie snippets: our default against A and B, three seeds, equal quality."""
    return _epoch("sample:movie-sentiment", scale)


def questions(scale: str):
    """An epoch on question types: our default against A and B, three seeds, equal quality."""
    return _epoch("sample:question-types", scale)


def _epoch(dataset: str, scale: str):
    examples, held_out, seeds = {
        "small": (64, 60, 1), "normal": (800, 600, 3), "full": (None, None, 5),
    }[scale]  # fmt: skip
    recipe = wb.Recipe(
        dataset=dataset, epochs=1, batch_size=BATCH, learning_rate=LEARNING_RATE,
        max_train_examples=examples, max_eval_examples=held_out, schedule="linear", warmup=0,
    )  # fmt: skip
    arms = ("A", "A again", "B", "ours")
    seconds: dict[str, list[float]] = {arm: [] for arm in arms}
    accuracy: dict[str, list[float]] = {arm: [] for arm in arms}
    for seed, order in enumerate(turns(arms, seeds)):
        for arm in order:
            here = recipe.replace(seed=seed)
            took, right = _ours(here) if arm == "ours" else _library(here, options=arm == "B")
            seconds[arm].append(took)
            accuracy[arm].append(float(right.mean()))
            tested = len(right)
    kept, difference, error = equal_quality(accuracy["A"], accuracy["ours"], tested)
    figures = {
        "steps": -(-(examples or 0) // BATCH) or "an epoch of all examples",
        "seconds of an epoch, A": summary(seconds["A"]),
        "seconds of an epoch, B": summary(seconds["B"]),
        "seconds of an epoch, ours": summary(seconds["ours"]),
        "accuracy of A, each seed": accuracy["A"],
        "accuracy of B, each seed": accuracy["B"],
        "accuracy of ours, each seed": accuracy["ours"],
        "accuracy, ours less A": difference,
        "standard error of that": error,
        "bf16 in B and ours": _gains_from_bf16(),
        AGAIN: ratios(seconds["A"], seconds["A again"]),
    }
    goals = [Goal("accuracy, ours less A, in standard errors", difference / error, at_least=-1)]
    if kept:  # a ratio that quality paid for is not told
        against = {arm: ratios(seconds[arm], seconds["ours"]) for arm in ("A", "B")}
        figures |= {f"times as fast as {arm}": against[arm] for arm in against}
        goals.append(Goal("times as fast as A", against["A"]["median"], at_least=2.5))
        goals.append(Goal("times as fast as B", against["B"]["median"], at_least=1.6))
    return figures, goals


def equal_quality(theirs: list[float], ours: list[float], examples: int):
    """Whether ours is not below theirs by more than a standard error.

    Returns
    -------
    (kept, difference, error)
        ``error`` is the larger of the standard errors of the mean difference by seeds and by test
        examples (two independent shares of ``examples``, averaged over the seeds).
    """
    differences = [b - a for a, b in zip(theirs, ours, strict=True)]
    difference, n = statistics.fmean(differences), len(differences)
    by_seeds = statistics.stdev(differences) / n**0.5 if n > 1 else 0.0
    share = statistics.fmean([*theirs, *ours])
    by_examples = (2 * share * (1 - share) / examples / n) ** 0.5
    error = max(by_seeds, by_examples, 1e-9)
    return difference >= -error, difference, error


def time_to_quality(scale: str):
    """Seconds of steps until A's final validation accuracy is reached, at the rate best for A.

    A's arithmetic is that of ``speed="exact"``. Its learning rate is chosen by its final accuracy
    with the first seed; then both ways take that rate, the same steps and several seeds. Reached is
    A's final accuracy, the mean over the seeds, less one standard error of that mean.
    """
    steps, every, rates, held_out, seeds = {
        "small": (4, 2, (1e-4,), 60, 2),
        "normal": (100, 10, (1e-4, 2e-4), 300, 3),
        "full": (340, 17, (3e-5, 5e-5, 1e-4, 2e-4), 500, 5),
    }[scale]
    recipe = wb.Recipe(
        dataset="sample:question-types", max_train_examples=None, max_eval_examples=held_out,
        max_steps=steps, evaluate_every=every, checkpoint_every=10_000, batch_size=BATCH,
    )  # fmt: skip

    def points(rate: float, speed: str, seed: int) -> list[tuple[float, float]]:
        here = recipe.replace(learning_rate=rate, speed=speed, seed=seed)
        run = wb.fine_tune(here, progress=False)
        found = curve(run.history())
        shutil.rmtree(run.path)
        return found

    tried = {rate: points(rate, "exact", 0) for rate in rates}
    best = max(rates, key=lambda rate: tried[rate][-1][1])
    curves = {
        "A": [tried[best], *(points(best, "exact", seed) for seed in range(1, seeds))],
        "ours": [points(best, "auto", seed) for seed in range(seeds)],
    }
    final = {arm: [each[-1][1] for each in found] for arm, found in curves.items()}
    share = statistics.fmean(final["A"])
    error = max(statistics.stdev(final["A"]), (share * (1 - share) / held_out) ** 0.5)
    goal = share - error / seeds**0.5
    reached = {arm: first_time(mean_curve(found), goal) for arm, found in curves.items()}
    figures = {
        "A's final accuracy by learning rate": {str(r): tried[r][-1][1] for r in rates},
        "learning rate of both": best,
        "final validation accuracy of A, each seed": final["A"],
        "final validation accuracy of ours, each seed": final["ours"],
        "accuracy to be reached": goal,
        "seconds until then, A": reached["A"],
        "seconds until then, ours": reached["ours"],
    }
    ratio = 0.0 if reached["ours"] is None else reached["A"] / reached["ours"]
    return figures, [Goal("times as fast to A's final accuracy", ratio, at_least=3)]


def curve(history) -> list[tuple[float, float]]:
    """Seconds of steps so far and validation accuracy, at each evaluation of ``Run.history()``."""
    seconds, points = 0.0, []
    for row in history.to_dict("records"):
        if row["kind"] == "step":
            seconds += row["seconds"]
        else:
            points.append((seconds, row["accuracy"]))
    return points


def mean_curve(curves: list[list[tuple[float, float]]]) -> list[tuple[float, float]]:
    """Curves with the same evaluations, averaged in seconds and accuracy.

    >>> mean_curve([[(1.0, 0.5)], [(3.0, 0.7)]])
    [(2.0, 0.6)]
    """
    pairs = [zip(*points, strict=True) for points in zip(*curves, strict=True)]
    return [tuple(statistics.fmean(values) for values in pair) for pair in pairs]


def first_time(points: list[tuple[float, float]], goal: float) -> float | None:
    """The seconds of the first point that reaches ``goal``; None when none does.

    >>> first_time([(1.0, 0.5), (2.0, 0.9), (3.0, 0.8)], 0.8)
    2.0
    """
    return next((seconds for seconds, value in points if value >= goal), None)


def long_texts(scale: str):
    """Reuters R8: the same steps, batches drawn by length quantile, texts of up to 512 tokens."""
    if (kind := device.device_name()) not in FASTER:
        return {"not measured": f"on {kind} every text takes the library's forward pass"}, []
    figures, seconds, losses = _long_steps(scale)
    apart = max(abs(a - b) / a for a, b in zip(losses["A"], losses["ours"], strict=True))
    figures["largest relative difference of a step's loss"] = apart
    goals = [Goal("largest relative difference of a step's loss", apart, at_most=0.01)]
    if goals[0].met:  # a ratio whose check failed is not told
        figures["times as fast as A"] = ratios(seconds["A"], seconds["ours"])
        goals.append(Goal("times as fast as A", figures["times as fast as A"]["median"],
                          at_least=8))  # fmt: skip
    return figures, goals


def long_texts_quality(scale: str):
    """Reuters R8: accuracy after an epoch of 1,000 texts cut at 128 tokens, ours and A's."""
    examples, held_out, seeds = {
        "small": (32, 30, 1), "normal": (1000, 300, 3), "full": (2000, 1500, 5),
    }[scale]  # fmt: skip
    recipe = wb.Recipe(
        dataset="sample:reuters-r8", max_length=128, epochs=1, batch_size=BATCH,
        learning_rate=LEARNING_RATE, schedule="linear", warmup=0, checkpoint_every=10_000,
        evaluate_every=10_000, max_train_examples=examples, max_eval_examples=held_out,
    )  # fmt: skip
    accuracy: dict[str, list[float]] = {"exact": [], "auto": []}
    seconds: dict[str, list[float]] = {"exact": [], "auto": []}
    for seed, order in enumerate(turns(accuracy, seeds)):
        for speed in order:
            took, right = _ours(recipe.replace(seed=seed, speed=speed))
            seconds[speed].append(took)
            accuracy[speed].append(float(right.mean()))
    kept, difference, error = equal_quality(accuracy["exact"], accuracy["auto"], len(right))
    figures = {
        "accuracy of A, each seed": accuracy["exact"],
        "accuracy of ours, each seed": accuracy["auto"],
        "accuracy, ours less A": difference,
        "standard error of that": error,
        "seconds of an epoch, A": summary(seconds["exact"]),
        "seconds of an epoch, ours": summary(seconds["auto"]),
    }
    if kept:
        figures["times as fast as A"] = ratios(seconds["exact"], seconds["auto"])
    goal = Goal("accuracy, ours less A, in standard errors", difference / error, at_least=-1)
    return figures, [goal]


def _long_steps(scale: str):
    """Seconds and losses of the same steps in both arms, texts of up to 512 tokens."""
    import torch

    from workbench.tasks.shared.collators import Collator, PackedCollator
    from workbench.training.preparing import prepare
    from workbench.training.speed.embedding_rows import EmbeddingRows
    from workbench.training.speed.packed import PackedClassifier

    count = {"small": 2, "normal": 12, "full": 12}[scale]
    size, rounds = {"small": (2, 1), "normal": (BATCH, 2), "full": (BATCH, 3)}[scale]
    recipe = wb.Recipe(dataset="sample:reuters-r8", max_length=512, max_train_examples=None,
                       max_eval_examples=20)  # fmt: skip
    prepared = prepare(recipe)
    rows = prepared.encoded["train"]
    order = np.random.RandomState(0).permutation(len(rows))[: len(rows) // size * size]
    batches = order.reshape(-1, size)
    longest = rows.lengths[batches].max(axis=1)  # what a random batch is padded to
    by_length = batches[np.argsort(longest, kind="stable")]
    batches = by_length[np.linspace(0, len(by_length) - 1, count).round().astype(int)]
    start = {k: v.clone() for k, v in prepared.model.state_dict().items()}
    seconds: dict[str, list[float]] = {"A": [], "A again": [], "ours": []}
    losses: dict[str, list[float]] = {}
    for order in turns(seconds, rounds):
        for arm in order:
            model = prepared.model.train()
            model.load_state_dict(start)
            for module in model.modules():  # so that the arms' losses can be compared
                if isinstance(module, torch.nn.Dropout):
                    module.p = 0.0
            model.bert.encoder.apply(_no_attention_dropout)
            kept = EmbeddingRows(model, rows.arrays["input_ids"]) if arm == "ours" else None
            collate = Collator(prepared.tokenizer) if kept is None else PackedCollator(kept.lookup)
            packed = None if kept is None else PackedClassifier(model)
            optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, fused=True)
            made = [collate([rows[int(i)] for i in batch]) for batch in batches]
            began = time.perf_counter()
            losses[arm] = [_step(model, packed, optimizer, dict(batch)) for batch in made]
            seconds[arm].append(time.perf_counter() - began)
            if kept is not None:
                kept.restore()
    tokens = rows.lengths[batches]
    figures = {
        "batches": count,
        "real tokens a batch": summary(tokens.sum(axis=1).tolist()),
        "padding of A": 1 - float(tokens.sum() / (tokens.max(axis=1) * size).sum()),
        "seconds of all steps, A": summary(seconds["A"]),
        "seconds of all steps, ours": summary(seconds["ours"]),
        AGAIN: ratios(seconds["A"], seconds["A again"]),
    }
    return figures, seconds, losses


def _no_attention_dropout(module) -> None:
    if hasattr(module, "dropout") and hasattr(module, "query"):
        module.dropout.p = 0.0


def _step(model, packed, optimizer, batch: dict) -> float:
    """One step as A computes it, or over packed texts; its loss."""
    import torch

    labels = batch.pop("labels")
    lengths = batch.pop("_lengths", None)
    inputs = {name: value for name, value in batch.items() if not name.startswith("_")}
    if packed is None:
        logits = model(**inputs).logits
    else:
        logits = packed.logits(lengths=lengths, **inputs)
    loss = torch.nn.functional.cross_entropy(logits, labels)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def _ours(recipe: wb.Recipe) -> tuple[float, np.ndarray]:
    """Seconds of the steps, and which test examples are right."""
    run = wb.fine_tune(recipe, progress=False)
    history = run.history()
    seconds = history[history["kind"] == "step"]["seconds"].sum()
    table = run.predictions("test")
    shutil.rmtree(run.path)
    return float(seconds), (table["label"] == table["prediction"]).to_numpy(float)


def _library(recipe: wb.Recipe, *, options: bool) -> tuple[float, np.ndarray]:
    """The same from ``transformers.Trainer``."""
    import tempfile

    import torch
    from transformers import Trainer, TrainerCallback, TrainingArguments
    from transformers.trainer_callback import PrinterCallback

    from workbench.tasks.shared.collators import Collator
    from workbench.training.predicting.many_rows import predict_outputs
    from workbench.training.preparing import prepare

    prepared = prepare(recipe)
    collator = Collator(prepared.tokenizer)
    kind = device.device_name()

    def collate(rows):
        batch = collator(rows)
        return {name: value for name, value in batch.items() if not name.startswith("_")}

    class Clock(TrainerCallback):
        total = 0.0

        def on_step_begin(self, *args, **kwargs):
            self.began = time.perf_counter()

        def on_step_end(self, *args, **kwargs):
            self.total += time.perf_counter() - self.began

    class Rows(torch.utils.data.Dataset):
        def __init__(self, encoded):
            self.encoded = encoded

        def __len__(self):
            return len(self.encoded)

        def __getitem__(self, row):
            return self.encoded[row]

    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            folder, per_device_train_batch_size=BATCH, num_train_epochs=1, seed=recipe.seed,
            learning_rate=LEARNING_RATE, weight_decay=recipe.weight_decay, max_grad_norm=1.0,
            save_strategy="no", logging_strategy="no", report_to=[], disable_tqdm=True,
            use_cpu=kind == "cpu", remove_unused_columns=False, dataloader_pin_memory=False,
            train_sampling_strategy="group_by_length" if options else "random",
            bf16=options and _gains_from_bf16(),
        )  # fmt: skip
        trainer = Trainer(
            prepared.model, arguments, train_dataset=Rows(prepared.encoded["train"]),
            data_collator=collate, callbacks=[clock],
        )  # fmt: skip
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    outputs = predict_outputs(
        trainer.accelerator.unwrap_model(trainer.model, keep_fp32_wrapper=False),
        prepared.tokenizer, prepared.encoded["test"],
    )  # fmt: skip
    labels = prepared.examples.splits["test"]["label"].to_numpy()
    return clock.total, (outputs.argmax(axis=1) == labels).astype(float)


def _gains_from_bf16() -> bool:
    return device.choose_precision("auto", device.device_name()) == "bf16"
