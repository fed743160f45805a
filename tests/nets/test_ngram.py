"""n-gram models against a corpus worked by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.nets.ngram import AddK, KneserNey, perplexity

# <s> I am Sam </s>, <s> Sam I am </s>, <s> I do not </s>: the corpus of Jurafsky and Martin, short
S, END, ME, AM, SAM, DO, NOT = range(7)
CORPUS = [[S, ME, AM, SAM, END], [S, SAM, ME, AM, END], [S, ME, DO, NOT, END]]


def test_bigrams_by_hand():
    model = AddK(2, 7, k=0).fit(CORPUS)
    expected = {
        (S, ME): 2 / 3,
        (S, SAM): 1 / 3,
        (ME, AM): 2 / 3,
        (AM, SAM): 1 / 2,
        (SAM, END): 1 / 2,
    }
    for (history, token), p in expected.items():
        assert model.probability(token, [history]) == pytest.approx(p)
    assert model.probability(NOT, [S]) == 0
    # P = 2/3 · 2/3 · 1/2 · 1/2 over four guessed tokens
    scores = model.log_probs(CORPUS[0])
    assert math.exp(scores.sum()) == pytest.approx(1 / 9)
    assert perplexity(scores) == pytest.approx(9 ** (1 / 4))
    assert perplexity(model.log_probs([S, NOT])) == math.inf


def test_add_one_by_hand():
    model = AddK(2, 7, k=1).fit(CORPUS)
    assert model.probability(ME, [S]) == pytest.approx((2 + 1) / (3 + 7))
    assert model.probability(NOT, [S]) == pytest.approx(1 / 10)
    assert model.probability(DO, [END]) == pytest.approx(1 / 7)
    assert AddK(1, 7, k=0).fit(CORPUS).probability(ME) == pytest.approx(3 / 15)
    assert AddK(2, 7, k=0).fit(CORPUS).probability(ME, [END]) == pytest.approx(1 / 7)


def test_kneser_ney_by_hand():
    """D = 1/2. There are 10 different bigrams, 2 of them end in I; three tokens follow nothing."""
    model = KneserNey(2, 7, discount=0.5).fit(CORPUS)
    bigrams = {tuple(pair) for text in CORPUS for pair in zip(text, text[1:], strict=False)}
    assert len(bigrams) == 10

    # I after <s>, I after Sam: 2 contexts; 6 different tokens stand after something
    p_i = (2 - 0.5) / 10 + 0.5 * 6 / 10 / 7
    assert model.probability(ME) == pytest.approx(p_i)
    # <s> is followed 3 times, by 2 different tokens; I follows it twice
    assert model.probability(ME, [S]) == pytest.approx((2 - 0.5) / 3 + 0.5 * 2 / 3 * p_i)
    # NOT never follows <s>: only what was taken off the others
    p_not = (1 - 0.5) / 10 + 0.5 * 6 / 10 / 7
    assert model.probability(NOT, [S]) == pytest.approx(0.5 * 2 / 3 * p_not)
    # nothing follows </s>: the shorter history decides
    assert model.probability(ME, [END]) == pytest.approx(p_i)


def test_kneser_ney_knows_francisco():
    """A word that is frequent after one word only is unlikely after another."""
    san, francisco, glasses, reading, new = range(5)
    texts = [[san, francisco]] * 20 + [[a, glasses] for a in (reading, new, glasses)]
    assert AddK(1, 5, k=0).fit(texts).probability(francisco) > 0.4
    model = KneserNey(2, 5, discount=0.75).fit(texts)
    assert model.probability(glasses) > 2 * model.probability(francisco)
    add_k = AddK(2, 5, k=0.1).fit(texts)
    assert add_k.probability(glasses, [francisco]) == add_k.probability(francisco, [francisco])
    assert model.probability(glasses, [francisco]) > 2 * model.probability(francisco, [francisco])


def test_estimated_discount():
    model = KneserNey(2, 7).fit(CORPUS)
    # bigrams that stand once: 8, twice: 2 (<s> I, I am)
    assert model.discounts[2] == pytest.approx(8 / (8 + 2 * 2))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 4), max_size=12), min_size=1, max_size=5).filter(any),
    st.integers(1, 4),
    st.lists(st.integers(0, 4), max_size=5),
    st.sampled_from([("k", 0.0), ("k", 0.1), ("kn", None), ("kn", 0.3)]),
)
def test_every_distribution_sums_to_one(texts, order, history, kind):
    name, value = kind
    model = AddK(order, 5, value) if name == "k" else KneserNey(order, 5, value)
    p = model.fit(texts).probabilities(history)
    assert p.shape == (5,) and (p >= 0).all()
    assert p.sum() == pytest.approx(1)


def test_perplexity_of_what_is_known_and_of_nothing():
    assert perplexity(np.zeros(5)) == 1
    uniform = AddK(1, 32, k=1e9).fit([[0, 1]])
    assert perplexity(uniform.log_probs(range(32))) == pytest.approx(32, rel=1e-6)
    text = [0, 1, 2] * 40
    assert perplexity(KneserNey(3, 3).fit([text]).log_probs(text)) < 1.1
    short = KneserNey(3, 3).fit([text]).log_probs([0, 1])
    assert short.shape == (1,)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: AddK(0, 5), ["order=0"]),
        (lambda: AddK(2, 5, k=-1), ["k=-1"]),
        (lambda: KneserNey(2, 5, discount=1.0), ["discount=1.0"]),
        (lambda: AddK(2, 5).fit([[0, 5]]), ["to 5", "has 5"]),
        (lambda: AddK(2, 5).fit([[]]), ["0 tokens"]),
        (lambda: AddK(2, 5).fit([]), ["0 tokens"]),
        (lambda: AddK(2, 5).fit([[1]]).log_probs([1]), ["1 tokens"]),
    ],
)
def test_bad_input_names_the_values(call, words):
    with pytest.raises(ValueError) as error:
        call()
    assert all(word in str(error.value) for word in words), str(error.value)
