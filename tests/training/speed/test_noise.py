"""The cheaper dropout: unbiased, of the probability asked, the same for the same seed."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from workbench.training.speed.noise import cheap_dropout, dropout, keep_factors


@pytest.mark.parametrize("probability", [0.1, 0.5, 0.9])
def test_share_and_mean(probability):
    torch.manual_seed(1)
    factors = keep_factors((1000, 1001), probability)
    n = factors.numel()
    share = float((factors == 0).float().mean())
    assert abs(share - probability) < 5 * (probability * (1 - probability) / n) ** 0.5 + 2**-16
    assert float(factors.max()) == pytest.approx(1 / (1 - probability), rel=2e-4)
    assert float(factors.double().mean()) == pytest.approx(1.0, abs=0.01)
    # the four decisions that share a random number are independent of each other
    lanes = (factors.flatten()[: n // 4 * 4].view(-1, 4) == 0).double()
    correlations = torch.corrcoef(lanes.T) - torch.eye(4)
    assert float(correlations.abs().max()) < 0.02


@given(st.lists(st.integers(0, 7), min_size=1, max_size=3), st.integers(0, 9))
def test_any_shape_and_the_same_noise_for_a_seed(shape, seed):
    torch.manual_seed(seed)
    first = keep_factors(tuple(shape), 0.3)
    torch.manual_seed(seed)
    assert first.shape == tuple(shape)
    assert torch.equal(keep_factors(tuple(shape), 0.3), first)


def test_gradient_is_the_factor():
    values = torch.ones(50, 3, requires_grad=True)
    out = dropout(values, 0.4)
    out.sum().backward()
    assert torch.equal(values.grad, out.detach())
    assert dropout(values, 0.0) is values
    assert not dropout(values, 1.0).any()


def test_modules_are_left_as_they_were():
    net = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))
    values = torch.ones(2, 4)
    with cheap_dropout(net):
        assert "forward" in vars(net[1])
        torch.manual_seed(0)
        first = net(values)
    assert "forward" not in vars(net[1])
    with cheap_dropout(net.eval()):
        assert torch.equal(net(values), net[0](values))
    assert first.shape == (2, 4)
