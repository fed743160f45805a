"""Fine-tune a recipe and die of SIGKILL at a chosen moment: OUT RECIPE WHEN [NUMBER]."""

import os
import signal
import sys
from pathlib import Path

import torch

import workbench as wb
from workbench.training import checkpoints, engine, session


def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)


def arm(when: str, number: int) -> None:
    if when == "step":
        real = engine.Engine.training_step

        def step(self, *args, **kwargs):
            if self.state.global_step == number and self._micro_step == 1:
                die()
            return real(self, *args, **kwargs)

        engine.Engine.training_step = step
    elif when == "checkpoint":
        real_fill = engine.Engine._fill_checkpoint

        def fill(self, folder):
            real_fill(self, folder)
            if self.state.global_step == number:
                (folder / "optimizer.pt").write_bytes(b"half")
                die()

        engine.Engine._fill_checkpoint = fill
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
        session._training_seconds = die


if __name__ == "__main__":
    out, recipe_file, when = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    torch.set_num_threads(2)
    arm(when, int(sys.argv[4]) if len(sys.argv) > 4 else -1)
    wb.fine_tune(wb.Recipe.from_yaml(recipe_file.read_text()), out, progress=False)
