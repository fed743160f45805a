"""Workers of two processes in trouble, from outside. It takes minutes: ``make test-engines``."""

import os
import signal
from importlib.util import find_spec

import pytest

import workbench as wb
from tests.conftest import missing
from tests.engines.cases import read
from tests.engines.test_parallel import apart, trained
from tests.engines.troubles import in_workers
from tests.training import tiny
from tests.waiting import PATIENCE, runs, until
from workbench import hardware
from workbench.errors import RunError

DEVICES = {"devices": 2}


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    """Of two processes, and of twelve steps of eight rows."""
    models = tmp_path_factory.getbasetemp()
    return read(models, hardware=DEVICES, batch_size=8, gradient_accumulation=1, max_steps=12,
                evaluate_every=6, checkpoint_every=2)  # fmt: skip


@pytest.fixture(scope="module")
def whole(recipe, tmp_path_factory):
    """The run of one process."""
    alone = recipe.replace(hardware={"devices": 1})
    return wb.fine_tune(alone, tmp_path_factory.mktemp("whole") / "run", progress=False)


def same_weights(run, whole):
    """Whether two runs ended at the same place."""
    first, second = (one.path / "model" / "model.safetensors" for one in (whole, run))
    return apart(first, second) < 1e-5


@pytest.mark.parametrize("name", ["memory-first", "memory-other"])
def test_too_little_memory_in_one_process_halves_the_forward_pass_of_all(
    name, recipe, whole, tmp_path, monkeypatch
):
    monkeypatch.setenv("PYTHONPATH", in_workers(name, tmp_path))
    run = wb.start(recipe, tmp_path / "run").wait(timeout=PATIENCE)
    assert run.state == "done"
    assert "4 examples a forward pass" in run.status()["warning"]
    rows = run.history().query("kind == 'step'")
    assert rows["step"].tolist() == list(range(1, 13))
    assert same_weights(run, whole)


@pytest.mark.parametrize("name", ["broken-first", "broken-other", "broken-evaluating"])
def test_an_error_in_one_process_fails_the_run_with_its_sentence(
    name, recipe, tmp_path, monkeypatch
):
    monkeypatch.setenv("PYTHONPATH", in_workers(name, tmp_path))
    run = wb.start(recipe, tmp_path / "run")
    with pytest.raises(RunError, match="a fault of one"):
        run.wait(timeout=PATIENCE)
    status = run.status()
    assert status["state"] == "failed"
    assert "troubles.py" in status["details"]
    until(lambda: not any(map(runs, status["rank_pids"])))
    monkeypatch.undo()
    run.resume()
    assert run.wait(timeout=PATIENCE).state == "done"


@pytest.mark.parametrize("who", [0, 1, "launcher"])
def test_killed_in_a_pause_it_is_dead_and_goes_on(who, recipe, tmp_path):
    long = recipe.replace(max_steps=100, evaluate_every=50)
    run = wb.start(long, tmp_path / "run")
    trained(run, 5)
    run.pause()
    until(lambda: run.state == "paused")
    pids, launcher = run.status()["rank_pids"], run.status()["trainer_pid"]
    os.kill(launcher if who == "launcher" else pids[who], signal.SIGKILL)
    until(lambda: run.state == "died")
    assert "One of the 2 training processes" in run.status()["error"]
    until(lambda: not any(map(runs, [*pids, launcher])))
    run.resume()
    assert run.wait(timeout=PATIENCE).state == "done"
    history = run.history()
    rows = history[history["kind"] == "step"]
    assert rows["step"].tolist() == list(range(1, 101))


@pytest.mark.parametrize("way", ["fsdp", "deepspeed"])
def test_parts_killed_and_stopped_go_on_by_other_ways(way, tmp_path, monkeypatch):
    """Begun in parts, killed in one process, stopped, and ended by one: files know no parts."""
    if way == "deepspeed" and find_spec("deepspeed") is None:
        missing("DeepSpeed is not there.", "pip install deepspeed; it is built.")
    monkeypatch.setenv(hardware.ON_CPU, "1")
    models = tmp_path / "models"
    models.mkdir()
    parted = read(models, model=str(tiny.save_model(models / "dropping", dropout=0.0)),
                  hardware={"devices": 2, "parallel": way}, batch_size=8, speed="exact",
                  gradient_accumulation=1, max_steps=120, evaluate_every=40,
                  checkpoint_every=10)  # fmt: skip
    alone = parted.replace(hardware={"devices": 1})
    whole = wb.fine_tune(alone, tmp_path / "whole", progress=False)
    run = wb.start(parted, tmp_path / "run")
    trained(run, 25)
    assert f"2 processes ({way})" in run.status()["speed"]
    pids = run.status()["rank_pids"]
    os.kill(pids[1], signal.SIGKILL)
    until(lambda: run.state == "died")
    until(lambda: not any(map(runs, pids)))
    run.resume()
    trained(run, run.status()["step"] + 3)
    run.pause()
    until(lambda: run.state == "paused")
    run.resume()
    trained(run, run.status()["step"] + 3)
    run.stop()
    assert run.wait().state == "stopped"
    stopped = run.status()["step"]
    assert stopped < 120
    alone = run.recipe.replace(hardware={"devices": 1})
    (run.path / "recipe.yaml").write_text(alone.to_yaml(), "utf-8")
    run = wb.open_run(run.path)
    run.resume()
    assert run.wait(timeout=PATIENCE).state == "done"
    assert way not in run.status()["speed"]
    rows = run.history().query("kind == 'step'")
    assert rows["step"].tolist() == list(range(1, 121))
    assert same_weights(run, whole)


def test_several_seeds_and_a_search_are_made_by_two_processes_each(recipe, whole, tmp_path):
    found = wb.seeds(recipe, [recipe.seed, 7], out=tmp_path / "runs", progress=False)
    assert [run.state for run in found.runs] == ["done", "done"]
    assert same_weights(found.runs[0], whole) and not same_weights(found.runs[1], whole)
    search = wb.search(recipe, {"batch_size": [4, 8]}, trials=2, out=tmp_path / "search",
                       pruner="none", sampler="random", progress=False)  # fmt: skip
    trials = [wb.open_run(path.parent) for path in tmp_path.glob("search*/**/run.json")]
    assert search.state == "done" and len(trials) == 2
    for run in [*found.runs, *trials]:
        assert run.status()["speed"].count("2 processes (ddp)") == 1
