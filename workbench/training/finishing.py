"""What a run writes when its training is over: model, predictions, metrics, what is beside them."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import tasks
from ..atomic_files import read_json, write_json
from ..catalog.model_folders import adapters
from ..errors import TrainingError
from ..i18n import t
from ..run_folder.folder import RunFolder
from ..task_of_predictions import write_predictions
from ..tasks.shared import decisions
from . import checkpoints
from .generation import settings_of
from .methods.full import Full
from .predicting.passes import Passes
from .reporter import Reporter

if TYPE_CHECKING:
    from ..recipe import Recipe
    from .preparing import Prepared

SPLITS = ("validation", "test")
UNTUNED = "untuned"  # the baseline, and its file: see training/untuned.py
EVALUATED_TEXTS = 200  # of the validation rows, that are written at an evaluation


def finish_model(folder: Path, prepared: Prepared, engine: Any, reporter: Reporter) -> Any:
    """Write the model of the best checkpoint, and give it back."""
    if engine.progress["best_step"] is not None:
        engine.saving.load_best()
    if hasattr(engine.step_loss.loss, "leave"):
        engine.step_loss.loss.leave()
    # without the wrapper that computes in bf16: what is reported is what the saved model says
    engine.accelerator.unwrap_model(engine.model, keep_fp32_wrapper=False)
    for rows in prepared.encoded.values():
        if getattr(rows, "judged", None) is not None:
            rows.reference = rows.judged  # see training/reference.py
    reporter.set_state(phase="saving")

    def fill(stage: Path) -> None:
        if getattr(prepared.method, "merges", True):
            Full(model).save(stage)
            prepared.tokenizer.save_pretrained(stage)
        else:  # no plain model computes the same: the adapter, and the model that it belongs to
            engine.saving.fill(stage)
            adapters.copy_base(prepared.folder, stage)

    def write() -> None:
        checkpoints.write_whole(folder / "model", fill)

    keeps, by_first = prepared.method.keeps, reporter.ranks.by_first
    with disk_in_one_sentence():
        if keeps:
            by_first(lambda: checkpoints.write_whole(folder / keeps, prepared.method.save))
        model = prepared.method.merge()
        by_first(write)
    return model


def passes_of(
    prepared: Prepared, recipe: Recipe, model: Any, encoded: Any, reporter: Reporter, **about: Any
) -> Passes:
    """A model at work on rows of a run.

    Commands are obeyed between two forward passes of a task that writes, and after each token;
    where there is little to be done they are only looked for.
    """
    writes = prepared.task.spec.output == "text"
    return Passes(
        prepared.task,
        model,
        prepared.tokenizer,
        encoded,
        tick=reporter.obey if writes else reporter.poll,
        generation=settings_of(recipe) if writes else None,
        ranks=reporter.ranks,
        **about,
    )


def ending(prepared: Prepared) -> float:
    """How much more is predicted at the end than at an evaluation."""
    rows = {split: len(prepared.encoded[split]) for split in SPLITS}
    each = rows["validation"]
    if prepared.task.spec.output == "text":
        each = min(each, EVALUATED_TEXTS)
    return sum(rows.values()) / max(1, each)


def write_results(
    folder: Path,
    recipe: Recipe,
    prepared: Prepared,
    model: Any,
    best: int | None,
    reporter: Reporter,
    share: float,
) -> None:
    """Write predictions and metrics of the best model; safe to repeat.

    Raises
    ------
    BrokenOff
        If a command came while texts were written.
    TrainingError
        If there is no room for them.
    """
    started = time.perf_counter()
    with disk_in_one_sentence():
        reporter.set_state(phase="evaluating")
        names, task = prepared.examples.label_names, prepared.task
        metrics, notes = {}, list(prepared.examples.notes)

        def outputs_of(frame: Any) -> Any:
            encoded = task.encode(prepared.tokenizer, frame, recipe.max_length)
            return task.outputs(passes_of(prepared, recipe, model, encoded, reporter, share=share))

        baselines = _baselines(folder, prepared, model)
        few, tested = baselines.get(UNTUNED, {}).get("texts"), len(prepared.examples.splits["test"])
        if few and few < tested:
            notes.append(t("untuned.texts", n=int(few), of=tested))
        if hasattr(task, "keep"):
            task.keep(folder / "model", prepared.examples, outputs_of)
        (folder / "predictions").mkdir(exist_ok=True)
        rows = [len(prepared.encoded[split]) for split in SPLITS]
        for number, split in enumerate(SPLITS):
            frame, encoded = prepared.examples.splits[split], prepared.encoded[split]
            told = _Told(reporter, before=sum(rows[:number]), total=sum(rows), began=started)
            passes = passes_of(
                prepared, recipe, model, encoded, reporter, share=share, progress=told
            )
            outputs = task.outputs(passes)
            notes += [f"{split}: {note}" for note in getattr(outputs, "notes", [])]
            table = task.predictions(frame, encoded, outputs, names)
            if split == "validation":
                settled = decisions.settle(task, table)
                decisions.keep(folder / "model", settled)
            table = decisions.decide(task, table, settled)
            stage = folder / "predictions" / f".{split}.part"
            write_predictions(table, stage)
            target = folder / "predictions" / f"{split}.parquet"
            if target.is_dir():  # what is no file is not ours: it makes room
                target.rename(target.with_name(f"{target.name}.damaged"))
            stage.replace(target)
            metrics[split] = task.metrics(table, names)
        write_json(
            folder / "metrics.json",
            {
                "metrics": metrics,
                "baselines": baselines,
                "best_step": best,
                "best_metric": tasks.best_metric(recipe),
                "training_seconds": _training_seconds(folder),
                "finishing_seconds": round(time.perf_counter() - started, 3),
                "notes": notes,
            },
            sync=True,
        )
    for path in checkpoints.list_checkpoints(folder):
        if best is not None and checkpoints.step_of(path) != best:
            shutil.rmtree(path, ignore_errors=True)


def _baselines(folder: Path, prepared: Prepared, model: Any) -> dict[str, dict[str, float]]:
    """What costs no neural network, then the model before it was tuned, where that was measured."""
    task, encoded = prepared.task, prepared.encoded
    found = task.baselines(prepared.examples)
    if hasattr(task, "token_baselines"):
        size = max(model.get_input_embeddings().num_embeddings, len(prepared.tokenizer))
        found |= task.token_baselines(encoded["train"], encoded["test"], size)
    before = read_json(folder / f"{UNTUNED}.json")
    numbers = {} if not isinstance(before, dict) else {
        name: value for name, value in before.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }  # fmt: skip
    return {**found, UNTUNED: numbers} if numbers else found


class _Told:
    """Says how many texts are written, and how long the others will take."""

    def __init__(self, reporter: Reporter, *, before: int, total: int, began: float):
        self.reporter, self.before, self.total, self.began = reporter, before, total, began

    def __call__(self, done: int, of: int) -> None:
        written = self.before + done
        left = {}
        if written:
            seconds = (time.perf_counter() - self.began) / written
            left = {"seconds_left": round(seconds * (self.total - written), 1)}
        self.reporter.set_state(texts=f"{written} / {self.total}", **left)


def telling(reporter: Reporter):
    """``progress(done, total)`` of texts that are written at an evaluation."""

    def told(done: int, total: int) -> None:
        reporter.set_state(texts=f"{done} / {total}" if done < total else None)

    return told


@contextlib.contextmanager
def disk_in_one_sentence() -> Iterator[None]:
    """A full disk as a TrainingError that says what is left to be done."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        if "space" not in str(error).lower() and not isinstance(error, OSError):
            raise
        raise TrainingError(
            t("finishing.not_written", error=error), t("finishing.not_written_remedy")
        ) from error


def _training_seconds(folder: Path) -> float:
    rows = RunFolder(folder).rows()
    return round(sum(r.get("seconds") or 0 for r in rows if r["kind"] in ("step", "eval")), 3)
