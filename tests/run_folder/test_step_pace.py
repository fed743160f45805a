"""What limits a step, by rows worked by hand."""

import pytest

from workbench.run_folder import step_pace


def row(**more):
    return {"kind": "step", "seconds": 1.0, "data_seconds": 0.0, "optimizer_seconds": 0.1,
            "tokens": 80, "padded_tokens": 80, "plain_tokens": 100, "load": 1.0,
            **more}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "limit"),
    [
        ({}, "compute"),
        ({"data_seconds": 0.26}, "data"),  # 0.26 of 1.26 s
        ({"data_seconds": 0.24}, "compute"),
        ({"load": 1.6}, "other_processes"),
        ({"padded_tokens": 120}, "padding"),
        ({"optimizer_seconds": 0.4}, "optimizer"),
        ({"data_seconds": None, "load": float("nan"), "optimizer_seconds": None}, "compute"),
    ],
)
def test_the_limit_of_a_step(changes, limit):
    assert step_pace.limited_by(row(**changes)) == limit
    assert step_pace.advice(limit).endswith(".")


def test_many_steps_are_added_up_before_they_are_judged():
    pace = step_pace.summarise([row(), row(seconds=3.0, data_seconds=4.0, tokens=160)])
    assert pace["tokens_per_second"] == 240 / 8
    assert pace["step_seconds"] == 2.0 and pace["data_wait"] == 0.5
    assert pace["limited_by"] == "data" and pace["spared"] == pytest.approx(1 - 160 / 200)
    assert step_pace.summarise([row()], [{"seconds": 1.5}])["limited_by"] == "evaluation"
    assert step_pace.summarise([]) == {}


def test_rows_of_older_runs_lack_columns():
    pace = step_pace.summarise([{"seconds": 0.5, "tokens": 90, "padded_tokens": 100}])
    assert pace["tokens_per_second"] == 180 and pace["padding"] == 0.1 and pace["spared"] == 0
