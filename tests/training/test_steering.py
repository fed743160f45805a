"""A run steered from outside: paused, stopped, killed, waited for. Each test leaves it at work."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

import workbench as wb
from tests.waiting import PATIENCE, until
from workbench.errors import RunError
from workbench.worker.processes import is_locked


def at_step(run, step):
    until(lambda: run.status().get("step", 0) >= step and run.state == "running")


@pytest.fixture(scope="module")
def done(tiny_recipe, tmp_path_factory):
    """A finished run, from before the run of these tests takes the device."""
    folder = tmp_path_factory.mktemp("done") / "run"
    return wb.fine_tune(tiny_recipe.replace(max_steps=3), folder, progress=False)


@pytest.fixture(scope="module")
def long_recipe(tiny_recipe):
    """Thousands of steps of a few milliseconds."""
    return tiny_recipe.replace(max_steps=100_000, checkpoint_every=50, evaluate_every=50_000)


@pytest.fixture(scope="module")
def started(done):
    runs = []
    yield runs
    for run in runs:
        end(run)


def end(run):
    if pid := run.status().get("pid"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
    until(lambda: not is_locked(run.path / "lock"))


@pytest.fixture
def run(started, long_recipe, tmp_path_factory):
    """A run at work: the one that the test before left so; a new one where there is none."""
    if not started or started[-1].state != "running":
        for old in started:
            end(old)
        started.append(wb.start(long_recipe, tmp_path_factory.mktemp("steered") / "run"))
        assert started[-1].state in ("queued", "running")
    at_step(started[-1], started[-1].status().get("step", 0) + 2)
    return started[-1]


def test_pause_resume_stop_resume(run):
    before = [event["event"] for event in run.events()]
    run.pause()
    until(lambda: run.state == "paused")
    step = run.status()["step"]
    assert step > 0
    time.sleep(0.3)
    assert run.status()["step"] == step
    assert max(p.name for p in (run.path / "checkpoints").iterdir()) == f"step-{step:08d}"
    run.resume()
    at_step(run, step + 3)
    run.stop()
    run.wait(timeout=PATIENCE)
    assert run.state == "stopped"
    stopped_at = run.status()["step"]
    run.resume()
    at_step(run, stopped_at + 1)
    steps = run.history().query("kind == 'step'")["step"]
    assert steps.tolist() == list(range(1, int(steps.max()) + 1))
    names = [event["event"] for event in run.events()]
    assert [names.count(name) - before.count(name) for name in ("paused", "resumed")] == [1, 1]
    with pytest.raises(RunError, match="lock|worker|Another"):
        wb.fine_tune(run.recipe, run.path, progress=False)


def test_killing_the_trainer_is_said_and_leaves_nothing(run):
    at_step(run, 60)
    status = run.status()
    os.kill(status["trainer_pid"], signal.SIGKILL)
    until(lambda: run.state == "failed")
    assert "SIGKILL" in run.status()["error"]
    assert "resume()" in run.status()["remedy"]
    with pytest.raises(RunError, match="SIGKILL"):
        run.wait()
    until(lambda: not psutil.pid_exists(status["pid"]))
    assert not psutil.pid_exists(status["trainer_pid"])
    step = run.status()["step"]
    run.resume()
    at_step(run, step + 10)


def test_killing_the_supervisor_or_all_of_it_is_died_at_once(run):
    status = run.status()
    os.kill(status["pid"], signal.SIGKILL)
    until(lambda: run.state == "died")

    def gone():
        return not psutil.pid_exists(status["trainer_pid"]) or (
            psutil.Process(status["trainer_pid"]).status() == psutil.STATUS_ZOMBIE
        )

    until(gone)
    # another process reads the same
    code = f"import workbench as wb; print(wb.open_run({str(run.path)!r}).state)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "died"
    step = run.status()["step"]
    run.resume()
    at_step(run, step + 5)


def test_the_second_run_waits_for_the_device(run, long_recipe):
    second = wb.start(long_recipe.replace(seed=1, max_steps=3))
    until(lambda: second.status().get("queue_position") == 1)
    assert second.state == "queued"
    run.pause()  # a paused run gives way to those who wait
    until(lambda: run.state == "paused" and not is_locked(run.path / "lock"))
    second.wait(timeout=PATIENCE)
    assert second.state == "done"
    assert run.state == "paused"
    run.resume()
    at_step(run, run.status()["step"] + 2)


def test_a_queued_run_can_be_stopped(run, long_recipe):
    second = wb.start(long_recipe.replace(seed=2))
    until(lambda: second.status().get("queue_position") == 1)
    second.stop()
    second.wait(timeout=PATIENCE)
    assert second.state == "stopped"


def test_prediction_while_another_run_trains(run, done):
    table = done.predict(["a good film", "an awful story"])
    assert len(table) == 2 and run.state == "running"


def test_a_command_left_over_from_an_earlier_life_is_not_obeyed(run):
    run.stop()
    run.wait(timeout=PATIENCE)
    step, number = (run.status()[name] for name in ("step", "acknowledged"))
    (run.path / "control" / f"{number:04d}-stop.json").write_text('{"command": "stop"}')
    run.resume()
    at_step(run, step + 3)


def test_a_second_worker_on_one_run_is_refused(run):
    second = subprocess.run(
        [sys.executable, "-m", "workbench.worker", str(run.path)], capture_output=True, text=True
    )
    assert second.returncode == 3
    assert "Another worker" in second.stderr
    assert run.state == "running"
