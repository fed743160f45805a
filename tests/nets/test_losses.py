"""Losses from their formulas equal torch's, and a few by hand."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from workbench.nets.losses import binary_cross_entropy, cross_entropy, focal, mean_squared_error


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 6),
    st.integers(1, 5),
    st.sampled_from([0.0, 0.1, 0.5]),
    st.booleans(),
    st.booleans(),
)
def test_cross_entropy_equals_torch(seed, rows, classes, smoothing, weighted, ignore):
    torch.manual_seed(seed)
    logits = (torch.randn(rows, 3, classes) * 5).requires_grad_()
    labels = torch.randint(classes, (rows, 3))
    if ignore:
        labels[torch.rand(rows, 3) < 0.4] = -100
        labels[0, 0] = 0
    weight = torch.rand(classes) + 0.1 if weighted else None
    options = {"weight": weight, "label_smoothing": smoothing}
    loss = cross_entropy(logits, labels, **options)
    expected = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), **options)
    torch.testing.assert_close(loss, expected, atol=1e-5, rtol=1e-5)
    grads = [torch.autograd.grad(x, logits, retain_graph=True)[0] for x in (loss, expected)]
    torch.testing.assert_close(*grads, atol=1e-5, rtol=1e-4)


def test_by_hand():
    logits = torch.tensor([[0.0, math.log(3)]])  # p = 1/4, 3/4
    one = torch.tensor([1])
    assert cross_entropy(logits, one).item() == pytest.approx(math.log(4 / 3))
    smoothed = -0.9 * math.log(3 / 4) - 0.1 / 2 * (math.log(1 / 4) + math.log(3 / 4))
    assert cross_entropy(logits, one, label_smoothing=0.1).item() == pytest.approx(smoothed)
    assert focal(logits, one, gamma=2).item() == pytest.approx(math.log(4 / 3) / 16)
    assert focal(logits, one, gamma=0).item() == pytest.approx(math.log(4 / 3))
    both = torch.tensor([[0.0, math.log(3)]] * 2)
    weighted = cross_entropy(both, torch.tensor([0, 1]), weight=torch.tensor([3.0, 1.0]))
    assert weighted.item() == pytest.approx((3 * math.log(4) + math.log(4 / 3)) / 4)


def test_focal_gradient_is_finite_where_the_net_is_certain():
    logits = torch.tensor([[100.0, 0.0], [0.0, 100.0]], requires_grad=True)
    focal(logits, torch.tensor([0, 0]), gamma=0.5).backward()
    assert logits.grad.isfinite().all()


def test_nothing_to_average_is_zero():
    logits = torch.randn(2, 3, requires_grad=True)
    loss = cross_entropy(logits, torch.tensor([-100, -100]), label_smoothing=0.1)
    loss.backward()
    assert loss.item() == 0 and torch.equal(logits.grad, torch.zeros(2, 3))


def test_binary_and_squared_equal_torch():
    torch.manual_seed(0)
    x, y = torch.randn(50, 4) * 30, torch.rand(50, 4).round()
    expected = F.binary_cross_entropy_with_logits(x, y)
    torch.testing.assert_close(binary_cross_entropy(x, y), expected)
    torch.testing.assert_close(binary_cross_entropy(x, y.long()), expected)
    assert binary_cross_entropy(torch.tensor([1e4]), torch.tensor([0.0])).item() == 1e4
    torch.testing.assert_close(mean_squared_error(x, y), F.mse_loss(x, y))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: cross_entropy(torch.ones(2, 3), torch.ones(3).long()), ["(2, 3)", "(3,)"]),
        (lambda: cross_entropy(torch.ones(1, 3), torch.tensor([3])), ["3 to 3", "0 to 2"]),
        (lambda: cross_entropy(torch.ones(1, 3), torch.tensor([-1])), ["-1 to -1"]),
        (lambda: binary_cross_entropy(torch.ones(2), torch.ones(3)), ["(2,)", "(3,)"]),
        (lambda: mean_squared_error(torch.ones(2, 1), torch.ones(2)), ["(2, 1)", "(2,)"]),
    ],
)
def test_bad_input_names_the_sizes(call, words):
    with pytest.raises(ValueError) as error:
        call()
    assert all(word in str(error.value) for word in words), str(error.value)
