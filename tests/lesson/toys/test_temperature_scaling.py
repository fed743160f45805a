"""Calibration by temperature: by hand, and as torch and scikit-learn have it."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn import functional as F

import workbench as wb
from workbench.errors import DataError, WorkbenchError


def table(scores, labels):
    """Predictions with classes a, b, ... from scores (n, classes) and class ids."""
    names = np.array(list("abcdefgh"[: scores.shape[1]]))
    columns = {f"score_{name}": scores[:, i] for i, name in enumerate(names)}
    return pd.DataFrame({"text": "", "label": names[labels],
                         "prediction": names[scores.argmax(1)], **columns})  # fmt: skip


def test_two_classes_by_hand():
    sure = table(np.array([[0.9, 0.1]] * 4), [0, 0, 0, 1])
    toy = wb.lesson.TemperatureScaling(sure)
    # the odds of 9 become those of 3 to 1, in which the answers are right, at T = ln 9 / ln 3
    assert toy.fitted == pytest.approx(2, abs=1e-3)
    assert toy.calibration.ece == pytest.approx(0.15)
    assert toy.loss == pytest.approx(-(3 * math.log(0.9) + math.log(0.1)) / 4)
    toy.temperature = 2
    assert toy.calibration.ece == pytest.approx(0, abs=1e-9)
    assert toy.frame().iloc[2].tolist() == pytest.approx([0.7, 0.8, 4, 0.75, 0.75])
    assert len(toy.frame()) == 5 and toy.frame().accuracy.isna().sum() == 4
    assert str(toy).startswith("At temperature 2.00 the mean confidence is 0.750 where 0.750 are "
                               "right: ECE 0.000, loss 0.562.")


@pytest.mark.parametrize("seed", range(3))
def test_loss_and_bins_are_those_of_the_libraries(seed):
    from sklearn.calibration import calibration_curve

    draw = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(300, 4, generator=draw, dtype=torch.float64)
    labels = (logits + torch.randn(logits.shape, generator=draw)).argmax(1)
    toy = wb.lesson.TemperatureScaling(table(logits.softmax(1).numpy(), labels.numpy()))
    for temperature in (0.3, 1.0, 2.7):
        toy.temperature = temperature
        p, seen = (logits / temperature).softmax(1), toy.frame().query("examples > 0")
        assert toy.loss == pytest.approx(F.cross_entropy(logits / temperature, labels).item())
        right = (p.argmax(1) == labels).numpy()
        accuracy, confidence = calibration_curve(right, p.amax(1).numpy(), n_bins=10)
        assert np.allclose(seen.accuracy, accuracy) and np.allclose(seen.confidence, confidence)
        share = seen.examples / seen.examples.sum()
        assert toy.calibration.ece == pytest.approx((share * abs(accuracy - confidence)).sum())
    at = torch.tensor(toy.fitted, dtype=torch.float64, requires_grad=True)
    F.cross_entropy(logits / at, labels).backward()
    assert abs(at.grad) < 1e-3 and min(loss for _, loss in toy.curve) >= toy._fitted_loss
    assert toy.curve[24] == [1.0, pytest.approx(F.cross_entropy(logits, labels).item())]


@pytest.mark.parametrize("value", [0, 0.04, 21, -1, math.nan, "warm", None, True])
def test_a_temperature_out_of_range_changes_nothing(value):
    sure = table(np.array([[0.9, 0.1]] * 2), [0, 1])
    toy = wb.lesson.TemperatureScaling(sure)
    before = toy.bins
    with pytest.raises(WorkbenchError, match="a number from 0.05 to 20.0 is allowed"):
        toy.temperature = value
    assert toy.bins == before and toy.temperature == 1
    with pytest.raises(WorkbenchError, match="is allowed"):
        wb.lesson.TemperatureScaling(sure, temperature=value)


def test_predictions_without_scores():
    sure = table(np.array([[0.9, 0.1]] * 2), [0, 1])
    with pytest.raises(DataError, match="no scores"):
        wb.lesson.TemperatureScaling(sure[["text", "label", "prediction"]])
    with pytest.raises(DataError):
        wb.lesson.TemperatureScaling(sure[:0])


def test_a_fitted_temperature_beyond_the_usual_ends_is_drawn():
    rows = {"label": list("aaab"), "prediction": list("aaab"), "score_a": [0.6, 0.6, 0.6, 0.4]}
    table = pd.DataFrame({**rows, "score_b": [0.4, 0.4, 0.4, 0.6]})
    toy = wb.lesson.TemperatureScaling(table)  # all are right: the colder the better
    assert toy.fitted < 1 / 8 and toy.curve[0][0] == pytest.approx(toy.fitted)
    assert toy.curve[-1][0] == pytest.approx(8)
