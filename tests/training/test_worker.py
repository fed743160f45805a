"""The worker process: what it survives, and what it says when it does not."""

import errno
import os
import subprocess
import sys

import pytest

import workbench as wb
from tests.training import tiny
from tests.waiting import PATIENCE
from workbench.errors import RunError


def test_a_run_survives_the_process_that_started_it(tiny_recipe, runs_folder, tmp_path):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(tiny_recipe.replace(max_steps=5).to_yaml())
    code = (
        "import workbench as wb, os, sys\n"
        f"run = wb.start(wb.Recipe.from_yaml(open({str(recipe)!r}).read()))\n"
        "print(run.path, flush=True); os.kill(os.getpid(), 9)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert out.returncode == -9
    run = wb.open_run(out.stdout.strip())
    run.wait(timeout=PATIENCE)
    assert run.state == "done"


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
        "        if len(inputs['labels']) > 4:\n"
        "            raise torch.OutOfMemoryError('out of memory')\n"
        "        return real(self, model, inputs, *args, **kwargs)\n"
        "    engine.Engine.compute_loss = compute_loss\n"
    )
    before = os.environ.get("PYTHONPATH", "")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", f"{hook}{os.pathsep}{before}")
        run = wb.start(tiny_recipe.replace(max_steps=4))
        run.wait(timeout=PATIENCE)
    assert run.state == "done"
    assert "4 examples a forward pass" in run.status()["warning"]
    assert run.history().query("kind == 'step'")["step"].tolist() == [1, 2, 3, 4]


def test_a_worker_failure_is_one_sentence_with_the_details_folded(tiny_recipe, runs_folder):
    frame = tiny.frame().assign(text=lambda f: f["text"].where(f.index != 7, "  "))
    run = wb.start(tiny_recipe.replace(dataset=wb.Recipe(dataset=frame).dataset))
    with pytest.raises(RunError, match="Row 7 .* empty text"):
        run.wait(timeout=PATIENCE)
    status = run.status()
    assert status["state"] == "failed"
    assert "Traceback" in status["details"]
    assert "Traceback" not in status["error"] + status["remedy"]


def test_a_full_disk_in_a_checkpoint_is_an_event_and_training_goes_on(
    tiny_recipe, tmp_path, monkeypatch
):
    from workbench.training import engine

    real = engine.Engine._fill_state

    def fill(self, folder):
        if self.state.global_step in (8, 9):
            (folder / "config.json").write_text("{}")
            raise OSError(errno.ENOSPC, "No space left on device")
        real(self, folder)

    # only what is better is kept: that is step 9
    monkeypatch.setattr("workbench.training.choosing.error_of", lambda *about: None)
    whole = wb.fine_tune(tiny_recipe, tmp_path / "whole", progress=False)
    monkeypatch.setattr(engine.Engine, "_fill_state", fill)
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
    run.resume().wait(timeout=PATIENCE)
    assert run.state == "done"
    assert len(run.history()) == before
    assert not (run.path / "metrics.discarded.jsonl").exists()
    with pytest.raises(RunError, match="is done"):
        run.resume()


def test_a_resume_that_comes_while_a_paused_worker_leaves_is_obeyed(
    tiny_recipe, runs_folder, monkeypatch
):
    from workbench.run_folder.folders import create_run_folder
    from workbench.worker import control, supervisor

    folder = create_run_folder(tiny_recipe)
    control.send(folder, "pause")
    lives = []

    def supervise(folder, state, lock, *_):
        state.update(acknowledged=control.last_number(folder))
        lives.append(len(lives))
        supervisor._end(folder, state, state="paused" if len(lives) == 1 else "done")
        if len(lives) == 1:  # written by a browser that still sees the leaving worker
            control.send(folder, "resume")

    monkeypatch.setattr(supervisor, "_supervise", supervise)
    assert supervisor.main([str(folder)]) == 0
    assert lives == [0, 1]
    assert wb.open_run(folder).state == "done"
