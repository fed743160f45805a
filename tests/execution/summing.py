"""What each node of a job runs: torchrun with this room's rendezvous, whose processes sum."""

import subprocess
import sys

_EACH = """
import torch, torch.distributed as dist
dist.init_process_group("gloo")
number = torch.tensor([float(dist.get_rank() + 1)])
dist.all_reduce(number)
dist.destroy_process_group()
open({out!r} + str(int(__import__("os").environ["SLURM_NODEID"])), "w").write(str(number.item()))
"""


def one_node(out: str) -> None:
    """Sum over all nodes; each writes what it has in a file of its number."""
    from workbench.execution.rendezvous import rendezvous

    script = f"{out}script-{__import__('os').environ['SLURM_NODEID']}.py"
    with open(script, "w", encoding="utf-8") as file:
        file.write(_EACH.format(out=out))
    command = [sys.executable, "-m", "torch.distributed.run", *rendezvous()]
    subprocess.run([*command, "--nproc-per-node=1", "--max-restarts=0", script], check=True)


if __name__ == "__main__":
    one_node(sys.argv[1])
