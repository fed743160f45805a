"""Confusions, curves, cost and calibration against scikit-learn and cases worked by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from tests.inspection.predictions.predicted import drawn, table
from workbench import inspection, plots
from workbench.errors import DataError
from workbench.training.predicting.temperature import (
    fit_temperature,
    scaled_scores,
    with_temperature,
)


def test_confusion_as_shares_like_sklearn():
    made = drawn()
    for by, name in (("label", "true"), ("prediction", "pred"), ("all", "all")):
        wanted = metrics.confusion_matrix(made["label"], made["prediction"], normalize=name)
        assert np.allclose(inspection.normalised_confusion(made, by=by), wanted)


def test_one_class_predicted_only():
    made = table([[0.9, 0.1]] * 4, [0, 0, 1, 1])
    shares = inspection.normalised_confusion(made, by="prediction")
    assert shares["a"].tolist() == [0.5, 0.5] and shares["b"].isna().all()
    found = inspection.largest_confusions(made)
    assert found[["label", "prediction", "examples"]].values.tolist() == [["b", "a", 2]]
    assert inspection.ranking_quality(made)["roc_auc"].tolist() == [0.5, 0.5]  # all tied


def test_largest_confusions_by_hand():
    made = table(np.eye(3)[[0, 1, 1, 1, 1, 2, 0]] * 0.8 + 0.2 / 3, [0, 0, 0, 1, 1, 1, 2])
    found = inspection.largest_confusions(made)
    assert found["label"].tolist() == ["a", "b", "c"]
    assert found["examples"].tolist() == [2, 1, 1]
    assert found["share"].tolist() == pytest.approx([2 / 3, 1 / 3, 1])
    assert found["of_errors"].tolist() == [0.5, 0.25, 0.25] and found["back"].tolist() == [0, 0, 0]


def test_five_thousand_classes():
    rng = np.random.default_rng(0)
    scores = np.zeros((400, 5000), np.float32)
    scores[np.arange(400), rng.integers(0, 5000, 400)] = 1
    labels = rng.integers(0, 5000, 400)
    names = [f"class {i}" for i in range(5000)]
    made = pd.DataFrame(scores, columns=[f"score_{n}" for n in names])
    made = made.assign(text="x", label=np.asarray(names)[labels], loss=1.0,
                       prediction=np.asarray(names)[scores.argmax(1)])
    found = inspection.largest_confusions(made, n=3)
    assert len(found) == 3 and inspection.reliability(made).bins == 10


def test_margin_and_entropy_by_hand():
    made = table([[0.5, 0.5, 0], [1, 0, 0], [0.6, 0.3, 0.1]], [0, 0, 0])
    found = inspection.uncertainty(made)
    assert found.index.tolist() == [0, 2, 1]
    assert found["margin"].tolist() == pytest.approx([0, 0.3, 1])
    entropy = -(0.6 * np.log2(0.6) + 0.3 * np.log2(0.3) + 0.1 * np.log2(0.1))
    assert found["entropy"].tolist() == pytest.approx([1, entropy, 0])


def test_curves_equal_sklearns():
    made = drawn().round({"score_a": 2, "score_b": 2})  # many ties
    made["score_c"] = 1 - made["score_a"] - made["score_b"]
    truth, score = made["label"] == "b", made["score_b"]
    curve = inspection.threshold_curve(made, positive="b")
    precision, recall, thresholds = metrics.precision_recall_curve(truth, score)
    assert np.allclose(curve["threshold"][::-1], thresholds)
    assert np.allclose(curve["precision"][::-1], precision[:-1])
    assert np.allclose(curve["recall"][::-1], recall[:-1])
    fpr, tpr, _ = metrics.roc_curve(truth, score, drop_intermediate=False)
    assert np.allclose(curve["false_positive_rate"], fpr[1:])
    assert np.allclose(curve["recall"], tpr[1:])
    at = curve.iloc[5]
    called = score >= at["threshold"]
    assert at["f1"] == pytest.approx(metrics.f1_score(truth, called))
    assert at["accuracy"] == pytest.approx((called == truth).mean())
    quality = inspection.ranking_quality(made).set_index("class").loc["b"]
    assert quality["roc_auc"] == pytest.approx(metrics.roc_auc_score(truth, score))
    wanted = metrics.average_precision_score(truth, score)
    assert quality["average_precision"] == pytest.approx(wanted)


def test_cost_by_hand():
    made = table([[0.6, 0.4], [0.8, 0.2], [0.3, 0.7]], [1, 0, 1])
    found = inspection.expected_cost(made, costs={("b", "a"): 5})
    # a missed b costs 5: 0.6/0.4 and 0.8/0.2 both go to b, which costs 1 for the second
    assert found["total"].tolist() == [5, 1]
    assert found["accuracy"].tolist() == pytest.approx([2 / 3, 2 / 3])


def test_reliability_by_hand():
    made = table([[0.95, 0.05]] * 4 + [[0.65, 0.35]] * 2, [0, 0, 0, 1, 0, 1])
    found = inspection.reliability(made)
    assert found.table["examples"].tolist() == [2, 4]
    assert found.table["gap"].tolist() == pytest.approx([0.15, 0.2])
    assert found.ece == pytest.approx(2 / 6 * 0.15 + 4 / 6 * 0.2)
    assert found.max_error == pytest.approx(0.2)
    # the mean ECE when just the claimed shares come true, worked out over all outcomes
    from math import comb
    floor = sum(
        share * sum(comb(n, h) * p**h * (1 - p) ** (n - h) * abs(h / n - p) for h in range(n + 1))
        for share, n, p in ((1 / 3, 2, 0.65), (2 / 3, 4, 0.95)))
    assert found.ece_floor == pytest.approx(floor, abs=0.01)
    halves = inspection.reliability(made.iloc[1:5], bins=2, method="equal_count").table
    assert halves["examples"].tolist() == [4]  # a tie is never cut
    halves = inspection.reliability(made.iloc[2:], bins=2, method="equal_count").table
    assert halves["examples"].tolist() == [2, 2]


def test_temperature_by_hand_and_never_another_prediction():
    # all examples claim 0.9 and three of four are right: the best temperature makes it 0.75
    scores = np.tile([[0.9, 0.1]], (40, 1))
    labels = np.array([0, 0, 0, 1] * 10)
    found = fit_temperature(scores, labels)
    assert found == pytest.approx(np.log(9) / np.log(3), rel=1e-4)
    assert scaled_scores(scores, found)[0, 0] == pytest.approx(0.75, rel=1e-4)
    made = drawn(sharpness=1)
    cooler = with_temperature(made, 3.0)
    columns = ["score_a", "score_b", "score_c"]
    assert np.allclose(cooler[columns].sum(axis=1), 1)
    assert (cooler[columns].to_numpy().argmax(1) == made[columns].to_numpy().argmax(1)).all()
    truth = made["label"].map({"a": 0, "b": 1, "c": 2})
    logits = np.log(made[columns].to_numpy()) / 3
    assert cooler["loss"].mean() == pytest.approx(
        metrics.log_loss(truth, np.exp(logits) / np.exp(logits).sum(1, keepdims=True)))


@pytest.mark.parametrize("change, words", [
    ({"score_a": 0.7}, "no probabilities"), ({"score_a": np.nan}, "no probabilities"),
    ({"label": "z"}, "label 'z' has no column"),
])
def test_bad_scores_are_one_sentence(change, words):
    with pytest.raises(DataError, match=words):
        inspection.reliability(drawn(20).assign(**change))


def test_a_class_without_examples_has_no_threshold():
    made = table([[0.6, 0.3, 0.1]] * 3, [0, 1, 1])
    with pytest.raises(DataError, match="No example is of the class 'c'"):
        inspection.threshold_curve(made, positive="c")
    with pytest.raises(DataError, match="no class 'd'"):
        inspection.threshold_curve(made, positive="d")


def test_pictures_draw_the_tables():
    made = drawn()
    curve = inspection.threshold_curve(made, positive="a")
    assert np.allclose(plots.precision_recall(made, positive="a").data[0].x, curve["recall"])
    assert np.allclose(plots.roc(made).data[1].x[1:],
                       inspection.threshold_curve(made, positive="a")["false_positive_rate"])
    figure = plots.reliability(made)
    assert np.allclose(figure.data[1].y, inspection.reliability(made).table["accuracy"])
