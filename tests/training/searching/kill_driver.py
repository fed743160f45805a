"""A search left in peace and one killed, as said: RECIPE WHOLE KILLED [MOMENT ...].

Each life is a fork of a process that never trained. It dies of SIGKILL at its moment: in a step of
a trial (``step:1:2`` is step 2 of trial 1), when a trial was suggested and has no run yet
(``suggested:2``), or when its run is done and its outcome not yet kept (``done:0``). Standard
output has a line a life: its exit status.
"""

import importlib
import os
import signal
import sys
from pathlib import Path

import torch

import workbench as wb
from workbench.training import engine, job
from workbench.training.searching import search as searching
from workbench.training.searching import search_folder

SPACE = {"learning_rate": (1e-4, 1e-1, "log"), "batch_size": [8, 16]}


def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)


def arm(moment: str) -> None:
    when, trial, *rest = moment.split(":")
    if when == "step":
        step_of, at = engine.Engine.training_step, int(rest[0])

        def step(self, *args, **kwargs):
            here = self.reporter.folder.name.endswith(f"-{int(trial):02d}")
            return die() if here and self.state.global_step == at else step_of(
                self, *args, **kwargs
            )

        engine.Engine.training_step = step
    elif when == "suggested":
        made = searching.made

        def make(recipe, folder, part_of):
            return die() if folder.name.endswith(f"-{int(trial):02d}") else made(
                recipe, folder, part_of
            )

        searching.made = make
    elif when == "done":
        keep = search_folder.SearchFolder.keep

        def kept(self, trials):
            return die() if trials[-1].number == int(trial) and trials[-1].outcome else keep(
                self, trials
            )

        search_folder.SearchFolder.keep = kept


def live(recipe, out: Path, moment: str) -> int:
    """One life in a process of its own; its exit status, -9 when it was killed."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        torch.set_num_threads(1)
        if moment:
            arm(moment)
        wb.search(recipe, SPACE, trials=4, out=out, sampler="random", progress=False)
        os._exit(0)
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)


if __name__ == "__main__":
    recipe = wb.Recipe.from_yaml(Path(sys.argv[1]).read_text())
    for name in (*job._NEEDED, "optuna"):  # once, not in each life
        importlib.import_module(name)
    whole, killed = Path(sys.argv[2]), Path(sys.argv[3])
    for out, moment in [(whole, ""), *((killed, one) for one in sys.argv[4:]), (killed, "")]:
        print(live(recipe, out, moment), flush=True)
