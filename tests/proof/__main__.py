"""``python -m tests.proof [kills|damage|serving] ...``: tries it; 1 when something is wrong."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from . import damage, drawn, kills, serving


def main() -> int:
    """Carry out what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof", description=__doc__)
    parser.add_argument("what", nargs="*", choices=["kills", "damage", "serving", []], default=[])
    parser.add_argument("--kills", type=int, default=30, help="kills with -9 in all")
    parser.add_argument("--others", type=int, default=6, help="trials on a full disk; kernels")
    parser.add_argument("--each", type=int, default=3, help="kills of one run at most")
    parser.add_argument("--first", type=int, default=0, help="number of the first trial")
    parser.add_argument("--draw", type=int, help="so many kills or cells, by the commit's hash")
    parser.add_argument("--part", default="1/1", help="part of the damage table, such as 2/4")
    parser.add_argument("--answers", type=int, default=20_000, help="of a server under load")
    parser.add_argument("--ends", type=int, default=6, help="of servers under load")
    parser.add_argument("--light", action="store_true", help="without calls that load a model")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="workbench-proof-") as folder:
        root = Path(folder)
        os.environ |= {"WORKBENCH_CACHE": str(root / "cache"), "WORKBENCH_WARM": "0",
                       "WORKBENCH_RUNS": str(root / "runs"), "HF_HUB_OFFLINE": "1",
                       "TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": "1"}  # fmt: skip
        wrong = 0
        if "kills" in (asked.what or ["kills"]):
            wrong += _kills(root, asked)
        if "damage" in (asked.what or ["damage"]):
            wrong += _damage(root, asked)
        if "serving" in (asked.what or ["serving"]):
            wrong += _serving(root, asked)
    return int(wrong > 0)


def _kills(root: Path, asked) -> int:
    started = time.monotonic()
    if asked.draw:
        draws = drawn.generator("kills")
        plan = [("kill", task, draws.randrange(10**6), 1)
                for task in draws.choices(kills.TASKS, k=asked.draw)]  # fmt: skip
        print(f"drawn by {drawn.commit()}: {plan}", flush=True)
    else:
        n_runs = -(-asked.kills // asked.each)
        plan = [("kill", kills.TASKS[n % 3], asked.first + n, asked.each) for n in range(n_runs)]
        plan += [(kind, kills.TASKS[n % 3], asked.first + n, 0)
                 for kind in ("disk", "kernel") for n in range(asked.others)]  # fmt: skip
    (root / "runs").mkdir(exist_ok=True)
    found = kills.prove(root, plan, tell=lambda line: print(line, flush=True))
    n_kills = sum(len(one["where"]) for one in found if one["kind"] == "kill")
    wrong = [one for one in found if one["differs"]]
    print(
        f"kills: {n_kills} with -9 in {sum(o['kind'] == 'kill' for o in found)} runs, "
        f"{sum(o['kind'] == 'disk' for o in found)} full disks, "
        f"{sum(o['kind'] == 'kernel' for o in found)} kernels; {len(wrong)} results differ; "
        f"{time.monotonic() - started:.0f} s", flush=True,
    )  # fmt: skip
    return len(wrong)


def _serving(root: Path, asked) -> int:
    wrong = serving.prove(
        root, asked.answers, asked.ends, tell=lambda line: print(line, flush=True)
    )
    for line in wrong[:20]:
        print(line, flush=True)
    return len(wrong)


def _damage(root: Path, asked) -> int:
    import torch

    from tests.training import tiny

    torch.set_num_threads(1)
    started = time.monotonic()
    cells = damage.cells()
    number, parts = map(int, asked.part.split("/"))
    cells = cells[number - 1 :: parts]
    if asked.draw:
        cells = drawn.draw(cells, asked.draw, "damage")
    runs = root / "runs"
    runs.mkdir(exist_ok=True)
    whole = damage.make_run(root / "whole", tiny.save_model(root / "model-of-table"))
    n_calls, raw = 0, []
    with damage.no_worker():
        for file, how in cells:
            count, wrong = damage.try_cell(runs, whole, file, how, heavy=not asked.light)
            n_calls, raw = n_calls + count, raw + wrong
            for one in wrong:
                print(*one, sep=" | ", flush=True)
    print(f"damage: {len(cells)} cells, {n_calls} calls, {len(raw)} raw errors; "
          f"{time.monotonic() - started:.0f} s", flush=True)  # fmt: skip
    return len(raw)


if __name__ == "__main__":
    sys.exit(main())
