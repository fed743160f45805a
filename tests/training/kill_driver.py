"""A run left in peace and one killed, as said: RECIPE WHOLE KILLED [WHEN:NUMBER ...].

Each life of them is a fork of a process that never trained. Those that are named die of SIGKILL
at their moment, or stop there (``stop:3``), the next goes on; one that pauses (``pause:3``, before
another moment behind a plus) goes on by itself. Standard output has a line a life: its exit status
and the state in which it left the run.
"""

import importlib
import os
import signal
import sys
from pathlib import Path

import torch

import workbench as wb
from workbench.training import checkpoints, engine, finishing, job, reporter
from workbench.worker import control


def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)


def arm(out: Path, when: str, number: int) -> None:
    if when in ("stop", "pause"):
        real_step, real_hold = engine.Engine.training_step, reporter.Reporter.hold

        def commanded(self, *args, **kwargs):
            if self.state.global_step == number and self._micro_step == 1:
                control.send(out, when)
            return real_step(self, *args, **kwargs)

        def held(self, *args, **kwargs):
            control.send(out, "resume")
            return real_hold(self, *args, **kwargs)

        engine.Engine.training_step = commanded
        if when == "pause":
            reporter.Reporter.hold = held
    elif when == "step":
        real = engine.Engine.training_step

        def step(self, *args, **kwargs):
            if self.state.global_step == number and self._micro_step == 1:
                die()
            return real(self, *args, **kwargs)

        engine.Engine.training_step = step
    elif when == "checkpoint":
        real_fill = engine.Engine._fill_state

        def fill(self, folder):
            real_fill(self, folder)
            if self.state.global_step == number:
                (folder / "optimizer.pt").write_bytes(b"half")
                die()

        engine.Engine._fill_state = fill
    elif when == "evaluation":
        real_evaluate = engine.Engine.evaluate

        def evaluate(self, *args, **kwargs):
            self.reporter.rows.append({"kind": "eval", "step": self.state.global_step, "loss": 0})
            return (
                die() if self.state.global_step == number else real_evaluate(self, *args, **kwargs)
            )

        engine.Engine.evaluate = evaluate
    elif when == "final-save":
        real_write = checkpoints.write_whole

        def write(target, fill):
            if target.name == "model":
                (target.parent / ".stage-model").mkdir(exist_ok=True)
                die()
            return real_write(target, fill)

        checkpoints.write_whole = write
    elif when == "final-predictions":
        finishing._training_seconds = die


def live(recipe, out: Path, moments: str) -> int:
    """One life in a process of its own; its exit status, -9 when it was killed."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        torch.set_num_threads(2)
        for moment in moments.split("+"):
            when, _, number = moment.partition(":")
            arm(out, when, int(number))
        wb.fine_tune(recipe, out, progress=False)
        sys.stderr.flush()
        os._exit(0)
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)


if __name__ == "__main__":
    recipe = wb.Recipe.from_yaml(Path(sys.argv[1]).read_text())
    for name in job._NEEDED:  # once, not in each life
        importlib.import_module(name)
    whole, killed = Path(sys.argv[2]), Path(sys.argv[3])
    lives = [(whole, "never:-1"), *((killed, moment) for moment in sys.argv[4:])]
    for out, moments in [*lives, (killed, "never:-1")]:
        status = live(recipe, out, moments)
        print(status, wb.open_run(out).state, flush=True)
