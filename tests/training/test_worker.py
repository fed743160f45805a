"""The worker process: steered from outside, survived by its folder, never left behind."""

import contextlib
import errno
import os
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest

import workbench as wb
from tests.training import tiny
from workbench.errors import RunError
from workbench.processes import is_locked

pytestmark = pytest.mark.serial


def until(condition, seconds=60):
    """Wait for a condition; its last value."""
    end = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < end:
        time.sleep(0.01)
    assert value, f"not within {seconds} s"
    return value


def at_step(run, step):
    return until(lambda: run.status().get("step", 0) >= step and run.state == "running")


@pytest.fixture
def long_recipe(tiny_recipe, tmp_path):
    """Thousands of steps of a few milliseconds."""
    return tiny_recipe.replace(max_steps=20_000, checkpoint_every=50, evaluate_every=5000)


@pytest.fixture
def run(long_recipe, runs_folder):
    run = wb.start(long_recipe)
    yield run
    status = run.status()
    if status.get("pid"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(status["pid"], signal.SIGKILL)
    until(lambda: not is_locked(run.path / "lock"))


def test_pause_resume_stop_resume(run):
    assert run.state in ("queued", "running")
    at_step(run, 3)
    run.pause()
    until(lambda: run.state == "paused", 10)
    step = run.status()["step"]
    assert step > 0
    time.sleep(0.3)
    assert run.status()["step"] == step
    assert [p.name for p in (run.path / "checkpoints").iterdir()][-1] == f"step-{step:08d}"
    run.resume()
    at_step(run, step + 3)
    run.stop()
    run.wait(timeout=30)
    assert run.state == "stopped"
    stopped_at = run.status()["step"]
    run.resume()
    at_step(run, stopped_at + 1)
    steps = run.history().query("kind == 'step'")["step"]
    assert steps.tolist() == list(range(1, int(steps.max()) + 1))
    names = [event["event"] for event in run.events()]
    assert names.count("paused") == names.count("resumed") == 1
    with pytest.raises(RunError, match="lock|worker|Another"):
        wb.fine_tune(run.recipe, run.path, progress=False)


def test_killing_the_trainer_is_said_and_leaves_nothing(run):
    at_step(run, 60)
    status = run.status()
    os.kill(status["trainer_pid"], signal.SIGKILL)
    killed = time.monotonic()
    until(lambda: run.state == "failed", 5)
    assert time.monotonic() - killed < 5
    assert "SIGKILL" in run.status()["error"]
    assert "resume()" in run.status()["remedy"]
    with pytest.raises(RunError, match="SIGKILL"):
        run.wait()
    until(lambda: not psutil.pid_exists(status["pid"]), 10)
    assert not psutil.pid_exists(status["trainer_pid"])
    run.resume()
    at_step(run, 70)


def test_killing_the_supervisor_or_all_of_it_is_died_at_once(run):
    at_step(run, 5)
    status = run.status()
    os.kill(status["pid"], signal.SIGKILL)
    until(lambda: run.state == "died", 5)

    def gone():
        return not psutil.pid_exists(status["trainer_pid"]) or (
            psutil.Process(status["trainer_pid"]).status() == psutil.STATUS_ZOMBIE
        )

    until(gone, 5)
    # another process reads the same
    code = f"import workbench as wb; print(wb.open_run({str(run.path)!r}).state)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "died"
    run.resume()
    at_step(run, 10)


def test_a_run_survives_the_process_that_started_it(long_recipe, runs_folder, tmp_path):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(long_recipe.to_yaml())
    code = (
        "import workbench as wb, os, sys\n"
        f"run = wb.start(wb.Recipe.from_yaml(open({str(recipe)!r}).read()))\n"
        "print(run.path, flush=True); os.kill(os.getpid(), 9)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    run = wb.open_run(out.stdout.strip())
    at_step(run, 5)
    run.stop()
    run.wait(timeout=30)
    assert run.state == "stopped"


def test_the_second_run_waits_for_the_device(run, long_recipe):
    at_step(run, 2)
    second = wb.start(long_recipe.replace(seed=1, max_steps=3))
    until(lambda: second.status().get("queue_position") == 1)
    assert second.state == "queued"
    run.pause()  # a paused run gives way to those who wait
    until(lambda: run.state == "paused" and not is_locked(run.path / "lock"), 30)
    second.wait(timeout=60)
    assert second.state == "done"
    assert run.state == "paused"
    run.resume()
    at_step(run, run.status()["step"] + 2)


def test_a_queued_run_can_be_stopped(run, long_recipe):
    at_step(run, 2)
    second = wb.start(long_recipe.replace(seed=2))
    until(lambda: second.status().get("queue_position") == 1)
    second.stop()
    second.wait(timeout=10)
    assert second.state == "stopped"


def test_prediction_while_another_run_trains(run, tiny_recipe, tmp_path):
    done = _done_run(tiny_recipe, tmp_path)
    at_step(run, 2)
    table = done.predict(["a good film", "an awful story"])
    assert len(table) == 2 and run.state == "running"


def _done_run(recipe, tmp_path):
    """A finished run made in another process, so that the device's queue is not in the way."""
    folder, file = tmp_path / "done", tmp_path / "done.yaml"
    file.write_text(recipe.to_yaml())
    code = (
        "import sys, workbench as wb\n"
        "wb.fine_tune(wb.Recipe.from_yaml(open(sys.argv[1]).read()), sys.argv[2], progress=False)"
    )
    cache = tmp_path / "cache"
    shutil.copytree(os.environ["WORKBENCH_CACHE"], cache, ignore=shutil.ignore_patterns("queue"))
    environment = {**os.environ, "WORKBENCH_CACHE": str(cache)}
    subprocess.run([sys.executable, "-c", code, file, folder], check=True, env=environment)
    return wb.open_run(folder)


def test_a_command_left_over_from_an_earlier_life_is_not_obeyed(run):
    at_step(run, 2)
    run.stop()
    run.wait(timeout=30)
    (run.path / "control" / "0001-stop.json").write_text('{"command": "stop"}')
    run.resume()
    at_step(run, run.status()["step"] + 3)


def test_a_second_worker_on_one_run_is_refused(run):
    at_step(run, 2)
    second = subprocess.run(
        [sys.executable, "-m", "workbench.worker", str(run.path)], capture_output=True, text=True
    )
    assert second.returncode == 3
    assert "Another worker" in second.stderr
    assert run.state == "running"


def test_out_of_memory_starts_again_with_half_the_forward_pass(tiny_recipe, runs_folder, tmp_path):
    hook = tmp_path / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'workbench.training.job' in ' '.join(sys.orig_argv):\n"
        "    import torch\n"
        "    from workbench.training import engine\n"
        "    real = engine.Engine.compute_loss\n"
        "    def compute_loss(self, model, inputs, *args, **kwargs):\n"
        "        if len(inputs['labels']) > 3:\n"
        "            raise torch.OutOfMemoryError('out of memory')\n"
        "        return real(self, model, inputs, *args, **kwargs)\n"
        "    engine.Engine.compute_loss = compute_loss\n"
    )
    before = os.environ.get("PYTHONPATH", "")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", f"{hook}{os.pathsep}{before}")
        run = wb.start(tiny_recipe.replace(max_steps=4))
        run.wait(timeout=120)
    assert run.state == "done"
    assert "2 examples a forward pass" in run.status()["warning"]
    assert run.history().query("kind == 'step'")["step"].tolist() == [1, 2, 3, 4]


def test_a_worker_failure_is_one_sentence_with_the_details_folded(tiny_recipe, runs_folder):
    frame = tiny.frame().assign(text=lambda f: f["text"].where(f.index != 7, "  "))
    run = wb.start(tiny_recipe.replace(dataset=wb.Recipe(dataset=frame).dataset))
    with pytest.raises(RunError, match="Row 7 .* empty text"):
        run.wait(timeout=60)
    status = run.status()
    assert status["state"] == "failed"
    assert "Traceback" in status["details"]
    assert "Traceback" not in status["error"] + status["remedy"]


def test_a_full_disk_in_a_checkpoint_is_an_event_and_training_goes_on(
    tiny_recipe, tmp_path, monkeypatch
):
    from workbench.training import engine

    real = engine.Engine._fill_checkpoint

    def fill(self, folder):
        if self.state.global_step in (8, 9):
            (folder / "config.json").write_text("{}")
            raise OSError(errno.ENOSPC, "No space left on device")
        real(self, folder)

    whole = wb.fine_tune(tiny_recipe, tmp_path / "whole", progress=False)
    monkeypatch.setattr(engine.Engine, "_fill_checkpoint", fill)
    run = wb.fine_tune(tiny_recipe, tmp_path / "run", progress=False)
    assert run.state == "done"
    failed = [e["step"] for e in run.events() if e["event"] == "checkpoint_failed"]
    assert failed == [8, 9]
    assert "Make room" in run.status()["warning"]
    # the best step's checkpoint was the one that did not fit: its weights waited in memory
    assert run.results()["best_step"] == whole.results()["best_step"] == 9
    weights = [(r.path / "model" / "model.safetensors").read_bytes() for r in (run, whole)]
    assert weights[0] == weights[1]


def test_no_room_for_the_model_fails_the_run_and_resume_finishes_it(
    tiny_recipe, tmp_path, monkeypatch
):
    from workbench.training import checkpoints

    real = checkpoints.write_whole

    def write(target, fill):
        if target.name == "model":
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(target, fill)

    monkeypatch.setattr(checkpoints, "write_whole", write)
    with pytest.raises(wb.WorkbenchError, match="Make room on the disk and resume"):
        wb.fine_tune(tiny_recipe, tmp_path / "run", progress=False)
    monkeypatch.undo()
    run = wb.open_run(tmp_path / "run")
    assert run.state == "failed"
    before = len(run.history())
    run.resume().wait(timeout=60)
    assert run.state == "done"
    assert len(run.history()) == before
    assert not (run.path / "metrics.discarded.jsonl").exists()
    with pytest.raises(RunError, match="is done"):
        run.resume()


def test_a_resume_that_comes_while_a_paused_worker_leaves_is_obeyed(
    tiny_recipe, runs_folder, monkeypatch
):
    from workbench import control, worker
    from workbench.run_folder import create_run_folder

    folder = create_run_folder(tiny_recipe)
    control.send(folder, "pause")
    lives = []

    def supervise(folder, state, lock, *_):
        state.update(acknowledged=control.last_number(folder))
        lives.append(len(lives))
        worker._end(folder, state, state="paused" if len(lives) == 1 else "done")
        if len(lives) == 1:  # written by a browser that still sees the leaving worker
            control.send(folder, "resume")

    monkeypatch.setattr(worker, "_supervise", supervise)
    assert worker.main([str(folder)]) == 0
    assert lives == [0, 1]
    assert wb.open_run(folder).state == "done"
