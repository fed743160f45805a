"""The range test: what it suggests of losses that are known, and that a trial leaves nothing."""

import gc

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.plots import rate_search
from workbench.training import rate_range


def rows(losses, low=1e-7, high=1.0):
    rates = np.geomspace(low, high, len(losses))
    return [
        {"step": n + 1, "learning_rate": rate, "loss": loss, "grad_norm": 1.0}
        for n, (rate, loss) in enumerate(zip(rates, losses, strict=True))
    ]


def table(losses):
    found = rate_range.until_apart(rows(losses))
    found["smoothed"] = found["loss"]  # so that the right answers are seen at once
    return found


def test_steepest_and_tenth_by_hand():
    """Flat to 1e-5, a straight fall over the logarithm to 1e-3, then up: 71 steps, 10 a decade."""
    logs = np.linspace(-7, 0, 71)
    losses = np.interp(logs, [-7, -5, -3, 0], [1, 1, 0.4, 1.2])
    losses[:14] += np.tile([1e-4, -1e-4], 7)
    found = rate_range.suggest(table(losses), 71)
    assert found.tenth == pytest.approx(1e-4) and 1e-5 < found.steepest <= 1e-3
    assert found.suggestion == min(found.steepest, found.tenth) and not found.why


def test_the_steepest_place_of_a_curve_that_bends():
    logs = np.linspace(-7, 0, 71)
    losses = 1 - 0.8 / (1 + np.exp(-6 * (logs + 4))) + 2 * np.clip(logs + 2, 0, None)
    losses[:14] += np.tile([1e-4, -1e-4], 7)
    assert rate_range.suggest(table(losses), 71).steepest == pytest.approx(1e-4, rel=0.3)


def test_a_loss_that_never_falls_and_one_that_comes_apart_at_once_suggest_nothing():
    noise = np.random.default_rng(0).normal(1, 0.1, 100)
    assert rate_range.suggest(rate_range.until_apart(rows(noise)), 100)[2:] == (None, "never")
    apart = np.r_[np.ones(8), np.full(92, 90.0)]
    found = rate_range.until_apart(rows(apart))
    assert len(found) == 8 and rate_range.suggest(found, 100).why == "at_once"


def test_it_ends_where_the_smoothed_loss_is_four_times_its_lowest_or_no_number():
    """After ten ones the first of 9 gives (6.513 + 0.9 ...) by the moving average: 9 * 0.1 / m."""
    losses = [1.0] * 60 + [9.0] * 40
    smoothed = rate_range.smooth(losses)
    first = int(np.argmax(smoothed > 4))
    assert len(rate_range.until_apart(rows(losses))) == first == 64
    broken = [1.0] * 30 + [float("nan")] + [1.0] * 9
    assert len(rate_range.until_apart(rows(broken))) == 30


@pytest.mark.parametrize(
    ("asked", "said"),
    [(dict(low=0), "go from 0 to 1.0"), (dict(low=2), "go from 2 to 1.0"),
     (dict(high=float("nan")), "to nan"), (dict(steps=5), "steps is 5"),
     (dict(high="1"), "to '1'"), (dict(steps=True), "steps is True")],
    ids=["zero", "order", "nan", "few", "text", "bool"],
)  # fmt: skip
def test_what_makes_no_test_is_said(asked, said):
    with pytest.raises(wb.WorkbenchError) as caught:
        wb.find_rate(wb.Recipe(), **asked)
    assert said in str(caught.value)


def models() -> list:
    """Parts of models that something still holds."""
    import torch

    gc.collect()
    found = [one for one in gc.get_objects() if issubclass(type(one), torch.nn.Module)]
    return [one for one in found if type(one).__name__.startswith("Bert")]


def test_a_trial_is_the_same_each_time_and_leaves_nothing(tiny_recipe, runs_folder):
    before = models()  # of whatever was tested in this process
    recipe = tiny_recipe.replace(learning_rate=1e-6, averaging="ema", schedule="one_cycle")
    first = wb.find_rate(recipe, steps=40, progress=False)
    again = wb.find_rate(recipe.replace(learning_rate=1.0), steps=40, progress=False)
    assert first.table.equals(again.table) and again.usual == 1.0
    rates = np.geomspace(1e-7, 1, 40)[: len(first.table)]
    assert first.table["learning_rate"].to_numpy() == pytest.approx(rates, rel=1e-9)
    assert list(runs_folder.iterdir()) == []
    known = {id(one) for one in before}
    assert [one for one in models() if id(one) not in known] == []
    assert 1e-6 < first.suggestion == min(first.steepest, first.tenth) < 1
    assert "times lower" in first.said and "saw each about" in first.said
    assert f"{first.suggestion:g} is suggested" in repr(first)


@pytest.mark.parametrize(
    ("usual", "said"),
    [(4e-5, "agrees"), (9e-5, "agrees"), (1e-3, "agrees"), (2e-3, "20 times higher"),
     (2e-5, "5 times lower")],
)  # fmt: skip
def test_the_recipes_own_rate_stands_beside_the_suggestion(usual, said):
    """1e-4 is suggested, the lower of 1e-3 and 1e-4: three times off, or between, is the same."""
    found = rate_range.Found(1e-3, 1e-4, 1e-4, "")
    sentence = rate_search._beside(found, usual)
    assert said in sentence
    if said != "agrees":
        assert f"train with {usual:g} and with 0.0001" in sentence


def test_the_picture_has_both_rates():
    losses = np.linspace(2, 1, 40)
    found = wb.plots.RateSearch(table(losses), 1e-4, 1e-3, 5e-3, 1e-3, ("Said.",))
    each, smoothed, suggestion, own = found.plot().data
    assert list(each.y) == pytest.approx(list(losses)) and len(smoothed.x) == 40
    assert (suggestion.x[0], own.x[0]) == (1e-3, 1e-4)
    assert "0.001" in suggestion.name and "0.0001" in own.name
    nothing = wb.plots.RateSearch(pd.DataFrame(table(losses)), 1e-4, None, None, None, ("No.",))
    assert len(nothing.plot().data) == 3
