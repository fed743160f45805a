"""Runs on a real Slurm: sent, seen, ended, taken back, and what stands in the way."""

import os

import psutil
import pytest

import workbench as wb
from tests.waiting import until
from workbench.errors import EngineError, RunError

WAIT = 120  # seconds that a job may take on a busy machine
SHORT = {"minutes": 10}


def processes_of(run) -> list[str]:
    """Command lines of the processes that work on the run."""
    lines = [" ".join(one.info["cmdline"] or []) for one in psutil.process_iter(["cmdline"])]
    return [line for line in lines if str(run.path) in line]


def steps(run) -> list[int]:
    return run.history().query("kind == 'step'")["step"].tolist()


def test_the_cluster_is_listed(cluster):
    table = wb.engines().set_index("engine")
    assert table["reachable"].tolist() == [True, True]
    assert table.loc["slurm", "said"].endswith("partitions: ci, urgent")


def test_a_run_is_sent_and_done(cluster, recipe, runs_folder):
    """Followed from here by its folder, and the same as at home."""
    run = wb.start(recipe, on="slurm", settings=SHORT)
    assert run.state in ("queued", "running")
    until(lambda: run.state == "running" and run.status().get("node"), WAIT)
    assert wb.runs()["where"].item().startswith(f"slurm {run.status()['job']}, on n")
    run.wait(timeout=WAIT)
    assert run.state == "done"
    home = wb.fine_tune(recipe, progress=False)
    assert run.history()[["step", "loss"]].equals(home.history()[["step", "loss"]])
    assert run.metrics() == home.metrics()
    until(lambda: "COMPLETED" in cluster.run("scontrol", "show", "job", run.status()["job"]), WAIT)


def test_it_is_paused_and_goes_on_from_here(cluster, recipe, runs_folder):
    run = wb.start(recipe.replace(epochs=200), on="slurm", settings=SHORT)
    until(lambda: run.status()["step"] >= 3, WAIT)
    run.pause()
    until(lambda: run.state == "paused", WAIT)
    run.resume()
    until(lambda: run.state == "running", WAIT)
    run.pause()
    until(lambda: run.state == "paused", WAIT)
    # the node is wanted back meanwhile: a pause is not ended by that
    cluster.run("scancel", "--signal=USR2", run.status()["job"])
    until(lambda: run.status().get("pid") is None, WAIT)
    assert run.state == "paused"
    run.resume()
    until(lambda: run.state == "running", WAIT)
    run.stop()
    run.wait(timeout=WAIT)
    assert run.state == "stopped"
    assert steps(run) == list(range(1, run.status()["step"] + 1))


def test_a_failure_is_the_sentence_of_home(cluster, recipe, runs_folder):
    frame = tiny_frame_with_a_hole()
    broken = recipe.replace(dataset=wb.Recipe(dataset=frame).dataset)
    run = wb.start(broken, on="slurm", settings=SHORT)
    with pytest.raises(RunError, match="Row 7 .* empty text"):
        run.wait(timeout=WAIT)
    assert run.state == "failed"


def tiny_frame_with_a_hole():
    from tests.training import tiny

    return tiny.frame().assign(text=lambda f: f["text"].where(f.index != 7, "  "))


def test_a_job_that_cannot_begin_is_said_with_its_last_words(cluster, recipe, runs_folder):
    run = wb.start(recipe, on="slurm", settings={**SHORT, "python": "/usr/bin/env no-such-python"})
    with pytest.raises(RunError, match="job .* is over.*no-such-python.*resume"):
        run.wait(timeout=WAIT)
    assert run.state == "died"
    run.resume(settings=SHORT).wait(timeout=WAIT)
    assert run.state == "done"


def test_taken_back_it_leaves_no_process(cluster, recipe, runs_folder):
    run = wb.start(recipe.replace(epochs=400), on="slurm", settings=SHORT)
    until(lambda: run.status()["step"] >= 3, WAIT)
    assert processes_of(run)
    job = run.status()["job"]
    run.cancel()
    assert run.state == "stopped"
    assert processes_of(run) == []
    assert "CANCELLED" in cluster.run("scontrol", "show", "job", job)
    run.resume(on="local").stop()  # and this machine may go on with it
    run.wait(timeout=WAIT)
    assert run.state == "stopped"


def test_a_waiting_run_has_a_place_and_a_way_out(cluster, recipe, runs_folder):
    """Nothing else has it meanwhile; one whose turn never comes is said with Slurm's reason."""
    cluster.run("scontrol", "update", "PartitionName=ci", "State=DOWN")
    try:
        with pytest.raises(EngineError, match="partition ci is down"):
            wb.start(recipe, on="slurm", settings=SHORT)
    finally:
        cluster.run("scontrol", "update", "PartitionName=ci", "State=UP")
    cluster.run("scontrol", "update", "NodeName=n1,n2", "State=DRAIN", "Reason=test")
    try:
        first, second = (wb.start(recipe, on="slurm", settings=SHORT) for _ in range(2))
        until(lambda: second.status().get("queue_position") == 1, WAIT)
        assert first.status()["state"] == "queued"
        until(lambda: "Nodes required" in (first.status()["warning"] or ""), WAIT)
        with pytest.raises(RunError, match="with the engine slurm, as job"):
            wb.fine_tune(recipe, first.path, progress=False)
        first.stop()
        assert first.state == "stopped"
        second.cancel()
        assert second.state == "stopped"
    finally:
        cluster.run("scontrol", "update", "NodeName=n1,n2", "State=RESUME")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"partition": "cii"}, "no partition 'cii'. Did you mean 'ci'"),
        ({"partitions": "ci"}, "no setting 'partitions'. Did you mean 'partition'"),
        ({"minutes": 90}, "90 minutes are more than the partition ci allows, 60"),
        ({"minutes": "1:00"}, "slurm.minutes is '1:00', which is text"),
        ({"minutes": 2, "leave_seconds": 100}, "no time is left to train"),
        ({"gpus": 1}, "partition ci has no GPUs"),
        ({"constraint": "no-such"}, "Slurm does not take the job: .*[Ff]eature"),
        ({"modules": [1]}, "modules of the settings holds 1"),
        ({"nodes": 3}, "3 nodes are more than the partition ci has, 2"),
        ({"nodes": 0}, "slurm.nodes is 0"),
        ({"nodes": 2}, "devices is 1, which cannot be shared evenly by nodes: 2 .* set it to 2 or"),
    ],
)
def test_what_the_cluster_has_not_is_refused_before_anything_is_sent(
    cluster, recipe, runs_folder, settings, said
):
    with pytest.raises(EngineError, match=said):
        wb.start(recipe, on="slurm", settings={**SHORT, **settings})
    assert list(runs_folder.iterdir()) == []
    assert cluster.run("squeue", "-h", "-t", "PD") == ""


def test_devices_that_the_nodes_have_not_are_refused(cluster, recipe, runs_folder):
    two = recipe.replace(hardware={"devices": 2})
    with pytest.raises(EngineError, match="devices is 2, .* nodes: 1 with 1 each"):
        wb.start(two, on="slurm", settings=SHORT)
    assert list(runs_folder.iterdir()) == []


@pytest.mark.parametrize("nodes", [1, 2])
def test_a_folder_that_a_node_does_not_share_is_said(cluster, recipe, nodes):
    """Of two nodes the one that does not is named."""
    if os.geteuid():
        pytest.skip("Only root can give a node a folder of its own.")
    about = {"exclude": "n1"} if nodes == 1 else {"nodes": 2}
    run = wb.start(recipe.replace(hardware={"devices": nodes}), cluster.unshared / f"run-{nodes}",
                   on="slurm", settings={**SHORT, **about})  # fmt: skip
    with pytest.raises(RunError, match="did not find the run's folder .* on n2:"):
        run.wait(timeout=30)
    assert run.state == "died"


def test_other_code_on_the_node_is_said(cluster, recipe, runs_folder, monkeypatch):
    """As it would be where the node has another checkout, and an older torch."""
    from workbench.execution import sending

    here = sending.fingerprint()
    monkeypatch.setattr(sending, "fingerprint", lambda: {**here, "torch": "2.4.0"})
    run = wb.start(recipe, on="slurm", settings=SHORT)
    with pytest.raises(RunError, match="would not compute the same: torch 2.4.0, "):
        run.wait(timeout=WAIT)
    assert run.state == "failed"


def test_clocks_that_differ_are_said_and_the_run_is_not_taken_for_dead(
    cluster, recipe, runs_folder, monkeypatch
):
    from workbench.execution import sending

    ahead = sending.disk_ahead
    monkeypatch.setattr(sending, "disk_ahead", lambda folder: ahead(folder) + 3600)
    run = wb.start(recipe.replace(epochs=200), on="slurm", settings=SHORT)
    until(lambda: run.status()["step"] >= 3, WAIT)
    assert "is +3600.0 s off" in run.status()["warning"]
    run.cancel()


@pytest.fixture(scope="module")
def long(recipe):
    """A training that takes long enough to be met in the midst of it."""
    return recipe.replace(epochs=12, checkpoint_every=20)


def facts(folder) -> tuple:
    """Weights and rows of a run that is done."""
    run = wb.open_run(folder)
    assert run.state == "done"
    rows = run.history().query("kind == 'step'")[["step", "loss", "grad_norm", "learning_rate"]]
    weights = [path.read_bytes() for path in sorted((folder / "model").glob("*.safetensors"))]
    return rows.values.tolist(), weights


@pytest.fixture(scope="module")
def at_home(long, tmp_path_factory):
    folder = tmp_path_factory.mktemp("home") / "run"
    return facts(wb.fine_tune(long, folder, progress=False).path)


def test_preempted_it_goes_on_bit_for_bit(cluster, long, at_home, runs_folder):
    """Somebody with more priority takes both nodes; the run is back when they have gone."""
    run = wb.start(long, on="slurm", settings=SHORT)
    until(lambda: run.status()["step"] >= 7, WAIT)
    urgent = cluster.run("sbatch", "--parsable", "-p", "urgent", "-N2", "--exclusive",
                         "-o", "/dev/null", "--wrap", "sleep 60").strip()  # fmt: skip
    seen = until(lambda: (s := run.status())["state"] == "queued" and s, WAIT)
    assert seen["phase"] == "requeued"
    cluster.run("scancel", urgent)
    run.wait(timeout=WAIT)
    assert run.state == "done"
    assert facts(run.path) == at_home
    # a checkpoint was written on the way out: no step was made twice
    assert not (run.path / "metrics.discarded.jsonl").exists()


def test_a_node_that_is_lost_is_said_and_the_run_goes_on(cluster, long, at_home, runs_folder):
    run = wb.start(long, on="slurm", settings={**SHORT, "exclude": "n1"})
    until(lambda: run.status()["step"] >= 7, WAIT)
    cluster.lose_node("n2")
    silent = until(lambda: (s := run.status()).get("phase") == "silent" and s, WAIT)
    assert "has given no sign of life" in silent["warning"]
    back = until(lambda: (s := run.status())["state"] == "queued" and s, WAIT)
    assert back["phase"] == "requeued" and "was lost at step" in back["warning"]
    cluster.start_node("n2")
    run.wait(timeout=WAIT)
    assert facts(run.path) == at_home


def test_two_nodes_train_one_run(cluster, recipe, runs_folder):
    """The devices of the recipe are those of both nodes together."""
    run = wb.start(recipe.replace(hardware={"devices": 2}), on="slurm",
                   settings={**SHORT, "nodes": 2})  # fmt: skip
    run.wait(timeout=2 * WAIT)
    assert run.state == "done" and steps(run) == list(range(1, 37))
    assert run.status()["speed"].startswith("2 processes (ddp)")
    until(lambda: processes_of(run) == [], WAIT)
