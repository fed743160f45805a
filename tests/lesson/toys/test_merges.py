"""Merges by hand and as the tokenizers library makes them; what cannot be learnt from."""

import random

import pytest

import workbench as wb
from workbench.errors import DataError, WorkbenchError

CHINESE = "我们学习语言模型，语言模型学习我们。模型写语言，我们读语言。"


def library(texts, most):
    """Merges of the tokenizers library, and a function that cuts by the first n of them."""
    import json

    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    alphabet = {one for text in texts for one in text if not one.isspace()}
    trainer = trainers.BpeTrainer(
        vocab_size=len(alphabet) + most, min_frequency=2, show_progress=False
    )
    made.train_from_iterator(texts, trainer)
    vocab = made.get_vocab()
    merges = [tuple(pair) for pair in json.loads(made.to_str())["model"]["merges"]]

    def cut(text, n):
        own = Tokenizer(models.BPE(vocab, merges[:n]))
        own.pre_tokenizer = pre_tokenizers.Whitespace()
        return own.encode(text).tokens

    return merges, cut


def test_merges_by_hand():
    # Sennrich et al. 2016 without their end-of-word sign: es in newest and widest, 6 + 3
    text = "low " * 5 + "lower " * 2 + "newest " * 6 + "widest " * 3
    toy = wb.lesson.Merges({"English": text}, {"a": "lowest newer"}, most=3)
    assert toy.learnt == [("e", "s", 9), ("es", "t", 9), ("l", "o", 7)]
    assert toy.cut("lowest newer") == ["lo", "w", "est", "n", "e", "w", "e", "r"]
    toy.at = 0
    assert toy.cut("lowest") == list("lowest") and "every character" in str(toy)
    assert toy.frame().to_dict("records") == [{"sentence": "a", "characters": 11, "pieces": 11}]


@pytest.mark.parametrize("seed", range(4))
def test_merges_are_those_of_the_library(seed):
    draw = random.Random(seed)
    drawn = ["".join(draw.choices("aab语言", k=draw.randint(1, 7))) for _ in range(60)]
    texts = {"Chinese": CHINESE * 2, "English": "the cat, then the other cat; " * 3}
    texts["drawn"] = " ".join(drawn)
    toy = wb.lesson.Merges(texts, {"x": CHINESE}, most=40)
    merges, cut = library(list(texts.values()), 40)
    assert [pair[:2] for pair in toy.learnt] == merges
    for toy.at in (0, 3, 20, len(merges)):
        for text in (CHINESE, "the other tea, 语言", texts["drawn"]):
            assert toy.cut(text) == cut(text, toy.at)


def test_fewer_than_asked_for_is_said():
    toy = wb.lesson.Merges({"": "aa aa b"}, {"": "aab"}, most=9)
    assert toy.learnt == [("a", "a", 2)]
    assert str(toy) == ("1 of 1 merges, the last: a + a, seen 2 times. 9 were asked for; "
                        "no other pair occurs twice.")


@pytest.mark.parametrize(("texts", "sentences"), [({}, {"": "a"}), ({"": " "}, {"": "a"}),
                                                  ({"": "a"}, {}), ({"": "a"}, {"": "\n"})])
def test_nothing_to_learn_from_or_to_cut(texts, sentences):
    with pytest.raises(DataError, match="both need at least one"):
        wb.lesson.Merges(texts, sentences)


@pytest.mark.parametrize("value", [-1, 2, 0.5, None, True, "1"])
def test_settings_out_of_range(value):
    toy = wb.lesson.Merges({"": "aa aa"}, {"": "a"})
    with pytest.raises(WorkbenchError, match="from 0 to 1 is allowed"):
        toy.at = value
    assert toy.at == 1
    if value != 2:
        with pytest.raises(WorkbenchError, match="from 1 on is allowed"):
            wb.lesson.Merges({"": "aa aa"}, {"": "a"}, most=value)
