"""What curves tell: one made for each diagnosis, with its numbers, and healthy ones."""

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from tests.training import tiny
from workbench.inspection.reporting import diagnosis


def history(losses, evals, accuracy=None, noise=0.02, epochs=None):
    """A table as ``run.history()`` gives it, evaluations at equal distances to the end."""
    drawn = np.random.default_rng(1).normal(0, noise, len(losses))
    losses = np.asarray(losses, float) + drawn - drawn.mean()
    rows = [{"kind": "step", "step": n + 1, "loss": loss} for n, loss in enumerate(losses)]
    each = len(losses) // len(evals) if evals else 0
    for n, loss in enumerate(evals, 1):
        row = {"kind": "eval", "step": n * each, "epoch": (epochs or len(evals)) * n / len(evals)}
        rows.append(row | {"loss": loss} | ({"accuracy": accuracy[n - 1]} if accuracy else {}))
    return pd.DataFrame(rows)


def falling(high, low, n=100, settled=40):
    return np.r_[np.linspace(high, low, n - settled), np.full(settled, low)]


def found(*args, **kwargs):
    return wb.inspection.diagnose(history(*args, **kwargs)).set_index("diagnosis")


@pytest.mark.parametrize(
    ("losses", "evals", "accuracy"),
    [
        (falling(0.7, 0.3), [0.5, 0.42, 0.4, 0.41], [0.8, 0.83, 0.85, 0.85]),
        (falling(3.4, 3.1), [3.3, 3.2, 3.15], None),  # a language model: little to gain
        (falling(0.7, 0.3), [0.31, 0.3, 0.29], [0.88, 0.9, 0.9]),  # dropout: easier when held out
        (falling(0.7, 0.02), [0.1, 0.03, 0.009, 0.008], [0.97, 0.99, 1, 1]),  # an easy task
        (falling(0.7, 0.3), [0.4, 0.41], [0.85, 0.85]),
        (falling(0.7, 0.3), [], None),
    ],
    ids=["usual", "words", "dropout", "easy", "two", "none"],
)
def test_healthy_curves(losses, evals, accuracy):
    assert found(losses, evals, accuracy).index.tolist() == []


def test_training_that_came_apart():
    losses = np.r_[falling(0.7, 0.3, 60, 10), np.linspace(0.3, 0.9, 30), np.full(30, 0.9)]
    row = found(losses, [0.4, 0.5, 0.9]).loc["apart"]
    # twelve steps a tenth: the lowest one is the fifth, 49 to 60
    assert row["evidence"].startswith("The training loss was 0.30") and "step 60" in row["evidence"]
    assert "0.9" in row["evidence"] and "find_rate" in row["remedy"]
    losses[70:] = np.nan
    assert found(losses, [0.4, 0.5, float("nan")]).index.tolist() == ["apart"]
    assert "from step 71 on" in found(losses, []).loc["apart"]["evidence"]
    # one that comes back, and one that jumps from batch to batch, are none
    assert found(np.r_[losses[:60], falling(0.9, 0.3, 60)], [0.4, 0.5, 0.4]).index.tolist() == []
    assert "apart" not in found(np.full(100, 0.5), [0.5, 0.5, 0.5], noise=0.4).index


def test_over_fitting():
    row = found(falling(0.7, 0.05), [0.5, 0.4, 0.5, 0.7], [0.8, 0.84, 0.84, 0.83])
    assert row.index.tolist() == ["overfits"]
    assert "(0.400) at epoch 2.0 and ended at 0.700" in row.loc["overfits", "evidence"]


def test_under_fitting():
    row = found(np.linspace(0.7, 0.3, 100), [0.6, 0.5, 0.4], [0.6, 0.7, 0.8], noise=0)
    assert row.index.tolist() == ["falls"]
    # steps 69.5 and 89.5 of 99 are the middles of the last fifths: 0.7 less 0.4 times their share
    assert "0.338 over the last fifth of the steps, 0.419" in row.loc["falls", "evidence"]
    flat = found(np.full(100, 0.69), [0.69, 0.69, 0.695], [0.5, 0.5, 0.5])
    assert flat.index.tolist() == ["hardly"] and "0.69" in flat.loc["hardly", "evidence"]


def test_a_possible_leak():
    row = found(falling(0.7, 0.5), [0.2, 0.15, 0.1], [0.9, 0.95, 0.97])
    assert row.index.tolist() == ["leak"] and "0.100, less than half" in row.loc["leak", "evidence"]
    row = found(falling(0.7, 0.3), [0.2, 0.2], [0.998, 1.0], epochs=2)
    assert "accuracy is 0.998 at epoch 1.0 already" in row.loc["leak", "evidence"]


def test_labels_that_may_be_noisy():
    losses = falling(0.7, 0.05, 100, 20)
    row = found(losses, [0.5, 0.6, 0.8, 1.1], [0.84, 0.82, 0.78, 0.74])
    assert row.index.tolist() == ["overfits", "noisy"]
    assert "accuracy was 0.840 at epoch 1.0 and ended at 0.740" in row.loc["noisy", "evidence"]
    assert "noisy" not in found(losses, [0.5, 0.6, 0.8, 1.1], [0.84, 0.84, 0.83, 0.83]).index


def test_few_rows_are_said():
    few = wb.inspection.diagnose(history([0.7] * 8, [0.6], [0.5]))
    assert len(few) == 0 and few.attrs["unseen"].startswith("8 optimizer steps and 1 evaluations")
    nothing = wb.inspection.diagnose(pd.DataFrame(columns=["kind", "step", "loss"]))
    assert len(nothing) == 0 and nothing.attrs["unseen"]


def test_losses_of_two_kinds_are_not_compared(tiny_model_recipe):
    assert diagnosis._comparable(tiny_model_recipe)
    for changed in (dict(label_smoothing=0.1), dict(focal_gamma=2.0),
                    dict(class_weights="balanced")):  # fmt: skip
        assert not diagnosis._comparable(tiny_model_recipe.replace(**changed))


@pytest.fixture
def tiny_model_recipe():
    return wb.Recipe(dataset=tiny.frame(20))
