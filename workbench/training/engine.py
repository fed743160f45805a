"""``transformers.Trainer``, changed at its public points: order, step, loss, evaluation, saving."""

from __future__ import annotations

import contextlib
import copy
import math
import os
import time
from collections import deque
from pathlib import Path

import torch

from .. import device, libraries, task_registry, tasks
from ..atomic_files import write_json
from ..errors import TrainingError
from ..tasks.shared.word_head import WordHead
from . import checkpoints
from .batching import CutBatches, EpochSampler, mix, seed_step
from .predicting.outputs import autocast, head_logits, in_one_sentence
from .remaining import Remaining
from .reporter import BrokenOff, Reporter
from .whole_step import WholeStep

KEPT_CHECKPOINTS = 2
# steps between two looks at the device's numbers: a look waits for all that a GPU has still to do
LOOK_EVERY = {"cpu": 1, "cuda": 10, "mps": 10}


class Engine(libraries.transformers("Trainer")):
    """The Trainer of a run.

    Parameters
    ----------
    recipe : Recipe
    reporter : Reporter
    loss : object with ``total`` and ``normaliser``
        See :meth:`workbench.tasks.base.Task.prepare_loss`.
    evaluate_model : callable taking the model, returning dict of str to float
        Validation metrics.
    method : Method
        How weights are changed; what it says is saved and loaded.
    remaining : Remaining
        Learns how long evaluations take.
    packed : PackedClassifier, optional
        Computes the logits of padding-free batches; without it the model computes padded ones.
    rows : EmbeddingRows, optional
        Holds back the word vectors that no training text uses.
    writes : bool
        Whether the logits are as wide as a vocabulary.
    forward : callable, optional
        The task's own; see :class:`workbench.tasks.base.Task`.
    precision : {'fp32', 'bf16', 'fp16'}
    largest : int, optional
        Examples of a forward pass at most, where the recipe's batch needs too much memory: each
        batch is then cut, and the optimizer step keeps its examples.
    progress : dict
        ``best_step``, ``best_value``, ``evaluations_since_best``, ``ended``: kept in checkpoints.
    """

    loss_is_scaled_for_ga = True  # compute_loss divides by the sum over the whole optimizer step

    def __init__(
        self,
        *,
        recipe,
        reporter: Reporter,
        loss,
        evaluate_model,
        progress: dict,
        method,
        remaining: Remaining,
        packed=None,
        rows=None,
        writes: bool = False,
        forward=None,
        precision: str = "fp32",
        largest: int | None = None,
        **kwargs,
    ):
        self.largest = min(largest or recipe.batch_size, recipe.batch_size)
        self.packed, self.rows, self.precision, self.method = packed, rows, precision, method
        self.recipe, self.reporter, self.loss, self.writes = recipe, reporter, loss, writes
        self.evaluate_model, self.progress, self.forward = evaluate_model, dict(progress), forward
        self.outcome = "done"
        self._best_weights: dict | None = None  # of the best step, while no disk has room for them
        super().__init__(**kwargs)
        self.loss_is_scaled_for_ga = True
        self.look_every = LOOK_EVERY.get(self.args.device.type, 10)
        self._words: WordHead | None = None
        self._micro_step, self._last_step = 0, -1
        self.cached: WholeStep | None = None  # of a loss that needs all rows of a step at once
        self._losses: list[torch.Tensor] = []
        self._norm: torch.Tensor | float | None = None
        self._steps: list[dict] = []  # rows of steps whose numbers were not asked for yet
        self.recent: deque[float] = deque(maxlen=50)  # seconds of the last steps
        self.remaining = remaining
        self._tokens = self._padded = self._plain = 0
        self._waited = 0.0
        self._evaluated_at: int | None = None

    def whole_model(self):
        """Context in which the model holds its whole word embedding."""
        return self.rows.whole_table() if self.rows is not None else contextlib.nullcontext()

    def end_training(self) -> None:
        """Give the model its whole word embedding for good."""
        if self.rows is not None:
            self.rows.restore()
            self.rows = None

    # order -------------------------------------------------------------------------------------
    def _get_train_sampler(self, train_dataset=None):
        rows = train_dataset if train_dataset is not None else self.train_dataset
        # without padding there is nothing to gain from grouping, and shuffled order is kept
        pads = self.packed is None and self.recipe.speed == "auto"
        return EpochSampler(
            len(rows),
            self.recipe.seed,
            rows.sizes if self.recipe.length_grouping and pads else None,
            self.recipe.batch_size * self.recipe.gradient_accumulation,
        )

    def get_train_dataloader(self):
        """Batches of the recipe's size, or cut into forward passes that fit into memory."""
        if self.largest >= self.recipe.batch_size:
            return super().get_train_dataloader()
        batches = CutBatches(self._get_train_sampler(), self.recipe.batch_size, self.largest)
        loader = torch.utils.data.DataLoader(
            self.train_dataset,
            batch_sampler=batches,
            collate_fn=self.data_collator,
            pin_memory=self.args.dataloader_pin_memory,
        )
        return self.accelerator.prepare(loader)

    # a step ------------------------------------------------------------------------------------
    def get_batch_samples(self, epoch_iterator, num_batches, device):
        """The micro-batches of an optimizer step and the sum of their loss normalisers."""
        started = time.perf_counter()
        batches, _ = super().get_batch_samples(epoch_iterator, num_batches, device)
        self._waited += time.perf_counter() - started
        if not batches:
            return batches, None
        if draw := getattr(self.data_collator, "for_step", None):
            for batch in batches:
                draw(batch, self._seed_of_row)
        self.cached = None
        if getattr(self.loss, "whole_step", False) and len(batches) > 1:
            self.cached = WholeStep(self.loss, batches)
        count = sum(self.loss.normaliser(batch["labels"]) for batch in batches)
        if torch.is_tensor(count) and not count.is_floating_point():
            count = count.clamp_min(1)  # tokens: a step whose texts have nothing to learn is none
        return batches, count

    def _seed(self, micro_step: int) -> None:
        seed_step(self.recipe.seed, self.state.global_step, micro_step)

    def _seed_of_row(self, row: int) -> int:
        """Of what is drawn for a row at this step, whatever batch it is in."""
        return mix(self.recipe.seed, "row", self.state.global_step, row)

    def training_step(self, model, inputs, num_items_in_batch=None):
        """Forward and backward pass of a micro-batch under noise that its position decides."""
        step = self.state.global_step
        self._micro_step = self._micro_step + 1 if step == self._last_step else 0
        self._last_step = step
        self._tokens += inputs.pop("_tokens")
        padded = inputs.pop("_padded_tokens")
        self._padded += padded
        lengths = inputs.get("_lengths")
        self._plain += max(lengths) * len(lengths) if lengths else padded
        self._seed(self._micro_step)
        loss = super().training_step(model, inputs, num_items_in_batch)
        self._losses.append(loss)
        self._computed_at = time.perf_counter()
        return loss

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        """This micro-batch's share of the loss of the whole optimizer step."""
        labels = inputs.pop("labels")
        if self.packed is not None:
            with in_one_sentence(), autocast(self.args.device.type, self.precision):
                outputs = {"logits": self.packed.logits(lengths=inputs.pop("_lengths"), **inputs)}
        elif self.forward is not None:
            loss = self._own_loss(model, inputs, labels, num_items_in_batch)
            return (loss, {}) if return_outputs else loss
        elif self.writes:
            places, normaliser = inputs.pop("_places", None), num_items_in_batch
            with in_one_sentence(), autocast(self.args.device.type, self.precision):
                if self.model.can_generate():  # it need not remember what it reads
                    inputs = {**inputs, "use_cache": False}
                if hasattr(self.loss, "total_of"):
                    total = self.loss.total_of(self.words_of(model).words(inputs, labels, places))
                else:
                    total = self.loss.total(self.words_of(model).forward(**inputs).logits, labels)
            loss = total / (self.loss.normaliser(labels) if normaliser is None else normaliser)
            return (loss, {}) if return_outputs else loss
        else:
            mask = inputs.get("attention_mask")
            with in_one_sentence():
                outputs = {"logits": head_logits(model(**inputs), mask)}
        normaliser = num_items_in_batch
        if normaliser is None:
            normaliser = self.loss.normaliser(labels)
        loss = self.loss.total(outputs["logits"], labels) / normaliser
        return (loss, outputs) if return_outputs else loss

    def _own_loss(self, model, inputs, labels, normaliser):
        """The loss of what the task's own forward pass gives, of a whole step where it has to."""
        forward = getattr(model, "_original_forward", model)

        def compute(inputs, labels):
            with in_one_sentence(), autocast(self.args.device.type, self.precision):
                return self.forward(model, inputs, labels, forward)

        if self.cached is not None:
            return self.cached.share(
                self._micro_step, compute, inputs, labels, self._prepare_inputs, self._seed
            )
        found, labels = compute(inputs, labels)
        normaliser = self.loss.normaliser(labels) if normaliser is None else normaliser
        return self.loss.total(found, labels) / normaliser

    def words_of(self, model) -> WordHead:
        """The output layer of a model that gives words, apart from the rest of it."""
        if self._words is None:
            # past the wrapper that would copy all logits to fp32
            self._words = WordHead(model, getattr(model, "_original_forward", None))
        return self._words

    def floating_point_ops(self, inputs):
        """Not counted: it would cost a pass over the inputs each step."""
        return 0

    def _get_grad_norm(self, model, grad_norm=None):
        """The norm stays on its device; :meth:`log` asks for it."""
        self._norm = super()._get_grad_norm(model, grad_norm=grad_norm)
        return self._norm

    def end_step(self, learning_rate: float) -> None:
        """Remember what an optimizer step was, without waiting for the device."""
        now = time.perf_counter()
        row = {
            "step": self.state.global_step,
            "epoch": round(self.state.epoch, 6),
            "loss": self._losses,
            "learning_rate": learning_rate,
            "grad_norm": self._norm,
            "tokens": self._tokens,
            "padded_tokens": self._padded,
            "plain_tokens": self._plain,  # of the same batches, padded to their longest text
            "seconds": now - self._step_started,
            "data_seconds": self._waited,
        }
        if self.args.device.type == "cpu":  # elsewhere the clock meets work that is still queued
            row["optimizer_seconds"] = now - self._computed_at
            row["load"] = round(os.getloadavg()[0] / (os.cpu_count() or 1), 2)
        self._steps.append(row)
        self._losses, self._tokens, self._padded, self._plain, self._waited = [], 0, 0, 0, 0.0

    def log(self, logs, start_time=None):
        """One row an optimizer step; stops a run whose loss or gradient is no number any more."""
        if "grad_norm" not in logs or "loss" not in logs or not self._steps:
            return
        asked = time.perf_counter()
        rows, self._steps = self._steps, []
        memory = round(device.memory_mb(self.args.device.type), 1)
        for row in rows:
            row["loss"] = float(sum(part.item() for part in row["loss"]))
            row["grad_norm"] = float(row["grad_norm"])
        # what was queued is done now: the steps share the seconds that it took
        late = (time.perf_counter() - asked) / len(rows)
        whole = sum(row["seconds"] for row in rows) / len(rows)
        for row in rows:
            row["seconds"] = whole + late
            self.recent.append(row["seconds"])
            self.reporter.row("step", **row, memory_mb=memory)
        self.control = self.callback_handler.on_log(self.args, self.state, self.control, logs)
        for row in rows:
            self._check_finite(row)

    def _check_finite(self, row: dict) -> None:
        if math.isfinite(row["loss"]) and math.isfinite(row["grad_norm"]):
            return
        what = "loss" if not math.isfinite(row["loss"]) else "gradient"
        raise TrainingError(
            f"Training diverged: the {what} at step {row['step']} is not a finite number.",
            f"Start a new run with a lower learning_rate than {self.recipe.learning_rate:g}, "
            "or with precision='fp32'.",
        )

    # evaluation --------------------------------------------------------------------------------
    def evaluate(self, eval_dataset=None, ignore_keys=None, metric_key_prefix="eval"):
        """Validation metrics; decides on the best checkpoint and on early stopping."""
        step = self.state.global_step
        self.reporter.set_state(phase="evaluating")
        started = time.perf_counter()
        try:
            with self.whole_model():
                metrics = self.evaluate_model(self.model)
        except BrokenOff as broken:
            return self._put_off(broken.wanted)
        seconds = time.perf_counter() - started
        self.remaining.evaluated(seconds)
        self.reporter.row(
            "eval",
            step=step,
            epoch=round(self.state.epoch or 0, 6),
            **metrics,
            seconds=seconds,
        )
        self.reporter.set_state(phase="training", validation=metrics)
        self._evaluated_at = step
        self._judge(metrics)
        prefixed = {f"{metric_key_prefix}_{name}": value for name, value in metrics.items()}
        handler = self.callback_handler  # report_to integrations listen to both
        self.control = handler.on_log(self.args, self.state, self.control, dict(prefixed))
        self.control = handler.on_evaluate(self.args, self.state, self.control, prefixed)
        return prefixed

    def _put_off(self, wanted: str) -> dict:
        """An evaluation that was broken off is made when the run goes on; its step is kept."""
        self.progress["evaluation_due"] = True
        self.control.should_save = True
        if wanted == "stop":
            self.outcome = "stopped"
            self.control.should_training_stop = True
        return {}

    def load_step(self, checkpoint) -> None:
        """Give the model the weights of a checkpoint, and take its step, before training goes on.
        """
        self._load_from_checkpoint(str(checkpoint))
        self.state = type(self.state).load_from_json(str(checkpoint / "trainer_state.json"))

    def evaluate_due(self) -> None:
        """Make the evaluation that was broken off, of the weights as they are."""
        self.progress.pop("evaluation_due", None)
        self.control.should_save = False
        self.evaluate()
        candidate = self.progress.pop("candidate", None)
        if candidate is not None:  # the step's checkpoint is on the disk already
            self.progress.update(best_step=candidate["step"], best_value=candidate["value"])

    def _judge(self, metrics: dict) -> None:
        name = tasks.best_metric(self.recipe)
        if name not in metrics:
            raise TrainingError(
                f"The evaluation gave no {name}, which the checkpoint is to be chosen by.",
                f"Set best_metric to one of {', '.join(n for n in metrics if n != 'examples')}.",
            )
        value, best = metrics[name], self.progress["best_value"]
        minimised = task_registry.is_minimised(name, self.recipe.task)
        better = best is None or (value < best if minimised else value > best)
        if better:
            self.progress["candidate"] = {"step": self.state.global_step, "value": value}
            self.progress["evaluations_since_best"] = 0
            self.control.should_save = True
            return
        self.progress["evaluations_since_best"] += 1
        patience = self.recipe.early_stopping
        if patience is not None and self.progress["evaluations_since_best"] >= patience:
            self.reporter.event("early_stopping", self.state.global_step, patience=patience)
            self.progress["ended"] = True
            self.control.should_training_stop = self.control.should_save = True

    # saving ------------------------------------------------------------------------------------
    def _save_checkpoint(self, model, trial=None):
        """A whole checkpoint or none; a full disk is an event, not the end of the run."""
        step = self.state.global_step
        before = dict(self.progress)
        candidate = self.progress.pop("candidate", None)
        if candidate is not None:
            self.progress.update(best_step=candidate["step"], best_value=candidate["value"])
        if step >= self.state.max_steps:
            self.progress["ended"] = True
        root = self.reporter.folder
        target = root / "checkpoints" / checkpoints.folder_name(step)
        self.reporter.set_state(phase="saving")
        started = time.perf_counter()
        try:
            if not checkpoints.room_for(root, self._bytes_needed()):
                raise OSError(28, "No space left on device")
            if candidate is None and self._best_weights is not None:
                # a checkpoint says which step was best: that one comes to the disk before it
                checkpoints.write_whole(self._best_folder(), self._fill_best)
                self._best_weights = None
            manifest = checkpoints.write_whole(target, self._fill_checkpoint)
        except (OSError, RuntimeError) as error:  # torch and safetensors wrap a full disk
            if candidate is not None:  # kept in memory until there is room
                self._best_weights = self._weights()
            else:
                self.progress = before
            message = str(error).splitlines()[0][:300]
            self.reporter.event("checkpoint_failed", step, error=message)
            self.reporter.warn(
                f"The checkpoint of step {step} could not be written ({message}); training goes on "
                "and the last whole checkpoint is kept. Make room on the disk."
            )
        else:
            if candidate is not None:
                self._best_weights = None
            checkpoints.prune(root, keep=KEPT_CHECKPOINTS, best_step=self.progress["best_step"])
            self.reporter.event(
                "checkpoint",
                step,
                seconds=time.perf_counter() - started,
                megabytes=round(sum(manifest["files"].values()) / 1e6, 1),
            )
        self.reporter.set_state(phase="training")

    def _weights(self) -> dict:
        with self.whole_model():
            return self.method.weights()

    def _best_folder(self):
        name = checkpoints.best_name(self.progress["best_step"])
        return self.reporter.folder / "checkpoints" / name

    def _fill_best(self, folder) -> None:
        self._save(folder, self._best_weights)

    def load_best(self) -> None:
        """Give the model the weights of the best step, after :meth:`end_training`.

        Raises
        ------
        RunError
            If they are damaged or gone.
        """
        if self._best_weights is not None:
            self.method.put(self._best_weights)
            return
        source = checkpoints.best_of(self.reporter.folder, self.progress["best_step"])
        self._load_from_checkpoint(str(source))

    def _fill_checkpoint(self, folder) -> None:
        self._save(folder)
        torch.save(self.optimizer.state_dict(), folder / "optimizer.pt")
        torch.save(self.lr_scheduler.state_dict(), folder / "scheduler.pt")
        self.state.save_to_json(str(folder / "trainer_state.json"))
        write_json(folder / checkpoints.PROGRESS, {"step": self.state.global_step, **self.progress})

    def _load_from_checkpoint(self, resume_from_checkpoint, model=None):
        with self.whole_model():
            self.method.load(Path(resume_from_checkpoint))

    def _save(self, folder, weights: dict | None = None) -> None:
        with self.whole_model():
            self.method.save(folder, weights)
        if not (folder / "config.json").is_file():  # of a method that saves no whole model
            config = copy.deepcopy(self.method.model.config)
            config.architectures = [type(self.method.model).__name__]
            config.save_pretrained(folder)
        # a model that is being trained can be looked into: that takes its words too
        self.processing_class.save_pretrained(folder)

    def _bytes_needed(self) -> int:
        with self.whole_model():
            parameters = [p for p in self.model.parameters() if p.requires_grad]
            size = sum(p.numel() * p.element_size() for p in parameters)
        return 3 * size + 10_000_000  # weights and the two moments of AdamW
