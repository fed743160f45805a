"""What is tried next follows from the trials before it; what is given up, by hand."""

import pytest

from workbench.training.searching import suggesting
from workbench.training.searching.space import Choices, Range
from workbench.training.searching.trial import DIVERGED, DONE, PRUNED, Trial

SPACE = {"learning_rate": Range(1e-5, 1e-1, log=True), "batch_size": Choices((8, 16))}


def done(number, rate, curve, **about):
    values = {"learning_rate": rate, "batch_size": 8}
    return Trial(number, values, DONE, value=curve[-1], curve=curve, **about)


def suggested(before, **about):
    about = {"sampler": "tpe", "seed": 0, "lower": False, "number": len(before)} | about
    return suggesting.suggest(SPACE, before, **about)


def test_the_same_trials_suggest_the_same_and_the_seed_decides():
    before = [done(n, rate, [0.5, 0.6 + n / 100]) for n, rate in enumerate((1e-4, 1e-3, 1e-2))]
    assert suggested(before) == suggested(before)
    assert suggested(before) != suggested(before, seed=1)
    assert suggested(before, number=4) != suggested(before)


def test_it_learns_where_good_values_are():
    """Twelve trials, better the nearer the rate is to 1e-3: most of the next are near it."""
    rates = [10 ** (-5 + n / 3) for n in range(13)]
    before = [done(n, rate, [1 - abs(n - 6) / 10]) for n, rate in enumerate(rates)]
    drawn = [suggested(before, seed=seed)["learning_rate"] for seed in range(20)]
    near = sum(1e-4 <= rate <= 1e-2 for rate in drawn)
    by_chance = [suggested(before, seed=seed, sampler="random")["learning_rate"]
                 for seed in range(20)]  # fmt: skip
    assert near >= 15 > sum(1e-4 <= rate <= 1e-2 for rate in by_chance)


def test_nothing_is_tried_twice_and_an_end_is_an_end():
    space = {"batch_size": Choices((8, 16)), "epochs": Range(1, 2, whole=True)}
    before = []
    while True:
        values = suggesting.suggest(space, before, number=len(before), sampler="tpe", seed=0,
                                    lower=False)  # fmt: skip
        if values is None:
            break
        before.append(Trial(len(before), values, DONE, value=0.5, curve=[0.5]))
    assert sorted((one.values["batch_size"], one.values["epochs"]) for one in before) == [
        (8, 1), (8, 2), (16, 1), (16, 2),
    ]  # fmt: skip


@pytest.mark.parametrize(("lower", "curve", "at"), [
    (False, [0.5, 0.5, 0.9], 2),  # medians .4, .6, .8: its best is below the second one
    (False, [0.5, 0.7, 0.7], 3),
    (False, [0.5, 0.7, 0.9], None),
    (True, [0.5, 0.5, 0.5], 1),  # where lower is better .5 is above .4
    (True, [0.3, 0.9, 0.9], None),  # the best so far counts, not the last
])  # fmt: skip
def test_pruned_by_the_median_by_hand(lower, curve, at):
    before = [done(n, 1e-3, values)
              for n, values in enumerate(([0.3, 0.5, 0.7], [0.4, 0.6, 0.8], [0.5, 0.7, 0.9]))]
    trial = Trial(3, {"learning_rate": 1e-2, "batch_size": 16}, curve=curve)
    about = {"pruner": "median", "lower": lower}
    assert suggesting.pruned_at(SPACE, before, trial, **about) == at
    assert suggesting.pruned_at(SPACE, before[:2], trial, **about) is None  # too few to compare
    assert suggesting.pruned_at(SPACE, before, trial, pruner="none", lower=lower) is None


def test_what_mattered():
    """The rate decides and the batch does not."""
    trials = [
        Trial(n, {"learning_rate": rate, "batch_size": batch}, DONE, value=value)
        for n, (rate, batch, value) in enumerate(
            (rate, batch, value)
            for rate, value in ((1e-5, 0.1), (1e-4, 0.4), (1e-3, 0.8), (1e-2, 0.9))
            for batch in (8, 16)
        )
    ]
    found = suggesting.importance(SPACE, trials, lower=False)
    assert found["learning_rate"] > 0.9 and sum(found.values()) == pytest.approx(1)
    assert suggesting.importance(SPACE, trials[:3], lower=False) == {}


def test_the_study_holds_what_became_of_each():
    trials = [
        done(0, 1e-3, [0.5, 0.6]),
        Trial(1, {"learning_rate": 1e-5, "batch_size": 8}, PRUNED, curve=[0.1, 0.2], pruned_at=1),
        Trial(2, {"learning_rate": 0.1, "batch_size": 8}, DIVERGED, curve=[0.4]),
        Trial(3, {"learning_rate": 1e-4, "batch_size": 8}),
    ]
    study = suggesting.study_of(SPACE, trials, lower=True)
    assert [one.state.name for one in study.trials] == ["COMPLETE", "PRUNED", "PRUNED"]
    assert [one.intermediate_values for one in study.trials] == [{1: 0.5, 2: 0.6}, {1: 0.1}, {}]
    assert study.best_value == 0.6 and study.best_params["batch_size"] == "8"
