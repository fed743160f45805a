"""Killed with -9 anywhere and resumed, a run ends as if nothing had happened, bit for bit."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

import workbench as wb

DRIVER = Path(__file__).with_name("kill_driver.py")
EXACT = ["step", "epoch", "loss", "learning_rate", "grad_norm", "tokens", "padded_tokens"]


def drive(folder, recipe, *kills):
    """What a run came to that was left in peace, and one killed at moments (``"step:2"``)."""
    file, whole, killed = (folder / name for name in ("recipe.yaml", "whole", "killed"))
    file.write_text(recipe.to_yaml())
    done = subprocess.run(
        [sys.executable, DRIVER, file, whole, killed, *kills],
        capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=1000,
    )  # fmt: skip
    lives = done.stdout.splitlines()
    ends = ["0 stopped" if "stop:" in one else "-9 died" for one in kills]
    assert lives == ["0 done", *ends, "0 done"], (lives, done.stderr[-3000:])
    return facts(whole), facts(killed)


def facts(folder):
    run = wb.open_run(folder)
    assert run.state == "done"
    history = run.history()
    steps = history[history["kind"] == "step"][EXACT].reset_index(drop=True)
    measured = ["step", "loss", "accuracy", "macro_f1", "perplexity", "chrf", "masked_perplexity",
                "masked_accuracy", "mrr", "ndcg", "reward_accuracy", "reward_margin"]  # fmt: skip
    there = [name for name in measured if name in history.columns]
    evals = history[history["kind"] == "eval"][there]
    files = sorted((folder / "model").glob("*.safetensors"))
    assert files
    weights = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    return (
        weights,
        steps,
        evals.reset_index(drop=True),
        run.predictions(),
        run.results()["best_step"],
    )


def test_a_run_killed_seven_times_equals_one_that_was_not(tiny_recipe, tmp_path):
    """With dropout, length grouping, bf16, accumulation, class weights, early stopping."""
    recipe = tiny_recipe.replace(
        epochs=4, batch_size=4, gradient_accumulation=2, precision="bf16", class_weights="balanced",
        early_stopping=3, best_metric="loss",
    )  # fmt: skip
    kills = ["step:2", "checkpoint:8", "evaluation:9", "step:14", "step:30", "final-save:-1",
             "final-predictions:-1"]  # fmt: skip
    expected, found = drive(tmp_path, recipe, *kills)
    weights, steps, evals, predictions, best = found
    assert steps.equals(expected[1])
    assert evals.equals(expected[2])
    assert best == expected[4]
    assert predictions.equals(expected[3])
    assert weights == expected[0]
    # at most checkpoint_every steps were repeated after each kill
    out = tmp_path / "killed"
    repeated = sum(1 for _ in open(out / "metrics.discarded.jsonl"))
    assert 0 < repeated <= len(kills) * (4 + 1)
    assert not list(out.glob("**/.stage*"))


def test_resume_takes_the_last_whole_checkpoint_and_refuses_one_without_optimizer(
    tiny_recipe, tmp_path
):
    from workbench.atomic_files import write_json
    from workbench.errors import RunError
    from workbench.training import checkpoints

    run = tmp_path / "run"
    run.mkdir()
    for step in (4, 8):
        checkpoints.write_whole(
            run / "checkpoints" / checkpoints.folder_name(step),
            lambda folder, step=step: [
                *[(folder / name).write_text("x" * 100) for name in checkpoints.NEEDED],
                write_json(folder / checkpoints.PROGRESS, {"step": step, **checkpoints.FRESH}),
            ],
        )
    newest = run / "checkpoints" / "step-00000008"
    assert checkpoints.latest(run) == newest
    (newest / "optimizer.pt").write_text("x" * 99)  # torn: not the size of the manifest
    assert checkpoints.latest(run).name == "step-00000004"
    (run / "checkpoints" / ".stage-step-00000012").mkdir()
    checkpoints.prune(run, keep=1, best_step=None)
    assert [p.name for p in (run / "checkpoints").iterdir()] == ["step-00000004"]
    checkpoints.write_whole(
        run / "checkpoints" / "step-00000009",
        lambda folder: (folder / "config.json").write_text("{}"),
    )
    with pytest.raises(RunError, match="optimizer.pt"):
        checkpoints.latest(run)
