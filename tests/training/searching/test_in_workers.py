"""A search in the background: workers train, a thread looks on."""

import pytest

import workbench as wb
from workbench.errors import RunError
from workbench.run_folder.folders import part_of


def test_workers_train_the_trials(tiny_recipe, tmp_path):
    recipe = tiny_recipe.replace(epochs=1)
    found = wb.start_search(recipe, {"batch_size": [8, 16]}, trials=1, out=tmp_path / "s")
    assert found.state == "running"
    with pytest.raises(RunError, match="is at work on the search s"):
        found.start()
    assert found.wait().state == "done", found.said
    run = found.best
    assert run.state == "done" and part_of(run.path) == "s"
    assert found.table()["state"].tolist() == ["done"]
