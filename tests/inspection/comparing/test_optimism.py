"""What choosing the best of several flatters: by hand, and where the truth is known."""

import numpy as np
import pandas as pd
import pytest

from workbench import tasks
from workbench.inspection.comparing import optimism


def share_right(right):
    """The score of a trial by how often each example counts."""

    def score(counts):
        with np.errstate(invalid="ignore"):
            return counts @ right / counts.sum(axis=1)

    return score


def test_one_that_is_best_on_every_draw_is_its_own_mean():
    good, bad = np.ones(40), np.zeros(40)
    drawn = optimism.chosen_anew([share_right(bad), share_right(good)], 40, lower=False,
                                 resamples=50, seed=0)  # fmt: skip
    assert (drawn == 1).all()
    drawn = optimism.chosen_anew([share_right(bad), share_right(good)], 40, lower=True,
                                 resamples=50, seed=0)  # fmt: skip
    assert (drawn == 0).all()


def test_a_resample_by_hand():
    """Two examples, two trials that have one each right: whoever is chosen has the other wrong."""
    trials = [share_right(np.array([1.0, 0.0])), share_right(np.array([0.0, 1.0]))]
    drawn = optimism.chosen_anew(trials, 2, lower=False, resamples=200, seed=0)
    kept = drawn[~np.isnan(drawn)]  # where both were drawn nothing is left to measure by
    assert 60 < len(kept) < 140 and (kept == 0).all()


def test_twenty_coins_are_worth_a_half():
    """All trials guess: the best has .5 in truth, and validation says more."""
    rng = np.random.default_rng(0)
    flattered, told = [], []
    for _ in range(30):
        rights = [(rng.random(100) < 0.5).astype(float) for _ in range(20)]
        flattered.append(max(right.mean() for right in rights))
        drawn = optimism.chosen_anew([share_right(right) for right in rights], 100, lower=False,
                                     resamples=200, seed=0)  # fmt: skip
        told.append(np.nanmean(drawn))
    assert np.mean(flattered) > 0.58
    assert np.mean(told) == pytest.approx(0.5, abs=0.03)


def test_macro_f1_by_counts_is_that_of_the_drawn_rows():
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"label": rng.choice(list("abc"), 30),
                          "prediction": rng.choice(list("abc"), 30)})  # fmt: skip
    for name in "abc":
        table[f"score_{name}"] = 1 / 3
    table.attrs["task"] = "text-classification"
    task = tasks.get("text-classification")
    counts = rng.multinomial(30, np.full(30, 1 / 30), size=5)
    fast = optimism._scores(task, table, "macro_f1")(counts)
    drawn = [table.iloc[np.repeat(np.arange(30), one)] for one in counts]
    assert fast == pytest.approx([task.metrics(one, list("abc"))["macro_f1"] for one in drawn])
    slow = optimism._scores(task, table, "no_sum_of_rows")
    with pytest.raises(KeyError):  # it asks the task
        slow(counts)
