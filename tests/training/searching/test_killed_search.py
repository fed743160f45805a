"""A search that is killed, whenever that is, goes on as if it had not been."""

import subprocess
import sys
from pathlib import Path

import workbench as wb

HERE = Path(__file__).parent
MOMENTS = ("done:0", "step:1:2", "suggested:2")


def test_each_trial_is_there_once_and_what_comes_next_is_the_same(tiny_recipe, tmp_path):
    recipe = tiny_recipe.replace(epochs=1, evaluate_every=3)
    (tmp_path / "recipe.yaml").write_text(recipe.to_yaml())
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    ran = subprocess.run(
        [sys.executable, "-m", "tests.training.searching.kill_driver",
         str(tmp_path / "recipe.yaml"), str(whole), str(killed), *MOMENTS],
        capture_output=True, text=True, timeout=300, cwd=HERE.parents[2],
    )  # fmt: skip
    assert ran.stdout.split() == ["0", "-9", "-9", "-9", "0"], ran.stderr[-3000:]

    left, there = wb.open_search(whole).table(), wb.open_search(killed).table()
    names = [name for name in left if name not in ("run", "said")]
    assert left[names].equals(there[names])
    assert sorted(there["trial"]) == [0, 1, 2, 3] and (there["state"] != "failed").all()
    listed = wb.runs(tmp_path)
    assert sorted(listed.loc[listed["part_of"] == "killed", "run"]) == list(there["run"])
