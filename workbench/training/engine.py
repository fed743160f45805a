"""``transformers.Trainer``, changed at its public points: order, step, loss, evaluation, saving."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import torch

from .. import libraries
from . import choosing
from .averaging import Average
from .batching import CutBatches, row_seed, seed_step, train_order
from .in_parts import InParts
from .optimisation import schedule
from .rate_groups import divide
from .remaining import Remaining
from .reporter import BrokenOff, Reporter
from .saving import Saving
from .speed import short_rows
from .step_loss import StepLoss
from .step_rows import StepRows, check_finite

# steps between two looks at the device's numbers: a look waits for all that a GPU has still to do
LOOK_EVERY = {"cpu": 1, "cuda": 10, "mps": 10}


class Engine(InParts, libraries.transformers("Trainer")):
    """The Trainer of a run.

    Parameters
    ----------
    recipe : Recipe
    reporter : Reporter
    step_loss : StepLoss
        The loss of each micro-batch, by whichever pass the model takes.
    evaluate_model : callable taking the model, returning dict of str to float, and float or None
        Validation metrics, and the standard error of the one that decides.
    method : Method
        How weights are changed, and at which rates; what it says is saved and loaded.
    remaining : Remaining
        Learns how long evaluations take.
    attack : Attack, optional
        Moves words to where the loss rises; see :mod:`workbench.training.adversarial`.
    rows : EmbeddingRows, optional
        Holds back the word vectors that no training text uses.
    largest : int, optional
        Examples of a forward pass at most, where the recipe's batch needs too much memory: each
        batch is then cut, and the optimizer step keeps its examples.
    progress : dict
        ``best_step``, ``best_value``, ``evaluations_since_best``, ``ended``, ``top``: kept in
        checkpoints.
    """

    loss_is_scaled_for_ga = True  # compute_loss divides by the sum over the whole optimizer step

    def __init__(
        self,
        *,
        recipe,
        reporter: Reporter,
        step_loss: StepLoss,
        evaluate_model,
        progress: dict,
        method,
        remaining: Remaining,
        attack=None,
        rows=None,
        largest: int | None = None,
        **kwargs,
    ):
        self.largest = min(largest or recipe.batch_size, recipe.batch_size)
        self.ranks = reporter.ranks
        self.recipe, self.reporter, self.step_loss, self.rows = recipe, reporter, step_loss, rows
        self.attack = attack
        self.evaluate_model, self.progress = evaluate_model, dict(progress)
        self.outcome, self.remaining, self.method = "done", remaining, method
        self.rates = None  # in place of the recipe's schedule: see training/rate_range.py
        super().__init__(**kwargs)
        self.average = Average(recipe, self.model)
        self.loss_is_scaled_for_ga = True
        self.saving = self.ranks.saving(Saving(
            reporter, method, self.progress,
            words=self.processing_class, whole_model=self.whole_model,
            averages=recipe.averaging["kind"] != "none",
        ), self.whole_weights)  # fmt: skip
        self.steps = StepRows(self.args.device.type)
        self.look_every = LOOK_EVERY.get(self.args.device.type, 10)
        self._micro_step, self._last_step = 0, -1
        # a run that began without them goes on without them
        auto = recipe.speed == "auto" and self.progress.get("short_products", False)
        bf16 = (step_loss.kind, step_loss.precision) == ("cpu", "bf16")
        self._attending = short_rows.products if auto and bf16 else contextlib.nullcontext

    @contextlib.contextmanager
    def whole_model(self):
        """The model as it is looked at and kept: averaged weights, its whole word embedding."""
        rows = self.rows.whole_table() if self.rows is not None else contextlib.nullcontext()
        with self.whole_weights(), self.average.applied(), rows:
            yield

    def end_training(self) -> None:
        """Leave the model so for good."""
        self.average.settle()
        if self.rows is not None:
            self.rows.restore()
            self.rows = None

    # order -------------------------------------------------------------------------------------
    def _get_train_sampler(self, train_dataset=None):
        rows = train_dataset if train_dataset is not None else self.train_dataset
        # without padding there is nothing to gain from grouping, and shuffled order is kept
        pads = self.step_loss.packed is None and self.recipe.speed == "auto"
        mixed = self.progress.get("mixed_steps", False)  # a run of before keeps its order
        return train_order(rows, self.recipe, pads=pads, mixed=mixed)

    def get_train_dataloader(self):
        """Of each batch, cut into passes that fit into memory, what is this process's."""
        if self.largest >= self.recipe.batch_size and self.ranks.size == 1:
            return super().get_train_dataloader()
        batches = CutBatches(self._get_train_sampler(), self.recipe.batch_size, self.largest)
        loader = torch.utils.data.DataLoader(
            self.train_dataset,
            batch_sampler=self.ranks.batches(batches),
            collate_fn=self.ranks.collated(self.data_collator),
            pin_memory=self.args.dataloader_pin_memory,
        )
        return self.accelerator.prepare(loader)

    # a step ------------------------------------------------------------------------------------
    def create_optimizer(self, *args, **kwargs):
        """The library's, whose groups the method's rates divide; without any it is as it was."""
        if self.optimizer is None and (factors := self.method.rates()):
            divide(super().create_optimizer(*args, **kwargs), self.model, factors)
        return super().create_optimizer(*args, **kwargs)

    def create_scheduler(self, num_training_steps, optimizer=None):
        """The library's schedule of the recipe, or a function of the step."""
        if self.lr_scheduler is None:
            schedule.check_fit(self.recipe, num_training_steps)
            make = self.rates or schedule.own_factor
            factor = make(self.recipe, num_training_steps)
            if factor is not None:
                optimizer = self.optimizer if optimizer is None else optimizer
                self.lr_scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
            else:
                settings = schedule.library_settings(self.recipe, num_training_steps)
                self.args.lr_scheduler_kwargs = settings
        return super().create_scheduler(num_training_steps, optimizer)

    def get_batch_samples(self, epoch_iterator, num_batches, device):
        """The micro-batches of an optimizer step and the sum of their loss normalisers."""
        started = time.perf_counter()
        batches, _ = super().get_batch_samples(epoch_iterator, num_batches, device)
        self.steps.waited(time.perf_counter() - started)
        if not batches:
            return batches, None
        if draw := getattr(self.data_collator, "for_step", None):
            for batch in filter(None, batches):
                draw(batch, self._seed_of_row)
        return batches, self.step_loss.begin(batches, self._seed_of_row(-1))  # of the whole step

    def _get_num_items_in_batch(self, batch_samples, device):
        """Not counted by the library: the loss knows what it is divided by."""

    def _seed(self, micro_step: int) -> None:
        parts = self.ranks.seed_parts()
        seed_step(self.recipe.seed, self.state.global_step, micro_step, *parts)

    def _seed_of_row(self, row: int) -> int:
        """Of what is drawn for a row at this step, whatever batch it is in."""
        return row_seed(self.recipe.seed, self.state.global_step, row)

    def training_step(self, model, inputs, num_items_in_batch=None):
        """Forward and backward pass of a micro-batch under noise that its position decides."""
        step = self.state.global_step
        self._micro_step = self._micro_step + 1 if step == self._last_step else 0
        self._last_step = step
        if self._micro_step == 0:
            self.method.at_step(step, self.state.max_steps)
        loss = self._passed(model, inputs, num_items_in_batch)
        self.steps.computed(loss, self.step_loss.figures)
        if self.accelerator.sync_gradients and self.parts is None:  # the last of its step
            groups = self.optimizer.param_groups
            self.ranks.sum_gradients(one for group in groups for one in group["params"])
        return loss

    def _passed(self, model, inputs, num_items_in_batch):
        self._seed(self._micro_step)
        self.idle = not inputs  # of this batch other processes have all rows
        inputs = inputs or self.stand_in()
        if not inputs:
            model.train()
            self.step_loss.of_nothing(model, prepare=self._prepare_inputs, seed=self._seed)
            return torch.zeros((), device=self.args.device)
        self.steps.read(inputs, counted=not self.idle)
        train = super().training_step
        if self.attack is not None:
            train = self.attack.around(self, train)
        with self._attending():
            return self.step_loss.clean(train(model, inputs, num_items_in_batch))

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        """This micro-batch's share of the loss of the whole optimizer step."""
        loss, outputs = self.step_loss.of(
            model, inputs, num_items_in_batch,
            number=self._micro_step, prepare=self._prepare_inputs, seed=self._seed,
        )  # fmt: skip
        loss = self.counted(loss)
        return (loss, outputs) if return_outputs else loss

    def floating_point_ops(self, inputs):
        """Not counted: it would cost a pass over the inputs each step."""
        return 0

    def _get_grad_norm(self, model, grad_norm=None):
        """The norm stays on its device; :meth:`log` asks for it."""
        self.steps.norm = super()._get_grad_norm(model, grad_norm=grad_norm)
        return self.steps.norm

    def log(self, logs, start_time=None):
        """One row an optimizer step; stops a run whose loss or gradient is no number any more."""
        if "grad_norm" not in logs or "loss" not in logs or not self.steps.waiting:
            return
        rows = self.steps.asked(self.ranks)
        for row in rows:
            self.reporter.row("step", **row)
        self.control = self.callback_handler.on_log(self.args, self.state, self.control, logs)
        for row in rows:
            check_finite(row, self.recipe.learning_rate)

    # evaluation --------------------------------------------------------------------------------
    def evaluate(self, eval_dataset=None, ignore_keys=None, metric_key_prefix="eval"):
        """Validation metrics; decides on the best checkpoint and on early stopping."""
        step = self.state.global_step
        self.reporter.set_state(phase="evaluating")
        started = time.perf_counter()
        try:
            with self.whole_model():
                metrics, error = self.evaluate_model(self.known_model)
        except BrokenOff as broken:
            return self._put_off(self.reporter.agreed() or broken.wanted)
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
        choosing.judge(self, metrics, error)
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
        """Take weights and step of a checkpoint before training goes on."""
        self._load_from_checkpoint(checkpoint)
        self.state = type(self.state).load_from_json(str(checkpoint / "trainer_state.json"))

    def evaluate_due(self) -> None:
        """Make the evaluation that was broken off, of the weights as they are."""
        self.progress.pop("evaluation_due", None)
        self.control.should_save = False
        self.evaluate()
        candidate = self.progress.pop("candidate", None)
        if candidate is not None:  # the step's checkpoint is on the disk already
            self.progress.update(best_step=candidate["step"], best_value=candidate["value"])

    # saving ------------------------------------------------------------------------------------
    def _save_checkpoint(self, model, trial=None):
        step, self._optimizer_state = self.state.global_step, self.optimizer_state()
        last = step >= self.state.max_steps
        self.saving.checkpoint(step, last=last, state=self._fill_state)
        self._optimizer_state = {}

    def _fill_state(self, folder: Path) -> None:
        """Write what an exact resume needs beside the weights."""
        torch.save(self._optimizer_state, folder / "optimizer.pt")
        torch.save(self.lr_scheduler.state_dict(), folder / "scheduler.pt")
        self.state.save_to_json(str(folder / "trainer_state.json"))
        self.average.save(folder)

    def _load_from_checkpoint(self, resume_from_checkpoint, model=None):
        self.saving.load(resume_from_checkpoint)
        self.average.load(Path(resume_from_checkpoint))
