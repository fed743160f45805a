"""Models that a run keeps at the ends of its cycles, and rows that do not follow the seed."""

import hashlib

import pytest

import workbench as wb
from tests.training import tiny
from workbench import tasks
from workbench.training import checkpoints


def hashes(run):
    """Of the weights of each snapshot, then of the finished model."""
    folders = [*checkpoints.list_snapshots(run.path), run.model_path]
    names = [folder.name for folder in folders]
    files = [(folder / "model.safetensors").read_bytes() for folder in folders]
    return dict(zip(names, [hashlib.sha256(one).hexdigest() for one in files], strict=True))


@pytest.fixture(scope="module")
def cycles(tiny_recipe):
    """18 steps: 3 of warm-up, then cycles of 8 and 7; a checkpoint every four steps."""
    return tiny_recipe.replace(schedule="cosine_with_restarts", warmup=3)


def test_snapshots_change_nothing_and_are_the_same_after_a_stop(cycles, tmp_path):
    plain = wb.fine_tune(cycles, tmp_path / "plain", progress=False)
    recipe = cycles.replace(snapshots=True)
    whole = wb.fine_tune(recipe, tmp_path / "whole", progress=False)
    assert list(hashes(whole)) == ["step-00000011", "step-00000018", "model"]
    assert hashes(whole)["model"] == hashes(plain)["model"]
    assert len(set(hashes(whole).values())) > 1
    # stopped after the snapshot of step 11, before the checkpoint of step 12
    again = tiny.interrupted(recipe, tmp_path / "stopped", 10)
    assert hashes(again) == hashes(whole)


def test_without_cycles_a_snapshot_a_pass_and_a_full_disk_is_said(
    tiny_recipe, tmp_path, monkeypatch
):
    write = checkpoints.write_whole

    def full(target, fill):
        if target.name == "step-00000009":
            raise OSError(28, "No space left on device")
        return write(target, fill)

    monkeypatch.setattr(checkpoints, "write_whole", full)
    recipe = tiny_recipe.replace(snapshots=True, checkpoint_every=99, evaluate_every=18)
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    assert run.state == "done"
    assert [one.name for one in checkpoints.list_snapshots(run.path)] == ["step-00000018"]
    assert "step 9" in " ".join(run.warnings())


def test_runs_of_several_seeds_have_the_same_rows_where_the_recipe_says_so(tiny_recipe):
    def texts(recipe):
        parts = tasks.get(recipe.task).load_examples(recipe).splits
        return {split: frame["text"].tolist() for split, frame in parts.items()}

    own = texts(tiny_recipe.replace(seed=1))
    assert own != texts(tiny_recipe)
    assert texts(tiny_recipe.replace(seed=1, split_seed=0)) == texts(tiny_recipe)
    assert texts(tiny_recipe.replace(seed=7, split_seed=1)) == own


def test_recipes_of_before_have_no_line_of_either(tiny_recipe):
    assert "snapshots" not in tiny_recipe.to_yaml() and "split_seed" not in tiny_recipe.to_yaml()
    later = tiny_recipe.replace(snapshots=True, split_seed=0)
    assert wb.Recipe.from_yaml(later.to_yaml()) == later
