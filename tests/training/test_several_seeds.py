"""One recipe with several seeds: what is done stays, means and intervals by hand."""

import math

import pytest

import workbench as wb
from workbench.errors import RecipeError, RunError
from workbench.run_folder.state import StateFile


def test_metrics_of_each_seed_mean_and_interval(tiny_recipe, tmp_path):
    recipe = tiny_recipe.replace(epochs=1)
    found = wb.seeds(recipe, 3, out=tmp_path / "few", progress=False)
    table = found.metrics()
    assert list(table.index) == [0, 1, 2, "mean", "sd", "low", "high"]
    assert [run.name for run in found.runs] == ["few-seed-0", "few-seed-1", "few-seed-2"]
    assert list(wb.runs(tmp_path)["part_of"]) == ["few"] * 3
    losses = [run.metrics("test")["loss"] for run in found.runs]
    mean = sum(losses) / 3
    sd = math.sqrt(sum((one - mean) ** 2 for one in losses) / 2)
    assert table.loc["mean", "loss"] == pytest.approx(mean)
    assert table.loc["high", "loss"] == pytest.approx(mean + 4.302653 * sd / math.sqrt(3))
    assert len(set(losses)) == 3 and math.isnan(table.loc["sd", "examples"])
    assert "Over 3 seeds macro-F1 is" in found.said and "t-interval" in repr(found)
    drawn = wb.plots.seeds(found, "loss")
    assert list(drawn.data[0].x) == pytest.approx(losses) and drawn.data[1].x[0] == (
        pytest.approx(mean)
    )

    before = [(run.path / "metrics.jsonl").stat().st_mtime_ns for run in found.runs]
    again = wb.seeds(recipe, [1, 0], out=tmp_path / "few", progress=False)
    assert [run.recipe.seed for run in again.runs] == [1, 0]
    assert before == [(run.path / "metrics.jsonl").stat().st_mtime_ns for run in found.runs]
    with pytest.raises(RunError, match="a run of another recipe"):
        wb.seeds(recipe.replace(epochs=2), 3, out=tmp_path / "few", progress=False)

    diverged = found.runs[2]  # a run that diverged is kept, said, and not in the mean
    rows = (diverged.path / "metrics.jsonl").read_text().splitlines()
    steps = [row for row in rows if '"kind": "step"' in row]
    last = steps[-1].replace('"loss": ', '"loss": NaN, "was": ')
    (diverged.path / "metrics.jsonl").write_text("\n".join([*steps[:-1], last]) + "\n")
    StateFile(diverged.path).update(state="failed")
    found = wb.seeds(recipe, 3, out=tmp_path / "few", progress=False)
    assert found.diverged == [2] and "diverged with the seeds 2" in found.said
    assert found.metrics().loc["mean", "loss"] == pytest.approx(sum(losses[:2]) / 2)


@pytest.mark.parametrize("wrong", [1, 0, [0], [0, 0], ["a", "b"], 2.5, True])
def test_seeds_that_are_none(tiny_recipe, wrong, tmp_path):
    with pytest.raises(RecipeError, match="seeds is .*at least 2, or a list of different"):
        wb.seeds(tiny_recipe, wrong, out=tmp_path / "s", progress=False)
