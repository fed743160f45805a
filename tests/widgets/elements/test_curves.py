"""What the curves send: spikes kept, gaps marked, small messages."""

import numpy as np
import pandas as pd
import pytest

from workbench.inspection import metric_name as wb_metric
from workbench.widgets.elements.curves import Curves
from workbench.widgets.elements.history import History, main_metric, smoothed, thin


def unpack(data, rows):
    return np.frombuffer(data, "<f4").reshape(rows, -1)


def test_a_single_spike_in_ten_thousand_survives_thinning():
    step = np.arange(10_000.0)
    loss = np.ones(10_000)
    loss[[1234, 7777]] = 9.0, -5.0
    at, low, high = thin(step, 480, loss)
    assert len(at) == 480 and high.max() == 9.0 and low.min() == -5.0
    assert at[np.argmax(high)] <= 1234 < at[np.argmax(high) + 1]
    assert at[np.argmin(low)] <= 7777 < at[np.argmin(low) + 1]


def test_short_curves_are_not_thinned():
    at, low, high = thin(np.array([1.0, 2.0]), 480, np.array([3.0, np.inf]))
    assert at.tolist() == [1, 2] and low[0] == high[0] == 3 and np.isnan(low[1])


def test_smoothing_by_hand():
    # span 3: weight 0.5; (2 * .5 + 4) / 1.5 = 3.333, (2 * .25 + 4 * .5 + 8) / 1.75 = 6
    np.testing.assert_allclose(smoothed(np.array([2.0, 4.0, 8.0]), 3), [2, 10 / 3, 6])


def test_smoothing_is_pandas_ewm():
    values = np.random.default_rng(0).standard_normal(500)
    values[[10, 400]] = np.nan
    expected = pd.Series(values).ewm(span=20, ignore_na=False).mean()
    np.testing.assert_allclose(smoothed(values, 20), expected, atol=2e-3)


def test_an_update_of_ten_thousand_points_is_under_ten_kilobytes():
    n = 10_000
    curves = Curves()
    evaluations = np.arange(100, n + 1, 100)
    curves.set_history(
        {"step": np.arange(n), "loss": np.random.rand(n), "eval_step": evaluations,
         "eval_loss": evaluations * 0.1, "eval_metric": evaluations * 0.1},
        total_steps=n, epochs=3.0, metric="accuracy",
    )
    size = len(curves.train) + len(curves.bad) + len(curves.validation)
    assert size <= 10_000 and curves.points == n
    assert unpack(curves.validation, 3)[0, -1] == n  # the newest evaluation is there


def test_not_finite_losses_are_counted_and_marked():
    loss = np.ones(1000)
    loss[500:502], loss[600], loss[700] = np.nan, np.inf, -np.inf
    curves = Curves()
    curves.set_history({"step": np.arange(1000), "loss": loss})
    assert curves.bad_points == 4
    assert unpack(curves.bad, 2).tolist() == [[500, 501, 600, 700], [1, 1, 2, 3]]
    curves.set_history({"step": np.arange(1000), "loss": np.full(1000, np.nan)})
    assert curves.bad_points == 1000 and np.isnan(unpack(curves.train, 4)[1:]).all()


def test_rows_of_a_run():
    history = History()
    history.add([
        {"kind": "step", "step": 1, "loss": 2.0}, {"kind": "step", "step": 2, "loss": 1.0},
        {"kind": "eval", "step": 2, "loss": 1.5, "accuracy": 0.4, "macro_f1": 0.5, "seconds": 1},
        {"kind": "event", "event": "checkpoint", "step": 2},
        {"kind": "step", "step": 2, "loss": 0.9},
    ])
    curves = Curves()
    curves.set_history(history, total_steps=4, epochs=2)
    assert unpack(curves.train, 4)[1].tolist() == [2.0, pytest.approx(0.9)]
    assert unpack(curves.validation, 3).tolist() == [[2], [1.5], [0.5]]
    assert (curves.metric, curves.total_steps, curves.epochs) == ("macro_f1", 4, 2.0)
    frame = pd.DataFrame(list(history.steps.values()) + list(history.evaluations.values()))
    again = Curves()
    again.set_history(frame)
    assert again.train == curves.train and again.validation == curves.validation


def test_empty_and_wrong_input():
    curves = Curves()
    curves.set_history({"step": [], "loss": []})
    assert curves.points == 0 and curves.train == b""
    with pytest.raises(ValueError, match="step has 2 values and loss 1"):
        curves.set_history({"step": [1, 2], "loss": [1]})
    with pytest.raises(TypeError, match="must be a DataFrame or a mapping, not int"):
        curves.set_history(3)


def test_main_metric():
    assert main_metric(["accuracy", "macro_f1", "loss"]) == "macro_f1"
    assert main_metric(["zeta", "alpha", "seconds"]) == "alpha"
    assert main_metric(["loss", "step"]) == ""


def test_growing_is_the_same_as_all_at_once():
    loss = np.random.default_rng(0).random(3000)
    loss[[5, 700]] = np.nan
    grown = Curves()
    for n in (1, 2, 50, 699, 701, 3000):
        grown.set_history({"step": np.arange(n), "loss": loss[:n]}, total_steps=3000)
    once = Curves()
    once.set_history({"step": np.arange(3000), "loss": loss}, total_steps=3000)
    assert grown.train == once.train
    grown.set_history({"step": np.arange(20), "loss": loss[:20]}, total_steps=3000)  # cut back
    once = Curves()
    once.set_history({"step": np.arange(20), "loss": loss[:20]}, total_steps=3000)
    assert grown.train == once.train


def test_a_step_out_of_order_is_put_in_its_place():
    history = History()
    history.add([{"kind": "step", "step": n, "loss": float(n)} for n in (1, 3, 2, 3)])
    assert history.arrays()["step"].tolist() == [1, 2, 3] == history.arrays()["loss"].tolist()
    assert [row["step"] for row in history.recent(2)] == [2, 3]


def test_metrics_that_steps_have_are_curves_of_both():
    """Preference tuning: before the first evaluation those of steps alone."""
    history = History()
    history.add([
        {"kind": "step", "step": n, "loss": 1.0, "learning_rate": 0.1, "reward_accuracy": n / 4,
         "reward_margin": 2.0**n}
        for n in (1, 2, 3)
    ])  # fmt: skip
    curves = Curves()
    curves.set_history(history, span=3)  # which of them decides is said by a run's recipe
    assert curves.metric == "reward_accuracy" and curves.validation == b""
    accuracy, margin = curves.measures
    assert (accuracy["name"], margin["title"]) == ("reward_accuracy", wb_metric("reward_margin"))
    # span 3: 2, (2 * .5 + 4) / 1.5, (2 * .25 + 4 * .5 + 8) / 1.75
    assert unpack(margin["train"], 2).tolist() == [[1, 2, 3], pytest.approx([2, 10 / 3, 6])]
    assert margin["validation"] == b""
    history.add([{"kind": "eval", "step": 3, "loss": 0.5, "reward_accuracy": 0.75,
                  "reward_margin": -1.5, "chosen_reward": 1.0}])  # fmt: skip
    curves.set_history(pd.DataFrame([*history.steps.values(), *history.evaluations.values()]),
                       metric="reward_accuracy")  # fmt: skip
    assert unpack(curves.validation, 3).tolist() == [[3], [0.5], [0.75]]
    assert unpack(curves.measures[1]["validation"], 2).tolist() == [[3], [-1.5]]
    history = History()
    history.add([{"kind": "step", "step": n, "loss": 1.0, "reward_margin": float(n)}
                 for n in range(10_000)])  # fmt: skip
    curves.set_history(history)
    (margin,) = curves.measures
    assert len(margin["train"]) < 1400 and unpack(margin["train"], 2)[0, -1] == 9999
