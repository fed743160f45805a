"""Regression from a table of numbers to predictions, against scipy, sklearn and by hand."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats
import torch

import workbench as wb
from tests.training import tiny
from workbench import inspection, plots, tasks
from workbench.data.examples import load_scores
from workbench.errors import DataError, RecipeError
from workbench.tasks.regression.task import SquaredError


def scored(n=96):
    frame, noise = tiny.frame(n), np.random.default_rng(0).normal(0, 0.1, n)
    return frame.assign(label=(frame["label"] == "class-0") + noise)


@pytest.fixture(scope="module")
def recipe(tiny_recipe):
    return tiny_recipe.replace(task="regression", dataset=scored(), epochs=2)


@pytest.fixture(scope="module")
def run(recipe, tmp_path_factory):
    return wb.fine_tune(recipe, tmp_path_factory.mktemp("run") / "run", progress=False)


def test_labels_are_floats_and_splits_keep_the_shares_of_the_tenths(recipe):
    examples = load_scores(recipe.replace(test_size=24, validation_size=24))
    assert examples.are_scores and examples.label_names == ["label"]
    means = [frame["label"].mean() for frame in examples.splits.values()]
    assert max(means) - min(means) < 0.1
    assert sum(examples.balance("train").values()) == len(examples.splits["train"])
    assert len(examples.info()["counts"]["test"]) == 10


def test_metrics_are_scipys(run):
    table = run.predictions("test")
    assert list(table.columns[:4]) == ["text", "label", "prediction", "residual"]
    metrics = run.metrics("test")
    assert metrics["pearson"] == pytest.approx(
        scipy.stats.pearsonr(table["label"], table["prediction"]).statistic
    )
    assert metrics["spearman"] == pytest.approx(
        scipy.stats.spearmanr(table["label"], table["prediction"]).statistic
    )
    assert metrics["loss"] == pytest.approx(((table["label"] - table["prediction"]) ** 2).mean())
    assert metrics["mae"] == pytest.approx(table["residual"].abs().mean())
    assert set(run.results()["baselines"]) == {"mean", "tfidf_ridge"}
    assert run.results()["best_metric"] == "pearson"


def test_a_constant_says_nothing_about_order():
    table = pd.DataFrame({"label": [1.0, 2.0, 3.0], "prediction": [2.0, 2.0, 2.0]})
    metrics = tasks.get("regression").metrics(table, ["label"])
    assert metrics["pearson"] == metrics["spearman"] == 0.0
    assert metrics["loss"] == pytest.approx(2 / 3) and metrics["mae"] == pytest.approx(2 / 3)


def test_the_loss_is_torchs_however_a_batch_is_cut():
    logits, labels = torch.randn(7, 1), torch.randn(7)
    loss = SquaredError()
    whole = loss.total(logits, labels) / loss.normaliser(labels)
    assert whole == pytest.approx(torch.nn.functional.mse_loss(logits[:, 0], labels).item())
    parts = sum(loss.total(logits[a:b], labels[a:b]) for a, b in ((0, 3), (3, 7)))
    assert parts / 7 == pytest.approx(whole.item())


def test_predict_is_the_pipeline_and_the_fast_path_is_the_library(run, recipe, tmp_path):
    texts = run.predictions("test")["text"].head(5).tolist()
    ours = run.predict(texts)["prediction"]
    assert "residual" not in run.predict(texts)
    theirs = [answer["score"] for answer in run.pipeline()(texts)]
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
    folder = tiny.save_model(tmp_path / "model", dropout=0.0)
    plain = recipe.replace(model=str(folder), epochs=1)
    fast = wb.fine_tune(plain, tmp_path / "fast", progress=False)
    exact = wb.fine_tune(plain.replace(speed="exact"), tmp_path / "exact", progress=False)
    losses = [r.history().query("kind == 'step'")["loss"].tolist() for r in (fast, exact)]
    assert losses[0] == pytest.approx(losses[1], rel=2e-3)


def test_tables_and_pictures(run):
    table = run.predictions("test")
    intervals = inspection.metric_intervals(run)
    assert intervals["metric"].tolist() == ["pearson", "spearman", "mae", "rmse"]
    assert (intervals["low"] <= intervals["value"]).all()
    assert (intervals["value"] <= intervals["high"]).all()
    worst = inspection.top_residuals(run, n=3)
    assert worst["residual"].abs().tolist() == sorted(table["residual"].abs())[::-1][:3]
    parts = inspection.residuals_by_label(run, bins=3)
    assert parts["examples"].sum() == len(table)
    mean = (parts["residual"] * parts["examples"]).sum() / len(table)
    assert mean == pytest.approx(table["residual"].mean())
    assert len(plots.predicted_against_label(run).data[1].x) == len(table)
    assert plots.residuals(run).data[1].y[0] == pytest.approx(parts["residual"][0], abs=1)
    assert plots.learning_curves(run).data[-1].name == "Pearson's r, validation"
    with pytest.raises(DataError, match="are classes"):
        inspection.top_residuals(pd.DataFrame({"label": ["a"], "prediction": ["a"]}))


@pytest.mark.parametrize(
    ("labels", "says"),
    [(["1", "two"] * 20, "'two', which is no number"), ([3.0] * 40, "All examples have the label"),
     ([1.0, float("inf")] * 20, "no number")],
)  # fmt: skip
def test_labels_that_are_no_numbers(recipe, labels, says):
    frame = pd.DataFrame({"text": [f"text {n}" for n in range(40)], "label": labels})
    with pytest.raises(DataError, match=says):
        load_scores(recipe.replace(dataset=frame))


def test_settings_of_a_classification_are_refused(recipe, tmp_path):
    with pytest.raises(RecipeError, match="class_weights is 'balanced' for regression"):
        wb.fine_tune(recipe.replace(class_weights="balanced"), tmp_path / "a", progress=False)
    with pytest.raises(RecipeError, match="best_metric is 'macro_f1', which regression has not"):
        wb.fine_tune(recipe.replace(best_metric="macro_f1"), tmp_path / "b", progress=False)
