"""The pre-training objectives: shares, whole words, labels, and losses by hand."""

import math

import pytest
import torch

from workbench.nets.objectives import (
    causal_lm_batch,
    contrastive_loss,
    mask_tokens,
    next_sentence_pairs,
)

MASK = 4


def masked(ids, special=None, seed=0, **options):
    special = torch.zeros_like(ids, dtype=torch.bool) if special is None else special
    generator = torch.Generator().manual_seed(seed)
    options = {"mask_id": MASK, "vocab_size": 1000, "generator": generator, **options}
    return mask_tokens(ids, special, **options)


def test_shares_of_masked_random_and_kept():
    ids = torch.randint(5, 1000, (400, 500))
    special = torch.zeros_like(ids, dtype=torch.bool)
    special[:, 0] = True
    new, labels = masked(ids, special)
    chosen = labels != -100
    assert torch.equal(labels[chosen], ids[chosen]) and torch.equal(new[~chosen], ids[~chosen])
    assert not chosen[:, 0].any()
    assert chosen[:, 1:].float().mean().item() == pytest.approx(0.15, abs=0.005)
    share = [(new == MASK)[chosen], (new == ids)[chosen], ((new != MASK) & (new != ids))[chosen]]
    share = [s.float().mean().item() for s in share]
    assert share == pytest.approx([0.8, 0.1, 0.1], abs=0.01)


def test_whole_words():
    """Tokens of one word are hidden together, words are hidden independently."""
    words = torch.tensor([-1, 0, 0, 1, 2, 2, 2, 3, -1]).expand(20_000, 9)
    ids = torch.randint(5, 1000, words.shape)
    _, labels = masked(ids, words < 0, probability=0.3, word_ids=words)
    chosen = labels != -100
    assert not chosen[:, [0, 8]].any()
    for pieces in ([1, 2], [3], [4, 5, 6], [7]):
        together = chosen[:, pieces]
        assert torch.equal(together.all(1), together.any(1))
        assert together[:, 0].float().mean().item() == pytest.approx(0.3, abs=0.015)
    both = (chosen[:, 1] & chosen[:, 4]).float().mean().item()
    assert both == pytest.approx(0.09, abs=0.01)


def test_numbers_of_words_may_exceed_the_length():
    """A window cut out of a long text keeps the numbers of its words."""
    words = torch.tensor([[700, 700, 701]])
    _, labels = masked(torch.tensor([[7, 8, 9]]), probability=1.0, word_ids=words)
    assert labels.tolist() == [[7, 8, 9]]
    _, labels = masked(torch.tensor([[7, 8, 9]]), probability=0.0)
    assert labels.tolist() == [[-100] * 3]


def test_masking_repeats_itself():
    ids = torch.randint(5, 1000, (3, 50))
    assert torch.equal(masked(ids)[0], masked(ids)[0])
    assert not torch.equal(masked(ids)[0], masked(ids, seed=1)[0])


def test_causal_batches_are_one_token_apart():
    ids = torch.arange(100)
    inputs, targets = causal_lm_batch(ids, 500, 7, generator=torch.Generator().manual_seed(0))
    assert inputs.shape == (500, 7) and torch.equal(targets, inputs + 1)
    assert inputs.min() == 0 and targets.max() == 99, "every place of the text can be drawn"
    assert causal_lm_batch(ids[:8], 2, 7)[0].tolist() == [[0, 1, 2, 3, 4, 5, 6]] * 2


def test_next_sentence_pairs():
    documents = [[f"{d}.{s}" for s in range(50)] for d in range(40)] + [[]]
    pairs = next_sentence_pairs(documents)
    assert len(pairs) == 40 * 49
    for first, second, label in pairs:
        (a, i), (b, j) = first.split("."), second.split(".")
        assert (a == b and int(j) == int(i) + 1) if label == 0 else a != b
    assert sum(label for *_, label in pairs) / len(pairs) == pytest.approx(0.5, abs=0.04)
    assert pairs == next_sentence_pairs(documents) != next_sentence_pairs(documents, seed=1)


def test_contrastive_loss_by_hand():
    """Cosines [[1, 0], [0, 1]] over τ = 1/2: each picks its partner with e² / (e² + 1)."""
    left, right = torch.tensor([[3.0, 0], [0, 1]]), torch.tensor([[1.0, 0], [0, 7]])
    expected = -math.log(math.e**2 / (math.e**2 + 1))
    assert contrastive_loss(left, right, temperature=0.5).item() == pytest.approx(expected)
    alike = torch.ones(8, 3)
    assert contrastive_loss(alike, alike).item() == pytest.approx(math.log(8))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: masked(torch.ones(2, 3).long(), torch.ones(2, 2).bool()), ["(2, 2)", "(2, 3)"]),
        (lambda: masked(torch.ones(2, 3).long(), torch.ones(2, 3)), ["torch.float32"]),
        (lambda: causal_lm_batch(torch.arange(5), 1, 5), ["5 tokens", "windows of 5"]),
        (lambda: next_sentence_pairs([["a", "b"], []]), ["2 documents"]),
        (lambda: contrastive_loss(torch.ones(2, 3), torch.ones(3, 3)), ["(2, 3)", "(3, 3)"]),
        (lambda: contrastive_loss(torch.ones(1, 1), torch.ones(1, 1), temperature=0), ["=0"]),
    ],
)
def test_bad_input_names_the_sizes(call, words):
    with pytest.raises(ValueError) as error:
        call()
    assert all(word in str(error.value) for word in words), str(error.value)
