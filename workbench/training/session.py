"""One life of a run: prepare, train from the last checkpoint, keep the best, write what it says."""

from __future__ import annotations

import math
import os
import time
from pathlib import Path

from .. import device, libraries, tasks
from ..data import augmentation
from ..errors import RunError
from ..hardware import PARTED
from ..i18n import t
from ..memory import smaller_sentence
from ..run_folder import as_learnt as begun_as
from ..run_folder.files import check_places, read_fields
from ..run_folder.folder import RunFolder
from ..tasks.shared import decisions
from . import (
    adversarial,
    averaging,
    checkpoints,
    choosing,
    finishing,
    leaving,
    losses,
    optimisation,
    regularisation,
    same_rows,
    settling,
)
from .objectives import dropout
from .reporter import BrokenOff, Reporter
from .samples import Samples
from .speed import thread_waits
from .untuned import Untuned


def run_session(
    folder: Path,
    reporter: Reporter,
    *,
    may_leave=lambda idle: False,
    micro_batch: int | None = None,
) -> str:
    """Work on a run until it is done, stopped or paused for long.

    Parameters
    ----------
    folder : Path
        Of the run.
    may_leave : callable taking float, returning bool
        Asked while paused, with the seconds of the pause: whether to give the memory back.
    micro_batch : int, optional
        Examples a forward pass at most, when less memory than the recipe's ``batch_size`` needs is
        there; each optimizer step keeps its examples.

    Returns
    -------
    str
        ``done``, ``stopped`` or ``paused``.
    """
    from .preparing import prepare

    libraries.transformers("utils.logging").disable_progress_bar()
    recipe = RunFolder(folder).recipe
    check_places(folder)
    checkpoint = checkpoints.latest(folder)
    if damaged := checkpoints.damaged(folder):
        reporter.event("checkpoint_damaged", 0, damage=damaged)
        reporter.warn(f"{damaged[-1]} The run goes on from what is whole before it.")
    if micro_batch:
        reporter.warn(smaller_sentence(micro_batch))
    ranks = reporter.ranks
    ranks.way = recipe.hardware["parallel"] if ranks.size > 1 else ""
    precision = settling.environment(folder, recipe, reporter, checkpoint)
    precision = ranks.of_first(lambda: precision)  # a processor that is measured says it once
    begun = read_fields(folder, "data/info.json")[0].get("fingerprint", "")
    learnt = begun_as.as_learnt(folder, recipe)
    prepared = ranks.in_turn(lambda: prepare(
        learnt, lambda phase: reporter.set_state(state="running", phase=phase), begun,
        folder / "data" / augmentation.KEPT,
    ))  # fmt: skip
    ranks.same_rows(same_rows.digest(prepared.encoded["train"]))
    ranks.same(prepared.model)
    step = checkpoints.step_of(checkpoint) if checkpoint else 0
    followed = settling.followed(recipe, prepared)
    settling.data(folder, prepared, learnt, reporter, step, followed)
    if learnt is not recipe and any(rows.spelt for rows in prepared.encoded.values()):
        reporter.warn(begun_as.said(learnt))
    recipe = settling.keep(folder, recipe, followed, reporter)
    progress = checkpoints.read_progress(checkpoint) if checkpoint else dict(checkpoints.FRESH)
    reporter.discard_after(step, evaluated=not progress.get("evaluation_due"))
    if reporter.agreed() == "stop" and not progress["ended"]:
        return "stopped"
    if checkpoint is not None:
        reporter.event("resumed_from_checkpoint", step)
    engine = _build_engine(recipe, prepared, reporter, progress, precision, may_leave, micro_batch)
    engine.samples = Samples(
        prepared, recipe, reporter, step=step, evaluated=not progress.get("evaluation_due"),
        precision=precision, share=engine.largest / recipe.batch_size,
    )  # fmt: skip
    if left := leaving.refer_first(prepared, recipe, engine, reporter, precision, may_leave):
        return left
    engine.untuned = Untuned(
        prepared, recipe, reporter, step=step, share=engine.largest / recipe.batch_size
    )
    if progress.get("evaluation_due"):
        engine.load_step(checkpoint)
        if left := leaving.evaluate_due(engine, reporter, may_leave):
            return left
    if left := leaving.sample_first(engine, reporter, may_leave):
        return left
    if progress["ended"]:
        engine.saving.load(checkpoint)
    elif not engine.progress["ended"]:
        started = time.time()
        engine.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        reporter.event(
            "trained", engine.state.global_step, seconds=time.time() - started, from_step=step
        )
        if engine.outcome != "done":
            return engine.outcome
        if left := leaving.evaluate_due(engine, reporter, may_leave):
            return left
    engine.end_training()
    best = engine.progress["best_step"]
    model = finishing.finish_model(folder, prepared, engine, reporter)
    while True:
        try:
            finishing.write_results(
                folder, recipe, prepared, model, best, reporter, engine.largest / recipe.batch_size
            )
            return "done"
        except BrokenOff:
            if left := leaving.left(reporter, max(step, engine.state.global_step), may_leave):
                return left


def _build_engine(recipe, prepared, reporter, progress, precision, may_leave, micro_batch):
    from ..tasks.shared.collators import PackedCollator
    from .engine import Engine
    from .remaining import Remaining
    from .speed.embedding_rows import EmbeddingRows
    from .speed.packed import packed_for
    from .speed.said import speed_sentence
    from .steering import RunCallback
    from .step_loss import StepLoss

    TrainingArguments, PrinterCallback = libraries.transformers(
        "TrainingArguments", "trainer_callback.PrinterCallback"
    )
    kind = device.device_name()
    parted = reporter.ranks.way in PARTED  # parts are gathered, and summed, by the library's pass
    exact = recipe.speed == "exact" or parted
    own = prepared.task.forward is not None or losses.pads(recipe)  # which ask the model itself
    writes = prepared.task.spec.output in ("text", "words")
    # a run goes on as it began, on another device too; one of before had no padding where it could
    begun = progress.get("packed", True)
    packed = None if exact or own else packed_for(prepared.model, kind, begun=begun)
    if begun and "packed" in progress and packed is None:
        raise RunError(t("training.began_without_padding", device=kind),
                       t("training.began_without_padding_back"))  # fmt: skip
    progress["packed"] = packed is not None
    train = prepared.encoded["train"]
    attack = adversarial.make(recipe, prepared.model)  # by its whole table, no checkpoint in it
    rows = None
    if packed is not None and EmbeddingRows.supports(prepared.model):
        rows = EmbeddingRows(prepared.model, train.arrays["input_ids"])
    said = [prepared.method.said, losses.said(recipe),
            averaging.said(recipe, prepared.model), dropout.said(recipe, prepared.model),
            regularisation.said(recipe), adversarial.said(recipe, attack)]  # fmt: skip
    said.append(reporter.ranks.said())
    said = [one for one in said if one]
    task, model = prepared.task, prepared.model
    said.append(speed_sentence(recipe, task, model, packed, rows, precision, begun=begun))
    reporter.set_state(speed="; ".join(said) + (_threads() if kind == "cpu" else ""))
    batch, accumulation = recipe.batch_size, recipe.gradient_accumulation
    steps_per_epoch = math.ceil(math.ceil(len(train) / batch) / accumulation)
    largest = min(micro_batch or batch, batch)
    parts = math.ceil(batch / largest)  # of a batch, each a forward pass
    share = largest / batch  # of the memory that the recipe's batch would take
    arguments = TrainingArguments(
        output_dir=str(reporter.folder / "checkpoints"),
        per_device_train_batch_size=batch,
        gradient_accumulation_steps=accumulation * parts,
        **optimisation.arguments(recipe, kind),
        seed=recipe.seed,
        use_cpu=kind == "cpu",
        bf16=precision == "bf16",
        fp16=precision == "fp16",
        save_strategy="no",
        eval_strategy="no",
        logging_strategy="no",
        logging_nan_inf_filter=False,
        report_to=recipe.report_to,
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=kind == "cuda",
        accelerator_config={"non_blocking": kind == "cuda"},
    )
    if arguments.n_gpu > 1:  # one device a run: several would make the batch as many times larger
        arguments._n_gpu = 1

    def evaluate_model(model):
        frame, encoded = prepared.examples.splits["validation"], prepared.encoded["validation"]
        names, task = prepared.examples.label_names, prepared.task
        passes = finishing.passes_of(
            prepared, recipe, model, encoded, reporter, precision=precision, share=share,
            texts=finishing.EVALUATED_TEXTS, progress=finishing.telling(reporter),
        )  # fmt: skip
        outputs = task.outputs(passes)
        table = task.predictions(frame, encoded, outputs, names)
        engine.samples.write(model, engine.state.global_step)
        table = decisions.decide(task, table, decisions.settle(task, table))
        metrics = task.metrics(table, names)
        return metrics, choosing.error_of(task, table, tasks.best_metric(recipe))

    loss = losses.prepare(recipe, prepared.task, prepared.examples)
    if hasattr(loss, "begin"):
        loss.begin(recipe, prepared, reporter.folder)
    engine = Engine(
        recipe=recipe,
        reporter=reporter,
        step_loss=StepLoss(
            loss,
            added=regularisation.make(recipe, prepared.task.output, loss),
            packed=packed,
            forward=prepared.task.forward,
            writes=writes,
            generates=writes and prepared.model.can_generate(),
            kind=kind,
            precision=precision,
            ranks=reporter.ranks,
        ),
        evaluate_model=evaluate_model,
        progress=progress,
        attack=attack,
        rows=rows,
        remaining=Remaining(finishing.ending(prepared)),
        largest=largest,
        method=prepared.method,
        model=prepared.model,
        args=arguments,
        train_dataset=train,
        data_collator=PackedCollator(None if rows is None else rows.lookup)
        if packed
        else prepared.task.collator(prepared.tokenizer, prepared.model),
        processing_class=prepared.tokenizer,
    )
    engine.remove_callback(PrinterCallback)
    engine.add_callback(RunCallback(engine, steps_per_epoch=steps_per_epoch, may_leave=may_leave))
    return engine


def _threads() -> str:
    import torch

    count = torch.get_num_threads()
    waits = {"awake": "stay awake, the machine was idle", "asleep": "sleep while they wait"}
    said = waits.get(os.environ.get(thread_waits.VARIABLE, ""))
    return f"; {count} threads {said}" if count > 1 and said else ""
