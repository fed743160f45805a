"""Cross-validation from one call: every row tested once, by a model that did not train on it."""

import numpy as np
import pytest

import workbench as wb
from workbench.errors import RunError


def test_each_row_is_tested_once_and_done_folds_stay(tiny_recipe, tmp_path):
    recipe = tiny_recipe.replace(folds=3, epochs=1)
    first = wb.cross_validate(recipe, tmp_path / "cv", progress=False)
    table = first.predictions()
    assert table.attrs["task"] == "text-classification"
    assert len(table) == 96 and table["text"].is_unique
    assert table["fold"].value_counts().to_dict() == {1: 32, 2: 32, 3: 32}
    metrics = first.metrics()
    assert list(metrics.index) == [1, 2, 3, "mean", "sd"]
    by_hand = [(part["label"] == part["prediction"]).mean() for _, part in table.groupby("fold")]
    assert metrics["accuracy"].iloc[:3].tolist() == pytest.approx(by_hand)
    assert metrics.loc["mean", "accuracy"] == pytest.approx(np.mean(by_hand))
    assert metrics.loc["sd", "accuracy"] == pytest.approx(np.std(by_hand, ddof=1))
    assert "3 folds" in repr(first)

    before = [(run.path / "metrics.jsonl").stat().st_mtime_ns for run in first.runs]
    again = wb.cross_validate(recipe, tmp_path / "cv", progress=False)
    assert before == [(run.path / "metrics.jsonl").stat().st_mtime_ns for run in again.runs]
    with pytest.raises(RunError, match="another recipe"):
        wb.cross_validate(recipe.replace(seed=1), tmp_path / "cv", progress=False)
