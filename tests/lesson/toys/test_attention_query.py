"""Weights and output by hand and as torch has them; masks; what cannot be asked."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

import workbench as wb
from workbench.errors import DataError, WorkbenchError

KEYS, VALUES = [[0, 0], [1, 0], [0, 2]], [[4, 0], [0, 4], [8, 8]]
LN_2 = math.sqrt(2) * math.log(2)  # divided by √d it is ln 2


def test_weights_by_hand():
    toy = wb.lesson.AttentionQuery(KEYS, VALUES, ["the", "cat", "sleeps"], query=(LN_2, 0))
    assert np.allclose(toy.weights, [1 / 4, 2 / 4, 1 / 4]) and np.allclose(toy.output, [3, 4])
    assert str(toy) == ("The query sees 3 of 3 keys; the heaviest is 'cat' with 0.500, "
                        "and the output is (3.00, 4.00).")
    toy.query = [0, LN_2]  # scores 0, 0, 2 ln 2
    assert np.allclose(toy.weights, [1 / 6, 1 / 6, 4 / 6])
    toy.length = 2  # what was cut is handed out again in proportion
    assert toy.weights.tolist() == [0.5, 0.5, 0.0] and np.allclose(toy.output, [2, 2])
    toy.off = [0]
    assert toy.weights.tolist() == [0.0, 1.0, 0.0] and toy.output.tolist() == [0, 4]
    assert toy.frame().to_dict("records")[2] == {
        "key": "sleeps", "score": pytest.approx(2 * math.log(2)), "weight": 0.0, "seen": False,
    }  # fmt: skip
    toy.off = [1, 0, 1]
    assert toy.off == [0, 1] and not toy.weights.any() and not toy.output.any()
    assert repr(toy) == "The query sees 0 of 3 keys; all weights and the output are 0."


@pytest.mark.parametrize("seed", range(3))
def test_output_is_that_of_torch(seed):
    draw = np.random.default_rng(seed)
    keys, values = draw.normal(size=(2, 6, 2)) * 3
    toy = wb.lesson.AttentionQuery(keys, torch.as_tensor(values))
    for length, off in ((6, []), (4, [0, 2]), (6, [5]), (3, [0, 1, 2])):
        toy.query, toy.length, toy.off = draw.uniform(-2, 2, 2), length, off
        mask = torch.tensor([i < length and i not in off for i in range(6)])
        given = [torch.as_tensor(x) for x in (np.array([toy.query]), keys, values)]
        assert np.allclose(toy.output, F.scaled_dot_product_attention(*given, mask[None])[0])
        assert (toy.weights[~mask.numpy()] == 0).all()
        assert toy.weights.sum() == pytest.approx(float(mask.any()))


@pytest.mark.parametrize(("furthest", "extent"), [(2, 2.5), (0.01, 0.0125), (4000, 5000), (0, 1)])
def test_the_plane_is_as_wide_as_its_keys(furthest, extent):
    toy = wb.lesson.AttentionQuery([[0, -furthest]], [[0, 0]], query=(extent, -extent))
    assert toy.extents[0] == extent and toy.weights.tolist() == [1]
    assert wb.lesson.AttentionQuery([[0, furthest]], [[0, 0]]).query == [extent / 2, 0]


@pytest.mark.parametrize(("name", "value"), [
    ("query", (3, 0)), ("query", (0, math.nan)), ("query", 1), ("query", (1, 0, 0)),
    ("query", "up"), ("query", {}), ("length", -1), ("length", 4), ("length", 1.5),
    ("length", True), ("off", [3]), ("off", [-1]), ("off", 1), ("off", ["cat"]), ("off", "1"),
])
def test_a_setting_out_of_range_changes_nothing(name, value):
    toy = wb.lesson.AttentionQuery(KEYS, VALUES, query=(2.5, -2.5))
    before = toy.rows
    with pytest.raises(WorkbenchError, match=f"{name} is .*allowed"):
        setattr(toy, name, value)
    assert toy.rows == before and toy.query == [2.5, -2.5]
    with pytest.raises(WorkbenchError, match=f"{name} is .*allowed"):
        wb.lesson.AttentionQuery(KEYS, VALUES, **{name: value})


@pytest.mark.parametrize(("keys", "values", "names", "said"), [
    ("ab", VALUES, None, "The keys are 'ab'"), ([], VALUES, None, r"shape \(0,\)"),
    (np.zeros((3, 4)), VALUES, None, r"keys have the shape \(3, 4\)"),
    (KEYS, [[0, 0, math.nan]] * 3, None, r"values have the shape \(3, 3\)"),
    (KEYS, [[0, math.nan]] * 3, None, "3 of 6 numbers of the values are not finite"),
    (KEYS, VALUES[:2], None, "3 keys, 2 values"), (KEYS, VALUES, "ab", "3 values and 2 names"),
])
def test_what_cannot_be_asked(keys, values, names, said):
    with pytest.raises(DataError, match=said):
        wb.lesson.AttentionQuery(keys, values, names)
