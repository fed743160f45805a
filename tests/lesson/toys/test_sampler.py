"""The sampler's bars, worked out by hand; what a setting may not be."""

import math

import numpy as np
import pytest
import torch

import workbench as wb
from workbench.errors import DataError, WorkbenchError

HALVES = [math.log(p) for p in (0.5, 0.25, 0.125, 0.125)]


def test_bars_by_hand():
    sampler = wb.lesson.Sampler(HALVES, "abcd")
    assert np.allclose(sampler.probabilities, [0.5, 0.25, 0.125, 0.125])
    assert "4 of 4" in str(sampler) and "1.75 bits" in str(sampler)  # 1/2 + 2/4 + 3/8 + 3/8
    sampler.temperature = 0.5  # squares 16, 4, 1, 1 of 22
    assert np.allclose(sampler.probabilities, np.array([16, 4, 1, 1]) / 22)
    sampler.temperature, sampler.top_k = 1, 2
    assert np.allclose(sampler.probabilities, [2 / 3, 1 / 3, 0, 0])
    sampler.top_k, sampler.top_p = 4, 0.8  # 0.5 + 0.25 is less: three are needed
    assert np.allclose(sampler.probabilities, np.array([4, 2, 1, 0]) / 7) and sampler.kept == 3
    sampler.top_p = 0.5
    assert repr(sampler).startswith("1 of 4 tokens can come; the likeliest has 1.000")
    assert "0.00 bits" in repr(sampler)


def test_what_has_no_bar_is_counted():
    sampler = wb.lesson.Sampler(torch.tensor(HALVES), rows=1, temperature=0.5)
    assert sampler.bars[1][0] == "3 others" and sampler.bars[0][0] == "0"
    assert np.allclose(sampler.frame()[["before", "after"]], [[1 / 2, 16 / 22], [1 / 2, 6 / 22]])


def test_what_a_page_draws_is_drawn_with_what_it_shows():
    sampler = wb.lesson.Sampler(HALVES, "abcd")
    shown = {"temperature": 0.5, "top_k": 1, "top_p": 1.0}  # may come after the press
    sampler._asked({"draw": shown})
    assert sampler.drawn == ["a"] * 10 and sampler.top_k == 1
    for name, value in shown.items():
        setattr(sampler, name, value)
    assert len(sampler.drawn) == 10


def test_draws_come_from_what_is_kept_and_are_repeated_by_the_seed():
    drawn = [wb.lesson.Sampler(HALVES, "abcd", top_k=2, seed=1).draw(300) for _ in range(2)]
    assert drawn[0] == drawn[1] and set(drawn[0]) == {"a", "b"}
    assert 170 < drawn[0].count("a") < 230  # 200 expected, 8.2 is one standard deviation
    sampler = wb.lesson.Sampler([-math.inf, 0.0])
    assert sampler.draw(3) == ["1", "1", "1"] == sampler.drawn
    sampler.top_k = 1
    assert sampler.drawn == []  # they were drawn from another distribution


@pytest.mark.parametrize(("name", "value"), [
    ("temperature", 0), ("temperature", math.nan), ("temperature", "warm"), ("temperature", True),
    ("top_k", 0), ("top_k", 5), ("top_k", 1.5), ("top_p", 0), ("top_p", 1.1), ("top_p", None),
])
def test_a_setting_out_of_range_changes_nothing(name, value):
    sampler = wb.lesson.Sampler(HALVES)
    before = sampler.bars
    with pytest.raises(WorkbenchError, match=f"{name} is .*allowed"):
        setattr(sampler, name, value)
    assert sampler.bars == before and getattr(sampler, name) is not value
    if value is not None:
        with pytest.raises(WorkbenchError, match=f"{name} is .*allowed"):
            wb.lesson.Sampler(HALVES, **{name: value})


@pytest.mark.parametrize(("logits", "said"), [
    ("abc", "a row of numbers"), ([], r"shape \(0,\)"), (torch.zeros(1, 2, 3), r"\(1, 2, 3\)"),
    ([0.0, math.nan, math.inf], "2 of 3 logits"), ([-math.inf] * 2, "0 of 2 logits"),
])
def test_logits_that_are_none(logits, said):
    with pytest.raises(DataError, match=said):
        wb.lesson.Sampler(logits)


def test_one_name_a_logit():
    with pytest.raises(DataError, match="3 names for 4 logits"):
        wb.lesson.Sampler(HALVES, "abc")
