"""Intervals against numbers worked by hand, scipy and numpy's own draws."""

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from workbench import intervals

VALUES = np.random.default_rng(3).normal(2.0, 1.5, 80)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # z² = 3.8415: no success in ten gives 0 to z² / (10 + z²); all of them its mirror image
        pytest.param(0, 10, 0.0, 3.8415 / 13.8415, id="none"),
        pytest.param(10, 10, 10 / 13.8415, 1.0, id="all"),
        # the middle is a half, the half width z / (2 √(n + z²))
        pytest.param(50, 100, 0.5 - 0.09617, 0.5 + 0.09617, id="half"),
    ],
)
def test_wilson_by_hand(successes, trials, low, high):
    assert intervals.wilson_interval(successes, trials) == pytest.approx((low, high), abs=1e-4)


def test_wilson_of_nothing_says_nothing():
    assert all(map(math.isnan, intervals.wilson_interval(0, 0)))


def test_mean_interval_is_scipys_normal_one():
    expected = stats.norm.interval(0.95, VALUES.mean(), stats.sem(VALUES))
    assert intervals.mean_interval(VALUES) == pytest.approx(expected, abs=1e-9)
    assert all(map(math.isnan, intervals.mean_interval(VALUES[:1])))


def test_mean_interval_of_few_is_scipys_t_interval():
    few = VALUES[:4]
    expected = stats.t.interval(0.95, 3, few.mean(), stats.sem(few))
    assert intervals.mean_interval(few, few=True) == pytest.approx(expected, abs=1e-9)


def test_percentile_interval_of_several_figures():
    drawn = np.stack([np.arange(1001.0), -np.arange(1001.0)], axis=1)
    low, high = intervals.percentile_interval(drawn)
    assert low.tolist() == [25, -975] and high.tolist() == [975, -25]


@pytest.mark.parametrize("held", [1, 7, 35, 10_000], ids="held-{}".format)
def test_the_draws_do_not_depend_on_how_many_are_held_at_once(monkeypatch, held):
    monkeypatch.setattr(intervals, "DRAWN", held)
    rows = np.concatenate(list(intervals.drawn_rows(7, 50, 11)))
    np.testing.assert_array_equal(rows, np.random.default_rng(11).integers(7, size=(50, 7)))
    counts = np.array([4, 1, 5])
    cells = np.concatenate(list(intervals.drawn_counts(counts, 50, 11)))
    expected = np.random.default_rng(11).multinomial(10, [0.4, 0.1, 0.5], size=50)
    np.testing.assert_array_equal(cells, expected)


def test_no_more_is_held_than_is_said(monkeypatch):
    monkeypatch.setattr(intervals, "DRAWN", 100)
    pieces = [piece.shape for piece in intervals.drawn_rows(30, 10, 0)]
    assert pieces == [(3, 30), (3, 30), (3, 30), (1, 30)]
    assert [len(piece) for piece in intervals.drawn_rows(1_000, 2, 0)] == [1, 1]


def test_a_generator_goes_on_where_it_is():
    one, other = np.random.default_rng(5), np.random.default_rng(5)
    first, second = (next(intervals.drawn_rows(9, 2, one)) for _ in range(2))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(np.concatenate([first, second]), other.integers(9, size=(4, 9)))


def test_the_bootstrap_of_a_mean_is_scipys():
    drawn = intervals.drawn_means(VALUES, 4000, 0)
    ours = intervals.percentile_interval(drawn)
    theirs = stats.bootstrap(
        (VALUES,), np.mean, n_resamples=4000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    # the deviation of a drawn mean is s / √n; two bootstraps differ by a few hundredths of it
    spread = VALUES.std() / np.sqrt(len(VALUES))
    assert drawn.std() == pytest.approx(spread, rel=0.05)
    assert ours == pytest.approx(tuple(theirs), abs=0.15 * spread)


def test_sums_of_rows_and_of_cells_are_of_one_distribution():
    hits = np.repeat([1.0, 0.0], [30, 10])
    (rows,) = intervals.drawn_sums([hits[:, None]], 4000, 0)
    cells = np.concatenate(list(intervals.drawn_counts(np.array([30, 10]), 4000, 1)))[:, 0]
    # the number of hits among 40 draws: 40 · 3/4, with variance 40 · 3/4 · 1/4
    for drawn in (rows[:, 0], cells):
        assert drawn.mean() == pytest.approx(30, abs=0.2)
        assert drawn.var() == pytest.approx(7.5, rel=0.08)


def test_pairs_are_drawn_together():
    first = VALUES[:, None]
    one, two = intervals.drawn_sums([first, first + 1], 200, 4)
    np.testing.assert_allclose(two - one, len(VALUES))  # each example is better by one, always
    assert one.std() > 1


def test_whole_numbers_stay_whole_in_single_precision():
    parts = np.ones((300, 2), np.float32)
    (drawn,) = intervals.drawn_sums([parts], 50, 0)
    assert drawn.dtype == np.float32 and (drawn == 300).all()


def test_rows_that_belong_together_are_drawn_together():
    """Each of 40 texts four times over: that is no more than 40 texts are."""
    once = VALUES[:40]
    groups = np.repeat(np.arange(40), 4)
    repeated = np.repeat(once, 4)
    sums = intervals.group_sums(repeated, groups, 40)
    np.testing.assert_allclose(sums, 4 * once)
    by_group = intervals.drawn_means(sums / 4, 2000, 0).std()
    by_row = intervals.drawn_means(repeated, 2000, 0).std()
    assert by_group / by_row == pytest.approx(2, rel=0.08)  # √4


def test_groups_without_rows_sum_to_nothing():
    assert intervals.group_sums(np.array([], bool), [], 3).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("better", "worse", "p"),
    [
        pytest.param(8, 2, 2 * (1 + 10 + 45) / 1024, id="eight-to-two"),
        pytest.param(2, 8, 2 * (1 + 10 + 45) / 1024, id="two-to-eight"),
        pytest.param(1, 0, 1.0, id="one"),
        pytest.param(6, 0, 2 / 64, id="six-to-none"),
        pytest.param(0, 0, 1.0, id="none"),
    ],
)
def test_mcnemar_by_hand(better, worse, p):
    assert intervals.mcnemar(better, worse) == pytest.approx(p)


def test_mcnemar_says_chance_as_often_as_it_should():
    """Of models that are equally good at most one in twenty pairs looks different."""
    rng = np.random.default_rng(0)
    differ = rng.binomial(60, 0.3, 2000)
    better = rng.binomial(differ, 0.5)
    pairs = zip(better.tolist(), differ.tolist(), strict=True)
    false = sum(intervals.mcnemar(b, d - b) < 0.05 for b, d in pairs)
    assert 0.005 < false / 2000 <= 0.05


def test_intervals_are_computed_in_one_place():
    """``nets`` stands alone; whoever else writes the quantiles down has a bootstrap of his own."""
    package = Path(intervals.__file__).parent
    own = [
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if "nets" not in path.parts
        and any(mark in path.read_text("utf-8") for mark in ("97.5", "0.975", "1.95996"))
    ]
    assert own == ["intervals.py"]
