"""Recorded runs judged by hand; runs of the workbench; what was not recorded."""

import json
import math

import pytest

import workbench as wb
from workbench.errors import DataError, WorkbenchError

RUNS = {
    1e-3: ([1.0, 0.5, 0.2], 0.5),
    1e-5: ([1.0, 0.99, 0.98], 0.95),
    1e-1: ([1.0, 5.0, math.nan], 3.0),
    1e-2: ([1.0, 2.0, 1.6], 0.1),  # ends above 1.5 times its beginning
}


def test_runs_judged_by_hand():
    toy = wb.lesson.RateSlider(RUNS)
    assert toy.rates == [1e-5, 1e-3, 1e-2, 1e-1] and toy.rate == 1e-5
    assert toy.best == 1e-3 and toy.diverged == [1e-2, 1e-1]
    assert str(toy) == ("At 1e-05 the loss goes from 1.000 to 0.980; the validation loss is 0.950. "
                        "The best by validation is 0.001 with 0.500. Diverged: 0.01, 0.1.")
    toy.rate = 1e-3
    assert "the validation loss, 0.500, is the best of 4 runs." in str(toy)
    toy.rate = 0.1
    assert repr(toy) == ("At 0.1 the loss goes from 1.000 to NaN: the run diverged. "
                         "The best by validation is 0.001 with 0.500. Diverged as well: 0.01.")
    assert toy.frame().fate.tolist() == ["", "best", "diverged", "diverged"]
    assert toy.curves[3] == [[1, 1.0], [2, 5.0], [3, None]]  # a page knows no NaN


def test_tenths_and_pieces():
    losses = [2.0, 1.0] + [0.5] * 16 + [0.4, 0.2]  # a tenth of twenty are two
    row = wb.lesson.RateSlider({1: (losses, 1)}).frame().iloc[0]
    assert (row["first"], row["last"]) == (2, pytest.approx(0.3))
    curve = wb.lesson.RateSlider({1: (range(1, 1201), 1)}).curves[0]
    assert len(curve) == 400 and curve[0] == [2.0, 2.0] and curve[-1] == [1199.0, 1199.0]


def test_the_lower_of_two_equally_good_rates():
    toy = wb.lesson.RateSlider({0.2: ([1], 0.5), 0.1: ([1], 0.5)}, rate=0.2)
    assert toy.best == 0.1 and toy.diverged == []
    gone = wb.lesson.RateSlider({1: ([1, math.inf], 1), 2: ([1], math.nan)})
    assert gone.best is None and str(gone).endswith("Every run diverged, so none is the best.")


def test_runs_of_the_workbench(tmp_path):
    for name, rate in (("a", 1e-4), ("b", 1e-3)):
        (tmp_path / name).mkdir()
        recipe = wb.Recipe(dataset="sample:movie-sentiment", learning_rate=rate)
        (tmp_path / name / "recipe.yaml").write_text(recipe.to_yaml())
        rows = [{"kind": "step", "step": 1, "loss": 0.7}, {"kind": "step", "step": 2, "loss": 0.4},
                {"kind": "eval", "step": 2, "loss": 500 * rate}]  # fmt: skip
        text = "".join(json.dumps(row) + "\n" for row in rows[: 3 if name == "a" else 2])
        (tmp_path / name / "metrics.jsonl").write_text(text)
    run, early = wb.Run(tmp_path / "a"), wb.Run(tmp_path / "b")
    toy = wb.lesson.RateSlider([run])
    assert toy.frame().values.tolist() == [[1e-4, 0.7, 0.4, 0.05, "best"]]
    assert "of the only run" in str(toy)
    with pytest.raises(DataError, match="run b has no step or no evaluation yet"):
        wb.lesson.RateSlider([run, early])
    with pytest.raises(DataError, match="Two runs have the learning rate 0.0001"):
        wb.lesson.RateSlider([run, run])


@pytest.mark.parametrize(("runs", "said"), [
    ({}, "no runs"), ([], "no runs"), (5, "5 is no run"), (["folder"], "'folder' is no run"),
    ({1: ([1], 1), 1.0 + 0: ([2],)}, "stands"), ({0: ([1], 1)}, "a rate above 0"),
    ({math.nan: ([1], 1)}, "a rate above 0"), ({1: ([], 1)}, r"shape \(0,\)"),
    ({1: ([[1]], 1)}, r"shape \(1, 1\)"), ({1: 0.5}, "stands 0.5"), ({"x": ([1], 1)}, "rate 'x'"),
    ({1: (["a"], 1)}, "all numbers"), ({1: ([1], None)}, "all numbers"),
])
def test_what_was_not_recorded(runs, said):
    with pytest.raises(DataError, match=said):
        wb.lesson.RateSlider(runs)


@pytest.mark.parametrize("rate", [2e-3, 0, math.nan, "1e-3", [1e-3], True])
def test_a_rate_that_was_not_run(rate):
    toy = wb.lesson.RateSlider(RUNS)
    with pytest.raises(WorkbenchError, match="one of these is allowed: 1e-05, 0.001, 0.01, 0.1"):
        toy.rate = rate
    assert toy.rate == 1e-5
