"""Positions: the formula at chosen places, and what rotary positions are for."""

import math

import pytest
import torch

from workbench.nets.positions import LearnedPositions, Rotary, SinusoidalPositions, sinusoids


def test_sinusoids_by_the_formula():
    table = sinusoids(50, 6)
    for pos in (0, 1, 49):
        for i in range(3):
            angle = pos / 10000 ** (2 * i / 6)
            assert table[pos, 2 * i].item() == pytest.approx(math.sin(angle), abs=1e-5)
            assert table[pos, 2 * i + 1].item() == pytest.approx(math.cos(angle), abs=1e-5)


def test_an_odd_width_ends_in_a_sine():
    assert sinusoids(4, 5).shape == (4, 5)
    last = (torch.arange(4.0) / 10000 ** (4 / 5)).sin()
    torch.testing.assert_close(sinusoids(4, 5)[:, 4], last)
    torch.testing.assert_close(sinusoids(3, 1)[:, 0], torch.arange(3.0).sin())


def test_learned_and_sinusoidal_start_where_told():
    for positions in (LearnedPositions(10, 4), SinusoidalPositions(10, 4)):
        whole = positions(torch.zeros(1, 10, 4))
        torch.testing.assert_close(positions(torch.zeros(1, 3, 4), 5), whole[:, 5:8])


def test_rotary_products_depend_on_the_distance_alone():
    torch.manual_seed(0)
    rotary, q, k = Rotary(8), torch.randn(1, 1, 1, 8), torch.randn(1, 1, 1, 8)

    def product(at_q, at_k):
        turned = rotary(q, torch.tensor([[at_q]])), rotary(k, torch.tensor([[at_k]]))
        return (turned[0] * turned[1]).sum().item()

    assert product(3, 1) == pytest.approx(product(103, 101), abs=1e-4)
    assert product(3, 1) != pytest.approx(product(3, 2), abs=1e-2)
    assert torch.equal(rotary(q, torch.tensor([[0]])), q)
    turned = rotary(q, torch.tensor([[77]]))
    assert turned.norm().item() == pytest.approx(q.norm().item(), rel=1e-5)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Rotary(7), ["head_size=7"]),
        (lambda: LearnedPositions(4, 2)(torch.zeros(1, 5, 2)), ["5 tokens", "4 positions"]),
        (lambda: SinusoidalPositions(4, 2)(torch.zeros(1, 2, 2), 3), ["5 tokens", "4 positions"]),
        (lambda: LearnedPositions(4, 2)(torch.zeros(1, 0, 2)), ["0 tokens"]),
    ],
)
def test_bad_input_names_the_sizes(call, words):
    with pytest.raises(ValueError) as error:
        call()
    assert all(word in str(error.value) for word in words), str(error.value)
