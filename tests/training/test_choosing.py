"""A later checkpoint is kept unless an earlier one is better by more than their standard error."""

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench import tasks
from workbench.training import choosing


def kept(values, errors, *, minimised=False, progress=None):
    """The place of the checkpoint that is kept in the end, and of the best evaluation."""
    progress = dict(progress or {"best_value": None, "within_error": True})
    last, best = None, None
    for place, (value, error) in enumerate(zip(values, errors, strict=True)):
        better, stays = choosing.compare(progress, value, error, minimised=minimised)
        best, last = (place if better else best), (place if stays else last)
        if stays:
            progress["best_value"] = value
    return last, best


@pytest.mark.parametrize(
    ("values", "error", "minimised", "wanted"),
    [
        ([0.70, 0.859, 0.856], 0.02, False, (2, 1)),  # the case that the rule was made for
        ([0.70, 0.859, 0.80], 0.02, False, (1, 1)),
        ([0.80, 0.785, 0.77, 0.755], 0.02, False, (1, 0)),  # it does not drift downwards
        ([0.80, 0.70, 0.79, 0.71], 0.02, False, (2, 0)),
        ([0.0, 0.0, 0.0], 0.0, False, (2, 0)),  # of equals the last
        ([0.5, 0.4, 0.41], 0.02, True, (2, 1)),
        ([0.5, 0.6, 0.7], 0.02, True, (0, 0)),
        ([0.80, 0.80, 0.79], None, False, (0, 0)),  # without an interval only what is better
    ],
    ids=["within", "beyond", "drift", "between", "equal", "lower", "rises", "none"],
)
def test_which_is_kept(values, error, minimised, wanted):
    assert kept(values, [error] * len(values), minimised=minimised) == wanted


def test_a_run_of_before_goes_on_by_the_best_value_alone():
    before = {"best_value": 0.8}
    assert kept([0.79, 0.81, 0.805], [0.05] * 3, progress=before) == (1, 1)


def test_the_error_is_that_of_the_metrics_interval():
    """The share that is right of 70: Wilson's interval over 2 x 1.96."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 70)
    says = np.where(np.arange(70) < 14, 1 - labels, labels)
    names = ["a", "b"]
    table = pd.DataFrame({
        "text": "x", "label": [names[n] for n in labels], "prediction": [names[n] for n in says],
        "score_a": 1.0 - says, "score_b": 1.0 * says, "confidence": 1.0, "loss": 0.1,
    })  # fmt: skip
    error = choosing.error_of(tasks.get("text-classification"), table, "accuracy")
    assert error == pytest.approx(np.sqrt(0.8 * 0.2 / 70), rel=0.05)
    assert choosing.error_of(tasks.get("text-classification"), table, "no such") is None


def test_a_run_says_why_it_kept_another_than_the_best(tiny_recipe, tmp_path, monkeypatch):
    scores = iter([0.5, 0.9, 0.88, 0.6])
    from workbench.tasks.text_classification.task import TextClassification

    real = TextClassification.metrics

    def scripted(self, table, names):
        return {**real(self, table, names), "macro_f1": next(scores, 0.1)}

    monkeypatch.setattr(TextClassification, "metrics", scripted)
    monkeypatch.setattr(choosing, "error_of", lambda *about: 0.05)
    run = wb.fine_tune(tiny_recipe.replace(max_steps=8, evaluate_every=2), tmp_path / "run",
                       progress=False)  # fmt: skip
    assert run.results()["best_step"] == 6
    assert choosing.kept_said(run) == (
        "Kept step 6: step 4 was better by less than the noise of 12 validation rows."
    )
