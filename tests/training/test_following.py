"""A run settles what its recipe leaves to the data once, names it, and goes on exactly."""

import json

import pytest
from safetensors.torch import load_file

import workbench as wb
from tests.training.tiny import interrupted


@pytest.fixture(scope="module")
def open_recipe(tiny_recipe):
    return tiny_recipe.replace(epochs=None, learning_rate=None, checkpoint_every=20)


def test_a_run_names_what_followed_and_a_stopped_one_goes_on_as_the_same(open_recipe, tmp_path):
    whole = wb.fine_tune(open_recipe, tmp_path / "whole", progress=False)
    assert whole.recipe == open_recipe.replace(
        epochs=25, learning_rate=1e-4, evaluate_every=23  # 9 steps a pass: 225
    )
    assert whole.status()["total_steps"] == 225 and len(whole.history().query("kind=='eval'")) == 10
    followed = json.loads((whole.path / "data" / "info.json").read_text())["followed"]
    assert [one["field"] for one in followed] == ["epochs", "evaluate_every", "learning_rate"]
    assert whole.status()["followed"] == " ".join(one["why"] for one in followed)
    halved = interrupted(open_recipe, tmp_path / "halved", at=30)
    assert halved.recipe == whole.recipe
    one, other = (load_file(run.path / "model" / "model.safetensors") for run in (whole, halved))
    assert all(one[name].equal(other[name]) for name in one)
    with pytest.raises(wb.errors.RunError, match="another recipe"):
        wb.fine_tune(open_recipe.replace(epochs=3), tmp_path / "whole", progress=False)


def test_the_rate_finder_takes_a_recipe_that_names_no_rate(open_recipe):
    found = wb.find_rate(open_recipe, steps=30, progress=False)
    assert found.usual == 1e-4 and len(found.table)
