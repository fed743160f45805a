"""Each recipe of a folder trained by one process and by several: FOLDER [PROCESSES].

``FOLDER/NAME.yaml`` becomes the runs ``FOLDER/NAME/one`` and ``FOLDER/NAME/shared``, and beside
each ``NAME/one.safetensors`` the gradient of its first step. A trouble
(:mod:`tests.engines.troubles`), and what another run is held against, has the shared one alone. All
are forks of a process that never trained, so that what training needs is imported once. Standard
output has a line a process: its run, rank and exit status.
"""

import importlib
import json
import os
import sys
import tempfile
from pathlib import Path

import torch
from safetensors.torch import save_file

import workbench as wb
from tests.engines import troubles
from tests.engines.cases import STRIPED, WHOLE
from workbench.run_folder.folders import create_run_folder
from workbench.training import engine, job
from workbench.training.parallel import ALONE
from workbench.training.parallel.beside_whole import whole_of
from workbench.training.parallel.ranks import Ranks


def keep_first_gradient(target: Path) -> None:
    """Write the gradient that the first optimizer step is made with."""
    real = engine.Engine.training_step

    def step(self, model, *args, **kwargs):
        loss = real(self, model, *args, **kwargs)
        first = self.state.global_step == 0 and self.accelerator.sync_gradients
        seen = not getattr(self.parts, "clips", False)  # DeepSpeed keeps its own
        if first and seen and (self.ranks.first or self.parts is not None):
            found = {name: whole_of(one.grad).clone() for name, one in self.model.named_parameters()
                     if one.grad is not None}  # fmt: skip
            if self.ranks.first:
                save_file(found, target)
        return loss

    engine.Engine.training_step = step


def life(out: Path, rank: int, size: int, meet: str) -> int:
    """One process of a run; its exit status."""
    torch.set_num_threads(1)
    os.environ[troubles.RANK] = str(rank)
    name = out.parent.name
    if name in troubles.TROUBLES:
        troubles.TROUBLES[name]()
    elif name in STRIPED:
        troubles.striped()
    keep_first_gradient(out.with_suffix(".safetensors"))
    ranks = Ranks.begin(rank, size, meet=meet) if size > 1 else ALONE

    def tell(**changes) -> None:
        with open(out / "told.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps({"rank": rank, **changes}) + "\n")

    return job.work(out, tell, ranks)


def forked(out: Path, size: int) -> None:
    """All processes of a run, waited for."""
    with tempfile.TemporaryDirectory() as meeting:
        children = []
        for rank in range(size):
            child = os.fork()
            if not child:
                status = 1
                try:
                    status = life(out, rank, size, f"file://{meeting}/store")
                finally:
                    sys.stderr.flush()
                    os._exit(status)
            children.append(child)
        for rank, child in enumerate(children):
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            print(f"{out.parent.name}/{out.name} {rank} {status}", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    for name in job._NEEDED:  # once, not in each life
        importlib.import_module(name)
    folder = Path(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    for path in sorted(folder.glob("*.yaml")):
        recipe = wb.Recipe.from_yaml(path.read_text(encoding="utf-8"))
        (folder / path.stem).mkdir()
        sizes = {"one": 1, "shared": count}
        if path.stem in {*troubles.TROUBLES, WHOLE}:
            del sizes["one"]
        for name, size in sizes.items():
            forked(create_run_folder(recipe, folder / path.stem / name), size)
