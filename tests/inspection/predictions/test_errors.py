"""Error tables against numbers worked by hand and against scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from tests.inspection.predictions import predicted
from workbench import inspection, plots
from workbench.errors import DataError


def table(labels, predictions, names=("a", "b", "c")):
    frame = pd.DataFrame({"text": [f"text {i}" for i in range(len(labels))]})
    frame["label"], frame["prediction"] = labels, predictions
    frame["loss"] = np.arange(len(labels), dtype=float)
    for name in names:
        frame[f"score_{name}"] = 1 / len(names)
    return frame


SMALL = table(list("aaaabbbc"), list("aaabbbaa"))


def test_confusion_by_hand():
    counts = inspection.confusion(SMALL)
    assert counts.to_numpy().tolist() == [[3, 1, 0], [1, 2, 0], [1, 0, 0]]
    assert (counts.index.name, counts.columns.name) == ("label", "prediction")


def test_per_class_errors_by_hand_worst_first():
    rows = inspection.per_class_errors(SMALL).set_index("class")
    assert list(rows.index) == ["c", "a", "b"]  # a and b have the same F1: class order
    assert rows.loc["a", ["support", "errors"]].tolist() == [4, 1]
    assert rows.loc["a", "error_rate"] == 0.25
    assert rows.loc["a", "precision"] == pytest.approx(3 / 5)
    assert rows.loc["a", "recall"] == pytest.approx(3 / 4)
    assert rows.loc["a", "f1"] == pytest.approx(2 / 3)
    assert rows.loc["c", "f1"] == 0 and np.isnan(rows.loc["c", "precision"])
    assert (rows["f1_low"] <= rows["f1"]).all() and (rows["f1"] <= rows["f1_high"]).all()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=60))
def test_numbers_are_scikit_learns(pairs):
    from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

    labels, predictions = map(list, zip(*pairs, strict=True))
    frame = table(labels, predictions)
    p, r, f, support = precision_recall_fscore_support(
        labels, predictions, labels=list("abc"), zero_division=0
    )
    rows = inspection.per_class_errors(frame).set_index("class").loc[list("abc")]
    np.testing.assert_allclose(rows["precision"].fillna(0), p)
    np.testing.assert_allclose(rows["recall"].fillna(0), r)
    np.testing.assert_allclose(rows["f1"].fillna(0), f)
    assert rows["support"].tolist() == support.tolist()
    metrics = inspection.metric_intervals(frame, resamples=50).set_index("metric")
    assert metrics.loc["accuracy", "value"] == pytest.approx(accuracy_score(labels, predictions))
    assert metrics.loc["macro_f1", "value"] == pytest.approx(
        f1_score(labels, predictions, average="macro")
    )


@given(st.integers(0, 200), st.integers(1, 200))
def test_wilson_interval_is_scipys(hits, trials):
    from scipy.stats import binomtest

    hits = min(hits, trials)
    expected = binomtest(hits, trials).proportion_ci(0.95, method="wilson")
    low, high = inspection.wilson_interval(hits, trials)
    assert low == pytest.approx(expected.low, abs=1e-9)
    assert high == pytest.approx(expected.high, abs=1e-9)
    assert 0 <= low <= hits / trials <= high <= 1


def test_bootstrap_interval_covers_the_true_value_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    inside = 0
    for trial in range(100):
        labels = rng.choice(["a", "b"], 120)
        flip = rng.random(120) < 0.2
        predictions = np.where(flip, np.where(labels == "a", "b", "a"), labels)
        row = inspection.metric_intervals(
            table(labels, predictions, "ab"), resamples=200, seed=trial
        ).set_index("metric").loc["macro_f1"]  # fmt: skip
        inside += row["low"] <= 0.8 <= row["high"]
    assert 85 <= inside <= 100


def test_top_losses_are_sorted_filtered_and_keep_their_place():
    top = inspection.top_losses(SMALL, n=2)
    assert top["loss"].tolist() == [7, 6] and top.index.tolist() == [7, 6]
    cell = inspection.top_losses(SMALL, label="a", prediction="b")
    assert cell["text"].tolist() == ["text 3"]
    assert len(inspection.top_losses(SMALL, n=None)) == 8
    with pytest.raises(DataError, match="no class 'z'"):
        inspection.top_losses(SMALL, label="z")


def test_texts_that_are_learnt_have_losses_and_no_labels():
    texts = pd.DataFrame({"text": ["a", "b", "c"], "prediction": "", "loss": [1.0, 3.0, 2.0]})
    texts = inspection.of_task(texts, "language-modelling")
    assert inspection.top_losses(texts, n=2)["text"].tolist() == ["b", "c"]
    with pytest.raises(DataError, match="no classes"):
        inspection.top_losses(texts, label="a")


def test_no_examples_and_no_labels_are_refused():
    with pytest.raises(DataError, match="no rows"):
        inspection.confusion(SMALL.head(0))
    with pytest.raises(DataError, match="no labels"):
        inspection.confusion(SMALL.drop(columns="label"))


def test_figures_are_drawn_from_the_tables_and_returned():
    import plotly.graph_objects as go

    figure = plots.confusion(SMALL)
    assert isinstance(figure, go.Figure)
    assert figure.data[0].customdata.tolist() == [[3, 1, 0], [1, 2, 0], [1, 0, 0]]
    assert list(figure.data[0].text[0]) == ["3", "1", ""]
    bars = plots.per_class(SMALL).data[0]
    assert list(bars.y) == ["c (1)", "a (4)", "b (3)"]
    np.testing.assert_allclose(bars.x, inspection.per_class_errors(SMALL)["f1"])


def test_learning_curves_keep_the_peaks_of_long_histories():
    steps = pd.DataFrame({"kind": "step", "step": range(1, 10_001), "loss": np.ones(10_000)})
    steps.loc[4321, "loss"] = 50.0
    evals = pd.DataFrame({"kind": ["eval"], "step": [10_000], "loss": [0.5], "macro_f1": [0.9]})
    figure = plots.learning_curves(pd.concat([steps, evals]))
    raw = figure.data[0]
    assert len(raw.x) <= plots.MAX_POINTS + 2
    assert max(raw.y) == 50.0
    with pytest.raises(wb.WorkbenchError, match="no steps"):
        plots.learning_curves(steps.head(0))


def test_smoothing_has_no_bias_at_the_start():
    assert plots.smooth([2.0, 2.0, 2.0]).tolist() == pytest.approx([2, 2, 2])
    first, second = plots.smooth([1.0, 0.0], weight=0.5)
    assert (first, second) == (1.0, pytest.approx(1 / 3))


def test_five_thousand_classes():
    k, n = 5000, 6000
    labels = np.arange(n) % k
    frame = pd.DataFrame({"text": "t", "label": labels, "loss": 0.0})
    predictions = labels.copy()
    predictions[:1000] = 7  # of which number 7 alone is right
    frame = frame.assign(
        label=[f"c{i}" for i in labels], prediction=[f"c{i}" for i in predictions]
    )
    scores = pd.DataFrame(0.0, index=frame.index, columns=[f"score_c{i}" for i in range(k)])
    frame = pd.concat([frame, scores], axis=1)
    intervals = inspection.metric_intervals(frame, resamples=50).set_index("metric")
    assert intervals.loc["accuracy", "value"] == pytest.approx((n - 999) / n)
    report = inspection.per_class_errors(frame).set_index("class")
    assert report.loc["c7", ["support", "precision"]].tolist() == [2, pytest.approx(2 / 1001)]
    assert report.loc["c8", "recall"] == 0.5  # one of its two examples
    assert inspection.largest_confusions(frame, n=3)["examples"].tolist() == [1, 1, 1]


def test_one_class_predicted_only_and_ties():
    frame = predicted.table([[0.5, 0.5, 0.0]] * 6, [0, 0, 1, 1, 2, 2])
    report = inspection.per_class_errors(frame).set_index("class")
    assert frame["prediction"].unique().tolist() == ["a"]
    assert report.loc["a", ["precision", "recall", "f1"]].tolist() == [
        pytest.approx(1 / 3), 1.0, 0.5]
    assert np.isnan(report.loc["b", "precision"]) and report.loc["b", "f1"] == 0
    assert inspection.uncertainty(frame)["margin"].tolist() == [0.0] * 6
    assert inspection.uncertainty(frame)["entropy"].tolist() == [1.0] * 6


def test_a_label_without_scores():
    frame = predicted.table([[0.9, 0.1], [0.2, 0.8]], [0, 1]).assign(label=["a", "z"])
    with pytest.raises(DataError, match="The label 'z' is none of the 2 classes that have scores"):
        inspection.confusion(frame)
