"""Runs over two nodes of a real Slurm; minutes. ``make test-engines`` runs it."""

import os
import signal

import psutil
import pytest

import workbench as wb
from tests.conftest import missing
from tests.engines.test_parallel import apart
from tests.execution.conftest import reached
from tests.execution.slurm_apart import SlurmApart, lacking
from tests.execution.test_slurm import facts, processes_of
from tests.training import tiny
from tests.waiting import until
from workbench.errors import RunError

WAIT = 300  # seconds that a job of several processes may take on a busy machine
TWO = {"minutes": 15, "nodes": 2}

# what makes one node another one: its processes read this first
_OTHER = """
import os, sys
if os.environ.get("SLURMD_NODENAME") == "n2" and "submitit" in " ".join(sys.orig_argv):
    from workbench.execution import node
    {change}
"""
_OLDER = 'node.fingerprint = lambda real=node.fingerprint: {**real(), "torch": "2.4.0"}'
_LATE = "node.disk_ahead = lambda folder, real=node.disk_ahead: real(folder) - 3600"


@pytest.fixture(scope="module")
def shared(recipe, tmp_path_factory):
    """Without dropout, so that one process makes the same run as two."""
    model = tiny.save_model(tmp_path_factory.mktemp("still") / "model", dropout=0.0)
    return recipe.replace(model=str(model), epochs=12, checkpoint_every=20, precision="fp32",
                          hardware={"devices": 2})  # fmt: skip


@pytest.fixture(scope="module")
def at_home(shared, tmp_path_factory):
    """Two processes of this machine: what two nodes have to equal bit for bit."""
    folder = tmp_path_factory.mktemp("home") / "run"
    return facts(wb.fine_tune(shared, folder, progress=False).path)


def at_step(run, step: int) -> None:
    """Return when the run is at work and has made so many steps."""

    def there() -> bool:
        status = run.status()
        assert status["state"] in ("queued", "running"), status
        return status["state"] == "running" and status.get("step", 0) >= step

    until(there, WAIT)


def ended(run) -> None:
    """Wait for a run, which then is done, and has left no process on any node."""
    run.wait(timeout=WAIT)
    assert run.state == "done"
    until(lambda: processes_of(run) == [], WAIT)


def test_two_nodes_end_where_one_process_does(cluster, shared, at_home, runs_folder):
    """Paused and resumed from here on the way; weights as of one process, and as of two here."""
    run = wb.start(shared, on="slurm", settings=TWO)
    at_step(run, 5)
    assert ", on n[1-2], until " in wb.runs()["where"].item()
    assert "2 processes (ddp)" in run.status()["speed"]
    run.pause()
    until(lambda: run.state == "paused", WAIT)
    run.resume()
    ended(run)
    assert facts(run.path) == at_home
    one = wb.fine_tune(shared.replace(hardware={"devices": 1}), progress=False)
    files = [found.path / "model" / "model.safetensors" for found in (one, run)]
    assert apart(*files) < 1e-5


def test_stopped_it_goes_on_at_home(cluster, shared, at_home, runs_folder):
    """Two devices of this machine go on with what two nodes began."""
    run = wb.start(shared, on="slurm", settings=TWO)
    at_step(run, 5)
    run.stop()
    run.wait(timeout=WAIT)
    assert run.state == "stopped"
    until(lambda: processes_of(run) == [], WAIT)
    run.resume(on="local")
    ended(run)
    assert facts(run.path) == at_home


def test_wanted_back_before_the_time_limit_it_goes_on(cluster, shared, at_home, runs_folder):
    """The signal that Slurm sends then, to all processes of all nodes."""
    run = wb.start(shared, on="slurm", settings=TWO)
    at_step(run, 7)
    cluster.run("scancel", "--signal=USR2", run.status()["job"])
    back = until(lambda: (s := run.status())["state"] == "queued" and s, WAIT)
    assert back["phase"] == "requeued"
    ended(run)
    assert facts(run.path) == at_home
    assert not (run.path / "metrics.discarded.jsonl").exists()


@pytest.mark.parametrize("node", ["n2", "n1"])
def test_a_node_that_is_lost_is_said_and_the_run_goes_on(
    cluster, shared, at_home, runs_folder, node
):
    """The second one by the first; the first one, which has the run, by its silence."""
    run = wb.start(shared, on="slurm", settings=TWO)
    at_step(run, 7)
    cluster.lose_node(node)
    try:
        back = until(lambda: (s := run.status())["state"] == "queued" and s, WAIT)
        assert back["phase"] == "requeued"
        # srun ends the others at once: the first node may not have been left to say which one
        either = (f"{node} was lost at step ", "One of the nodes n1, n2 was lost at step ")
        assert any(said in back["warning"] for said in either)
    finally:
        cluster.start_node(node)
    ended(run)
    assert facts(run.path) == at_home
    assert "Restarts=0" not in cluster.run("scontrol", "show", "job", run.status()["job"])


def test_taken_back_no_node_has_a_process_left(cluster, shared, runs_folder):
    run = wb.start(shared.replace(epochs=400), on="slurm", settings=TWO)
    at_step(run, 3)
    assert len(processes_of(run)) >= 7  # two of submitit, a worker, two of torchrun, two trainers
    run.cancel()
    assert run.state == "stopped"
    assert processes_of(run) == []


def test_the_node_that_differs_is_named(cluster, shared, runs_folder, tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(_OTHER.format(change=_OLDER))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ["PYTHONPATH"]]))
    run = wb.start(shared, on="slurm", settings=TWO)
    with pytest.raises(RunError, match="node n2 would not compute the same: torch .*, 2.4.0 on"):
        run.wait(timeout=WAIT)
    assert run.state == "failed"
    until(lambda: processes_of(run) == [], WAIT)


def test_the_clock_that_differs_is_named(cluster, shared, runs_folder, tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(_OTHER.format(change=_LATE))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ["PYTHONPATH"]]))
    run = wb.start(shared.replace(epochs=400), on="slurm", settings=TWO)
    at_step(run, 3)
    assert "The clock of n2 is +3600.0 s off" in run.status()["warning"]
    assert "clock of n1" not in run.status()["warning"]
    run.cancel()


def test_two_devices_of_one_node(cluster, shared, at_home, runs_folder):
    """One is killed, the other one is ended with it; then both are wanted back."""
    run = wb.start(shared, on="slurm", settings={"minutes": 15, "cpus": 2})
    at_step(run, 5)
    pids = run.status()["rank_pids"]
    os.kill(pids[1], signal.SIGKILL)
    until(lambda: run.state == "died", WAIT)
    assert "One of the 2 training processes" in run.status()["error"]
    until(lambda: not any(psutil.pid_exists(pid) for pid in pids), WAIT)
    run.resume()
    at_step(run, 30)
    cluster.run("scancel", "--signal=USR2", run.status()["job"])
    until(lambda: run.status()["phase"] == "requeued", WAIT)
    ended(run)
    assert facts(run.path) == at_home


def test_a_link_that_is_cut_is_said_and_the_run_goes_on(shared, at_home, runs_folder):
    """Nobody is killed and no connection closed; the node is back when its link is."""
    if why := lacking():
        missing(f"The nodes cannot have networks of their own: {why}", "Run it as root.")
    with reached(SlurmApart) as cluster:
        run = wb.start(shared, on="slurm", settings=TWO)
        at_step(run, 7)
        cluster.cut("n2")
        back = until(lambda: (s := run.status())["state"] == "queued" and s, WAIT)
        assert back["phase"] == "requeued" and " lost at step " in back["warning"]
        cluster.mend("n2")
        ended(run)
        assert facts(run.path) == at_home
        shown = cluster.run("scontrol", "show", "job", run.status()["job"])
        assert "Restarts=0" not in shown
