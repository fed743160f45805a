"""Skip-gram: the pairs, the loss and its sampling by hand; and words that mean alike come close."""

import math
import random

import pytest
import torch

from workbench.nets.word2vec import SkipGram, nearest, skip_gram_pairs, subsample, train_skip_gram


def test_pairs_by_hand():
    pairs = skip_gram_pairs(torch.tensor([5, 6, 7, 8]), 2)
    ahead = [(5, 6), (6, 7), (7, 8), (5, 7), (6, 8)]
    assert sorted(map(tuple, pairs.tolist())) == sorted(ahead + [(b, a) for a, b in ahead])
    assert len(skip_gram_pairs(torch.tensor([1, 2]), 5)) == 2


def test_loss_by_hand():
    """Two words, one wrong neighbour that can only be word 1: all products are known."""
    model = SkipGram(2, 2, torch.tensor([0, 3]))
    with torch.no_grad():
        model.center.weight.copy_(torch.tensor([[1.0, 2.0], [0, 0]]))
        model.neighbour.weight.copy_(torch.tensor([[3.0, 0.0], [0.0, -1.0]]))
    loss = model(torch.tensor([[0, 0]]), negatives=2)
    expected = -math.log(1 / (1 + math.exp(-3))) - 2 * math.log(1 / (1 + math.exp(-2)))
    assert loss.item() == pytest.approx(expected)


def test_wrong_neighbours_by_counts_to_three_quarters():
    model = SkipGram(3, 4, torch.tensor([1, 16, 81]))
    assert model.noise.tolist() == pytest.approx([1, 8, 27])


def test_subsampling_keeps_by_the_formula():
    ids = torch.cat([torch.zeros(90_000), torch.arange(1, 10_001)]).long()
    kept = subsample(ids, threshold=0.01, generator=torch.Generator().manual_seed(0))
    assert (kept == 0).sum().item() == pytest.approx(90_000 * math.sqrt(0.01 / 0.9), rel=0.03)
    assert (kept > 0).sum().item() == 10_000, "rare words all stay"


def test_words_used_alike_come_close():
    """Day words stand among day words' neighbours, food words among theirs."""
    rng, text = random.Random(0), []
    for _ in range(3000):
        group = rng.choice([(0, 1, 2, 3), (4, 5, 6, 7)])
        text += [rng.choice(group[:2]), rng.choice(group[2:]), 8]
    options = {"width": 8, "window": 1, "steps": 600, "batch_size": 256, "threshold": 1.0}
    model, losses = train_skip_gram(torch.tensor(text), 9, **options)
    assert losses[-1] < losses[0]
    for a, b in ((0, 1), (4, 5), (2, 3), (6, 7)):
        ids, cosines = nearest(model.center.weight.detach(), a, 1)
        assert ids == [b] and cosines[0] > 0.8


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: skip_gram_pairs(torch.tensor([1]), 2), ["1 tokens"]),
        (lambda: skip_gram_pairs(torch.tensor([1, 2]), 0), ["window=0"]),
        (lambda: nearest(torch.eye(3), 3), ["word 3", "3 vectors"]),
    ],
)
def test_bad_input_names_the_values(call, words):
    with pytest.raises(ValueError) as error:
        call()
    assert all(word in str(error.value) for word in words), str(error.value)
