"""Tokens to ids and back."""

import pytest
import torch

from workbench.nets.vocabulary import Vocabulary, check_ids, words


def test_words():
    assert words("O, what's Done!  ") == ["o", ",", "what's", "done", "!"]
    assert words("") == []


def test_order_rare_and_unknown():
    text = "b a a c c c d".split()
    vocabulary = Vocabulary(text, specials=["<pad>", "<unk>"], min_count=2, unknown="<unk>")
    assert vocabulary.tokens == ["<pad>", "<unk>", "c", "a"]
    assert vocabulary.encode("a b c".split()) == [3, 1, 2]
    assert vocabulary.decode(torch.tensor([2, 1])) == ["c", "<unk>"]
    assert Vocabulary(text, max_size=2).tokens == ["c", "a"]
    assert Vocabulary("b a".split()).tokens == ["a", "b"], "equally frequent: by name"
    assert vocabulary.encode([]) == []


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: Vocabulary(["a"]).encode(["a", "b"]), ["'b'", "1 of the vocabulary"]),
        (lambda: Vocabulary([]), ["0 tokens"]),
        (lambda: Vocabulary(["a"], unknown="<unk>"), ["'<unk>'"]),
        (lambda: check_ids(torch.tensor([[1, 5]]), 5), ["token 5", "has 5"]),
        (lambda: check_ids(torch.tensor([1]), 5), ["(1,)"]),
        (lambda: check_ids(torch.ones(2, 0).long(), 5), ["(2, 0)"]),
    ],
)
def test_bad_input_names_the_values(call, named):
    with pytest.raises(ValueError) as error:
        call()
    assert all(word in str(error.value) for word in named), str(error.value)
