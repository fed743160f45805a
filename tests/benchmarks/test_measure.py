"""The arithmetic of the benchmarks, against numbers worked by hand."""

import math

import pytest

from tests.benchmarks import measure, run


def test_summary_of_an_even_number_is_between_the_middle_two():
    assert measure.summary([4.0, 1.0, 3.0, 10.0]) == {
        "median": 3.5, "low": 1.0, "high": 10.0, "n": 4,
    }  # fmt: skip
    with pytest.raises(ValueError, match="no measurement"):
        measure.summary([])


@pytest.mark.parametrize(
    ("count", "share", "expected"),
    [(20, 0.95, 19), (21, 0.95, 20), (10, 0.95, 10), (1, 0.95, 1), (100, 0.95, 95), (4, 1, 4)],
)
def test_percentile_is_the_nearest_rank(count, share, expected):
    values = [float(v) for v in range(count, 0, -1)]
    assert measure.percentile(values, share) == expected


def test_percentile_refuses_what_has_none():
    for values, share in ([], 0.5), ([1.0], 0), ([1.0], 1.5):
        with pytest.raises(ValueError, match="percentile"):
            measure.percentile(values, share)


def test_ratios_are_taken_round_by_round_before_the_median():
    # ratios 4, 1/2, 3; the ratio of the medians would be 4 / 2 = 2
    assert measure.ratios([4.0, 2.0, 9.0], [1.0, 4.0, 3.0])["median"] == 3.0
    with pytest.raises(ValueError):
        measure.ratios([1.0], [1.0, 2.0])


def test_paired_takes_turns_in_any_order_and_keeps_the_warm_up_apart():
    order = []
    times = measure.paired(lambda: order.append("a"), lambda: order.append("b"), rounds=3)
    assert order == ["a", "b", *sum(measure.turns("ab", 3), [])]
    drawn = measure.turns("abc", 60)
    assert len({*map(tuple, drawn)}) == 6 and drawn == measure.turns("abc", 60)
    assert [len(times[name]) for name in ("a", "b", "warm_up")] == [3, 3, 2]
    assert all(value >= 0 for values in times.values() for value in values)


def test_goals_hold_at_their_bounds_and_never_for_what_is_no_number():
    assert measure.Goal("seconds", 75.0, at_most=75).met
    assert not measure.Goal("seconds", 75.1, at_most=75).met
    assert measure.Goal("accuracy", 0.815, at_least=0.815).met
    assert not measure.Goal("accuracy", 0.814, at_least=0.815).met
    assert not measure.Goal("nothing", math.nan).met
    assert str(measure.Goal("share", 0.05, at_most=0.03)) == "share: 0.05 (goal <= 0.03): MISSED"


def test_rounding_keeps_significant_digits_and_whole_numbers():
    given = {"small": 0.00123456, "large": 12345.678, "count": 123456, "list": [1 / 3, 0.0, None]}
    assert measure.rounded(given) == {
        "small": 0.001235, "large": 12350.0, "count": 123456, "list": [0.3333, 0.0, None],
    }  # fmt: skip


def test_results_of_another_machine_are_not_mixed_in(tmp_path):
    path = tmp_path / "cpu.json"
    run.record(path, {"processor": "x"}, {"import": {"figures": 1}})
    run.record(path, {"processor": "x"}, {"death": {"figures": 2}})
    assert set(run.read(path)["parts"]) == {"import", "death"}
    run.record(path, {"processor": "y"}, {"death": {"figures": 3}})
    assert run.read(path) == {"machine": {"processor": "y"}, "parts": {"death": {"figures": 3}}}


def test_every_part_is_known_by_its_name_and_an_unknown_one_is_refused(capsys):
    assert run.main(["--list"]) == 0
    listed = capsys.readouterr().out
    for name in ("default-recipe", "checkpoints", "control", "death", "import", "predict"):
        assert name in listed
    with pytest.raises(SystemExit):
        run.main(["defualt-recipe"])
    assert "default-recipe" in capsys.readouterr().err


def test_a_part_that_breaks_or_takes_too_long_is_said_and_the_others_go_on(
    monkeypatch, capsys, tmp_path
):
    def slow(scale):
        while True:
            pass

    def broken(scale):
        raise RuntimeError("no such luck")

    def fine(scale):
        return {"scale": scale}, [measure.Goal("one", 1.0, at_most=2)]

    monkeypatch.setattr(run, "PARTS", {"slow": slow, "broken": broken, "fine": fine})
    monkeypatch.setattr(run, "LIMIT", {"small": 0.2, "normal": 0.2, "full": None})
    assert run.main(["--out", str(tmp_path / "cpu.json")]) == 1
    printed = capsys.readouterr().out
    assert "slow broke" in printed and "no such luck" in printed
    assert "one: 1 (goal <= 2): met" in printed
    assert set(run.read(tmp_path / "cpu.json")["parts"]) == {"fine"}


def test_a_missed_goal_is_said_but_breaks_nothing(monkeypatch, capsys, tmp_path):
    goal = measure.Goal("seconds", 3.0, at_most=2)
    monkeypatch.setattr(run, "PARTS", {"slow": lambda scale: ({}, [goal])})
    assert run.main(["--out", str(tmp_path / "cpu.json")]) == 0
    assert "missed: slow: seconds" in capsys.readouterr().out
    assert run.read(tmp_path / "cpu.json")["parts"]["slow"]["goals"]["seconds"]["met"] is False
    assert run.main(["--small"]) == 0
    assert "missed" not in capsys.readouterr().out


def test_a_ratio_that_quality_paid_for_is_not_told():
    from tests.benchmarks.speed import equal_quality

    kept, difference, error = equal_quality([0.8, 0.8], [0.81, 0.79], 100)
    assert kept and difference == pytest.approx(0) and error == pytest.approx(0.04)
    kept, difference, error = equal_quality([0.8, 0.8, 0.8], [0.7, 0.7, 0.7], 1000)
    assert not kept and difference == pytest.approx(-0.1)
    # by seeds: differences of +-0.2 have a standard error of 0.2 with two seeds
    kept, difference, error = equal_quality([0.8, 0.8], [1.0, 0.6], 10_000)
    assert kept and error == pytest.approx(0.2)


def test_the_page_has_the_table_that_the_results_give():
    from tests.benchmarks import report

    text = report.PAGE.read_text(encoding="utf-8")
    assert report.with_table(text, report.tables(run.RESULTS)) == text, (
        "python -m tests.benchmarks.report writes it"
    )


def test_a_table_by_hand(tmp_path):
    from tests.benchmarks import report

    machine = {"processor": "P", "cores": 2, "torch": "1", "transformers": "5"}
    goal = {"value": 2.51, "at_least": 2.5, "at_most": None, "met": True}
    late = {"value": 9.0, "at_least": None, "at_most": 1.5, "met": False}
    figures = {"times": {"median": 2.51, "low": 2.4, "high": 2.6, "n": 3}}
    run.record(tmp_path / "cpu.json", machine, {
        "movies": {"goals": {"times": goal}, "figures": figures},
        "first-step": {"goals": {"seconds": late}, "figures": {}},
    })  # fmt: skip
    table = report.tables(tmp_path)
    assert "| `movies` | times | 2.51 (2.4 to 2.6, n = 3) | at least 2.5 | met |" in table
    assert "| `first-step` | seconds | 9 | at most 1.5 | **missed** |" in table
    assert "no results" in report.tables(tmp_path / "nowhere").lower()
    marks = f"a {report.BEGIN} old {report.END} b"
    assert report.with_table(marks, "new\n") == f"a {report.BEGIN}\n\nnew\n\n{report.END} b"
    with pytest.raises(ValueError, match="lacks"):
        report.with_table("no marks", "new")


def test_what_a_busy_machine_measured_is_said(tmp_path):
    from tests.benchmarks import report

    machine = {"processor": "P", "cores": 2, "torch": "1", "transformers": "5"}
    goal = {"value": 37.0, "at_least": None, "at_most": 83, "met": True}
    figures = {"perplexity": 37.0, "perplexity of untuned": 77.0, "training seconds": 60.0}
    run.record(tmp_path / "cpu.json", machine, {
        "replies": {"goals": {"perplexity": goal}, "figures": figures, "load": [9.5, 8.1]},
        "import": {"goals": {}, "figures": {}, "load": [1.9, 9.0]},
    })  # fmt: skip
    table = report.tables(tmp_path)
    assert "while `replies` ran (load 8.1 and more on 2 cores)" in table
    assert "| `chat` | `chitchat-replies` | perplexity 37.000 | 77.000 | 60 | – |" in table


def test_operations_a_token_by_hand(tmp_path):
    import json

    from tests.benchmarks.starting import operations_a_token

    (tmp_path / "config.json").write_text(
        json.dumps({"hidden_size": 2, "intermediate_size": 4, "num_hidden_layers": 3})
    )
    # a layer: 4 * 2 * 2 + 2 * 2 * 4 = 32 weights; the last one 12: (2 * 32 + 12) * 2 * 3
    assert operations_a_token(tmp_path / "config.json") == 456


def test_the_time_to_a_quality_is_that_of_the_mean_curve():
    import pandas as pd

    from tests.benchmarks.speed import curve, first_time, mean_curve

    history = pd.DataFrame([
        {"kind": "step", "seconds": 1.0}, {"kind": "step", "seconds": 2.0},
        {"kind": "eval", "seconds": 50.0, "accuracy": 0.7},
        {"kind": "step", "seconds": 4.0}, {"kind": "eval", "seconds": 50.0, "accuracy": 0.9},
    ])  # fmt: skip
    assert curve(history) == [(3.0, 0.7), (7.0, 0.9)]
    mean = mean_curve([curve(history), [(5.0, 0.5), (9.0, 0.7)]])
    assert mean == [(4.0, pytest.approx(0.6)), (8.0, pytest.approx(0.8))]
    assert first_time(mean, 0.75) == 8.0
    assert first_time(mean, 0.95) is None
