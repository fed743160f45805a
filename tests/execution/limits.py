"""What takes minutes on a real Slurm: the time limit. ``make test-engines`` runs it."""

import os

import pytest

import workbench as wb
from tests.execution.test_slurm import facts
from tests.waiting import until

_SLOW = """
import sys
if "workbench.training.job" in " ".join(sys.orig_argv):
    import time
    from workbench.training import engine
    step = engine.Engine.training_step
    def slow(self, *args, **kwargs):
        time.sleep(0.5)
        return step(self, *args, **kwargs)
    engine.Engine.training_step = slow
"""


@pytest.mark.parametrize(("nodes", "epochs", "minutes", "leave"), [(1, 8, 2, 80), (2, 24, 5, 180)])
def test_before_the_time_limit_it_is_saved_and_goes_on_as_the_same_run(
    cluster, recipe, runs_folder, tmp_path, monkeypatch, nodes, epochs, minutes, leave
):
    """Left in the midst of its steps; Slurm puts the job back, and it ends as at home."""
    (tmp_path / "sitecustomize.py").write_text(_SLOW)
    long = recipe.replace(epochs=epochs, checkpoint_every=1000, hardware={"devices": nodes})
    home = facts(wb.fine_tune(long, tmp_path / "home", progress=False).path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ["PYTHONPATH"]]))
    settings = {"minutes": minutes, "leave_seconds": leave, "nodes": nodes}
    run = wb.start(long, on="slurm", settings=settings)
    until(lambda: run.status()["step"] >= 3, 120)
    ends = run.status()["ends_at"]
    back = until(lambda: (s := run.status())["state"] == "queued" and s, 300)
    assert back["phase"] == "requeued" and back["heartbeat"] < ends
    run.wait(timeout=400)
    assert facts(run.path) == home
    assert "Restarts=0" not in cluster.run("scontrol", "show", "job", run.status()["job"])
    assert not (run.path / "metrics.discarded.jsonl").exists()
