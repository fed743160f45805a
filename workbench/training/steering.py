"""What happens between two optimizer steps: evaluations, checkpoints, commands, progress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import libraries
from .optimisation.schedule import cycle_ends
from .speed.profiling import StepProfiler

if TYPE_CHECKING:
    from .engine import Engine


class RunCallback(libraries.transformers("TrainerCallback")):
    """Evaluations, checkpoints, commands and progress at the end of each optimizer step."""

    def __init__(self, engine: Engine, *, steps_per_epoch: int, may_leave=lambda idle: False):
        self.engine, self.reporter, self.recipe = engine, engine.reporter, engine.recipe
        self.every = self.recipe.evaluate_every or steps_per_epoch
        self.per_pass, self.snapshots = steps_per_epoch, set[int]()
        engine.remaining.every = self.every
        self.may_leave = may_leave
        self.saved_at = 0  # step of the last checkpoint: the interval counts from there
        self.profiler = StepProfiler(self.reporter.folder)

    def on_train_begin(self, args, state, control, **_):
        self.saved_at = state.global_step
        moved = [one for group in self.engine.optimizer.param_groups for one in group["params"]]
        self.engine.average.begin(state.max_steps, moved)
        if self.recipe.snapshots:
            self.snapshots = {*cycle_ends(self.recipe, state.max_steps, self.per_pass)}
        self.reporter.set_state(
            state="running", phase="training", step=state.global_step, total_steps=state.max_steps,
            epochs=state.num_train_epochs,
        )  # fmt: skip

    def on_step_begin(self, args, state, control, **_):
        self.profiler.begin_step()
        self.engine.steps.begin()

    def on_optimizer_step(self, args, state, control, lr_scheduler=None, **_):
        self._learning_rate = lr_scheduler.get_last_lr()[0]  # of this step: it changes after it

    def on_step_end(self, args, state, control, **_):
        step = state.global_step
        last = step >= state.max_steps
        self.engine.average.update(step)
        if step in self.snapshots:
            self.engine.saving.snapshot(step)
        if self.profiler.end_step(step, last=last):
            self.reporter.event("profiled", step)
        self.engine.steps.end(step, state.epoch, self._learning_rate)
        control.should_evaluate = step % self.every == 0 or last
        wanted = self.reporter.agreed()
        if wanted:
            self.reporter.set_state(phase="pausing" if wanted == "pause" else "stopping")
        due = step - self.saved_at >= self.recipe.checkpoint_every
        control.should_save = due or last or bool(wanted)
        asked = step % self.engine.look_every == 0 or step == 1
        control.should_log = asked or control.should_evaluate or control.should_save
        if wanted == "stop" and not last:
            self.engine.outcome = "stopped"
            control.should_training_stop = True

    def on_log(self, args, state, control, logs=None, **_):
        if "grad_norm" not in (logs or {}):
            return
        per_step = sum(self.engine.steps.recent) / len(self.engine.steps.recent)
        steps = state.max_steps - state.global_step
        left = per_step * steps + self.engine.remaining.after_steps(
            state.global_step, state.max_steps, due=control.should_evaluate
        )
        self.reporter.set_state(
            step=state.global_step, epoch=round(state.epoch, 6), seconds_left=round(left, 1)
        )

    def on_save(self, args, state, control, **_):
        self.saved_at = state.global_step
        if control.should_training_stop or state.global_step >= state.max_steps:
            return
        if self.reporter.agreed() == "pause":
            self._hold(state, control)

    def _hold(self, state, control):
        while True:
            ended = self.reporter.hold(state.global_step, self.may_leave)
            if ended is not None:
                if ended == "stop":
                    self.reporter.set_state(phase="stopping")
                self.engine.outcome = "stopped" if ended == "stop" else "paused"
                control.should_training_stop = True
                return
            self.reporter.set_state(state="running", phase="training")
            if not self.engine.progress.get("evaluation_due"):
                return
            self.engine.evaluate_due()
            if not self.engine.progress.get("evaluation_due"):
                return
