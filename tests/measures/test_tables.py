"""Intervals, rows and comparisons of two systems."""

import math
import time

import numpy as np
import pytest

from tests.measures.texts import drawn_texts
from workbench.errors import DataError
from workbench.intervals import bootstrap_p, jackknife_interval, percentile_interval
from workbench.measures.measure import Measure, mean_of, share_of
from workbench.measures.shape import distinct
from workbench.measures.sums import bootstrapped, sums_of
from workbench.measures.tables import JACKKNIFE, compare_systems, measure_table, row_table
from workbench.measures.translation import bleu, chrf
from workbench.measures.written import written_measures


def test_a_table_has_intervals_rows_and_signatures():
    outputs, references = drawn_texts(120, seed=5)
    measures = written_measures(outputs, references, references, kind="translation")
    table = measure_table(measures, resamples=200)
    assert table["metric"].tolist() == list(measures) and (table["signature"] != "").all()
    inside = table["value"].isna() | (
        (table["low"] - 1e-9 <= table["value"]) & (table["value"] <= table["high"] + 1e-9)
    )
    assert inside.all()
    by_name = table.set_index("metric")
    assert by_name.loc["distinct_2", "method"] == JACKKNIFE
    assert by_name.loc["chrf", "method"] == "bootstrap, 200" and by_name.loc["chrf", "rows"] == 120
    assert by_name.loc["length_ratio", "rows"] == 120 - measures["length_ratio"].undefined < 120
    assert measure_table(measures, resamples=200).equals(table)  # one seed, one table
    assert not measure_table(measures, resamples=200, seed=1).equals(table)


def test_an_interval_of_a_mean_is_the_one_of_statistics():
    values = np.random.default_rng(0).normal(5, 2, 2000)
    row = measure_table([mean_of("m", values, "s")]).iloc[0]
    error = values.std(ddof=1) / math.sqrt(2000)
    assert row["low"] == pytest.approx(values.mean() - 1.96 * error, abs=0.25 * error)
    assert row["high"] == pytest.approx(values.mean() + 1.96 * error, abs=0.25 * error)


def test_sums_are_drawn_as_if_rows_were_scored_again():
    outputs, references = drawn_texts(30, seed=6)
    for measured in (chrf, lambda o, r: bleu(o, r, language="zh")):
        whole = measured(outputs, references)
        rows = np.random.default_rng(1).integers(30, size=30)
        again = measured([outputs[r] for r in rows], [references[r] for r in rows])
        assert whole.figure(whole.parts[rows].sum(axis=0)[None])[0] == pytest.approx(again.value)


def test_few_rows_have_no_interval():
    for texts in ([], ["a b c d e"]):
        table = measure_table([chrf(texts, texts), distinct(texts)])
        assert table[["low", "high"]].isna().all(axis=None)
        assert table["value"].isna().all() == (not texts)
        compared = compare_systems([chrf(texts, texts)], [chrf(texts, texts)]).iloc[0]
        assert math.isnan(compared["p"]) and math.isnan(compared["low"])


def test_rows_sort_by_any_measure_and_lead_back():
    table = row_table([chrf(["a", "xyz", "abc"], ["b", "xyz", "abd"])])
    assert table.sort_values("chrf", ascending=False).index[0] == 1
    assert table["chrf"].tolist()[:2] == [0.0, 100.0]


def test_two_systems():
    outputs, references = drawn_texts(200, seed=7)
    better = [r if n % 2 else o for n, (o, r) in enumerate(zip(outputs, references, strict=True))]
    one, two = ([chrf(texts, references), distinct(texts)] for texts in (outputs, better))
    table = compare_systems(one, two, resamples=500)
    row = table.iloc[0]
    assert row["difference"] == pytest.approx(two[0].value - one[0].value) and row["difference"] > 0
    assert 0 < row["low"] <= row["difference"] <= row["high"] and row["p"] == pytest.approx(1 / 501)
    assert row["lower"] == 0 and row["higher"] + row["equal"] == 200
    back = compare_systems(two, one, resamples=500).iloc[0]
    assert back["difference"] == -row["difference"] and back["p"] == row["p"]
    assert (back["low"], back["high"]) == pytest.approx((-row["high"], -row["low"]))
    same = compare_systems(one, one)
    assert same["p"].tolist() == [1.0, 1.0]
    assert (same[["low", "difference", "high"]] == 0).all(axis=None)


def test_measures_are_sums_of_a_task_too():
    outputs, references = drawn_texts(60, seed=8)
    measures = written_measures(outputs, references, kind="translation")
    found = bootstrapped(sums_of(measures), 300, seed=0).set_index("metric")
    table = measure_table(measures, resamples=300).set_index("metric")
    drawn = [name for name, one in measures.items() if one.left_out is None]
    assert list(found.index) == drawn and "distinct_2" not in drawn
    for column in ("value", "low", "high"):
        wanted = table.loc[drawn, column].tolist()
        assert found[column].tolist() == pytest.approx(wanted, nan_ok=True)


def test_pairs_are_drawn_together():
    """Two noisy systems that differ by the same on each row differ for certain."""
    noise = np.random.default_rng(2).normal(0, 10, 100)
    row = compare_systems([mean_of("m", noise, "s")], [mean_of("m", noise + 0.1, "s")]).iloc[0]
    assert row["low"] == pytest.approx(0.1) == row["high"]


def test_chance_alone_is_seldom_called_a_difference():
    rng, found = np.random.default_rng(3), []
    for seed in range(200):
        one, two = rng.normal(size=(2, 40))
        table = compare_systems([mean_of("m", one, "s")], [mean_of("m", two, "s")], resamples=199,
                                seed=seed)  # fmt: skip
        found.append(table["p"][0] < 0.05)
    assert 0.01 <= np.mean(found) <= 0.11


@pytest.mark.parametrize(("first", "second", "said"), [
    pytest.param(mean_of("m", np.ones(2), "a"), mean_of("m", np.ones(2), "b"), "measured as 'a'",
                 id="signatures"),
    pytest.param(mean_of("m", np.ones(2), "a"), mean_of("m", np.ones(3), "a"), "rows: 2 and 3",
                 id="rows"),
    pytest.param(mean_of("m", np.ones(2), "a"), mean_of("n", np.ones(2), "a"), "no measure",
                 id="names"),
])  # fmt: skip
def test_what_does_not_compare_is_said(first, second, said):
    with pytest.raises(DataError, match=said):
        compare_systems([first], [second])


def test_p_and_jackknife_by_hand():
    assert bootstrap_p(3.0, np.array([3.0, 1.0, 5.0, 3.0])) == 1 / 5
    assert bootstrap_p(2.0, np.array([0.0, 4.0, 2.0])) == 3 / 4  # two of three are as far away
    assert bootstrap_p(-2.0, np.array([-4.0, 0.0])) == 1.0
    assert math.isnan(bootstrap_p(math.nan, np.zeros(3)))
    assert bootstrap_p(1.0, np.array([np.nan, 1.0, 1.0])) == 2 / 4
    assert all(map(math.isnan, jackknife_interval(1.0, np.array([1.0]))))


def test_draws_without_a_value_are_left_out():
    assert percentile_interval([1.0, np.nan, 3.0]).tolist() == pytest.approx([1.05, 2.95])
    assert np.isnan(percentile_interval(np.full(3, np.nan))).all()
    both = percentile_interval(np.array([[1.0, np.nan], [1.0, np.nan]]))
    assert both[:, 0].tolist() == [1.0, 1.0] and np.isnan(both[:, 1]).all()
    rare = share_of("s", np.array([1.0] + [0.0] * 30), np.array([2.0] + [0.0] * 30), "s")
    row = measure_table([rare]).iloc[0]  # many resamples hold nothing that is measured
    assert row["value"] == row["low"] == row["high"] == 0.5 and row["rows"] == 1


@pytest.mark.serial
def test_a_thousand_resamples_are_quick():
    """In seconds of the processor: a busy machine does not make them more."""
    measures = [Measure(str(n), np.ones(2000), np.random.default_rng(n).random((2000, 18)),
                        chrf([], []).figure, "s") for n in range(6)]  # fmt: skip
    seconds = []
    for _ in range(5):
        start = time.process_time()
        measure_table(measures)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.6
