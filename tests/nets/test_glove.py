"""GloVe: counts and loss by hand, and what it learns."""

import math
import random

import pytest
import torch

from workbench.nets.glove import GloVe, cooccurrences, train_glove


def test_counts_by_hand():
    """The text 0 1 0 2 with two words to each side."""
    pairs, counts = cooccurrences(torch.tensor([0, 1, 0, 2]), 3, 2)
    found = dict(zip(map(tuple, pairs.tolist()), counts.tolist(), strict=True))
    # 0-1 twice beside each other; 0-0 two apart, seen from both; 0-2 beside; 1-2 two apart
    both = {(0, 1): 2.0, (0, 2): 1.0, (1, 2): 0.5}
    assert found == {(0, 0): 1.0} | both | {(b, a): n for (a, b), n in both.items()}
    assert sum(found.values()) == 2 * (3 * 1 + 2 * 0.5)


def test_loss_by_hand():
    """One pair with a small count, one above the most: 1/4 and 1 are their weights."""
    model = GloVe(2, 2)
    with torch.no_grad():
        model.center.weight.copy_(torch.tensor([[1.0, 2.0], [0, 0]]))
        model.neighbour.weight.copy_(torch.tensor([[0.0, 0.0], [3.0, -1.0]]))
        model.center_bias.weight.copy_(torch.tensor([[0.5], [0.25]]))
        model.neighbour_bias.weight.copy_(torch.tensor([[0.0], [1.0]]))
    loss = model(torch.tensor([[0, 1], [1, 1]]), torch.tensor([4.0, 99.0]), most=16.0, power=1.0)
    expected = (0.25 * (1 + 1.5 - math.log(4)) ** 2 + (1.25 - math.log(99)) ** 2) / 2
    assert loss.item() == pytest.approx(expected)
    assert model.vectors().tolist() == [[1.0, 2.0], [3.0, -1.0]]


def test_what_is_learnt_is_the_logarithm_of_the_counts():
    """With room enough each product, with its biases, ends at ln x of its pair."""
    text = torch.tensor(random.Random(0).choices(range(6), [1, 2, 3, 4, 5, 6], k=400))
    model, losses = train_glove(text, 6, width=16, window=2, steps=1500, batch_size=64, most=1.0)
    pairs, counts = cooccurrences(text, 6, 2)
    word, near = model.center.weight[pairs[:, 0]], model.neighbour.weight[pairs[:, 1]]
    bias = model.center_bias.weight[pairs[:, 0]] + model.neighbour_bias.weight[pairs[:, 1]]
    assert ((word * near).sum(-1) + bias[:, 0] - counts.log()).abs().max() < 0.05
    assert losses[-1] < losses[0] / 100


def test_a_text_without_neighbours_is_said():
    with pytest.raises(ValueError, match="1 tokens"):
        cooccurrences(torch.tensor([1]), 2, 2)
