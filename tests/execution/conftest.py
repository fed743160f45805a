"""One cluster for all tests of this folder, and a short recipe of which every step is seen."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.execution.slurm_here import Slurm, lacking
from tests.training import tiny


@pytest.fixture(scope="session")
def cluster():
    """A :class:`Slurm` that is up, reached by this process and what it starts."""
    if programs := lacking():
        missing(f"Slurm is not here ({', '.join(programs)}).",
                "Install slurmctld, slurmd, slurm-client and munge.")  # fmt: skip
    with reached(Slurm) as found:
        yield found


@contextlib.contextmanager
def reached(kind: type[Slurm]) -> Iterator[Slurm]:
    """Context of a cluster of a kind, which this process and what it starts send jobs to."""
    folder = Path(tempfile.mkdtemp(prefix="slurm-", dir="/tmp"))  # short: it holds sockets
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        found = stack.enter_context(kind(folder))
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in found.environment.items():
            patch.setenv(name, value)
        root = str(Path(__file__).parents[2])  # what the nodes import is what is tested
        paths = [root, os.environ.get("PYTHONPATH") or root]
        patch.setenv("PYTHONPATH", os.pathsep.join(paths))
        yield found


@pytest.fixture(scope="session")
def recipe(tmp_path_factory):
    """A tiny training of 36 steps, each of which ends in a checkpoint's reach."""
    import workbench as wb

    folder = tmp_path_factory.mktemp("model")
    tiny.save_model(folder)
    return wb.Recipe(
        model=str(folder), dataset=tiny.frame(), test_size=12, validation_size=12, epochs=2,
        batch_size=4, max_length=32, checkpoint_every=5,
    )  # fmt: skip
