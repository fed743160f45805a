"""Decoding against the library's, and beam search against trying everything."""

import itertools
import math

import pytest
import torch

from workbench.nets.decoding import beam_search, filter_logits, generate, sampler
from workbench.nets.transformer import Transformer


def table_step(table):
    """A model whose next-token logits depend on the last token alone."""
    return lambda tokens, cache=None: table[tokens]


@pytest.mark.parametrize("length_penalty", [0.0, 1.0, 2.0])
def test_wide_beams_find_the_best_of_all_texts(length_penalty):
    torch.manual_seed(1)
    vocab, end, longest = 4, 3, 4
    table = torch.randn(vocab, vocab) * 2
    log_p = table.log_softmax(-1)

    def score(text):
        pairs = zip((0, *text), text, strict=False)
        return sum(log_p[a, b].item() for a, b in pairs) / len(text) ** length_penalty

    texts = [
        text
        for n in range(1, longest + 1)
        for text in itertools.product(range(vocab), repeat=n)
        if end not in text[:-1] and (text[-1] == end or n == longest)
    ]
    best = sorted(texts, key=score, reverse=True)[:3]
    found = beam_search(
        table_step(table),
        torch.tensor([[0]]),
        beams=vocab**longest,
        max_new_tokens=longest,
        end_id=end,
        length_penalty=length_penalty,
    )
    assert [tuple(text) for _, text in found[:3]] == best
    assert found[0][0] == pytest.approx(score(best[0]), abs=1e-5)


def test_beams_see_what_greedy_misses():
    """Greedy takes 1 (0.6) and then can only hesitate; 2 (0.4) leads to a certain 3."""
    p = torch.tensor([[0, 0.6, 0.4, 0], [0.4, 0.3, 0.2, 0.1], [0, 0, 0, 1], [0, 0, 0, 1]])
    step = table_step(p.log().clamp(min=-1e4))
    start = torch.tensor([[0]])
    assert generate(step, start, max_new_tokens=2).tolist() == [[0, 1, 0]]
    options = {"max_new_tokens": 2, "length_penalty": 0.0}
    assert beam_search(step, start, beams=2, **options)[0] == (pytest.approx(math.log(0.4)), [2, 3])
    assert beam_search(step, start, beams=1, **options)[0][1] == [1, 0]


def test_rows_end_on_their_own():
    table = torch.full((5, 5), -10.0)
    for a, b in ((1, 4), (2, 3), (3, 1), (4, 4)):
        table[a, b] = 10.0
    starts = torch.tensor([[1], [2]])
    out = generate(table_step(table), starts, max_new_tokens=9, end_id=4, pad_id=0)
    assert out.tolist() == [[1, 4, 0, 0], [2, 3, 1, 4]]


@pytest.mark.parametrize("beams", [1, 3])
def test_beams_with_a_cache_equal_beams_without(beams):
    torch.manual_seed(0)
    model = Transformer(9, 9, d_model=16, n_heads=2, n_layers=2, d_ff=32, max_length=20).eval()
    source, start = torch.tensor([[3, 4, 5]]), torch.tensor([[1]])
    options = {"beams": beams, "max_new_tokens": 10, "end_id": 2}
    plain = beam_search(model.step(source), start, **options)
    cached = beam_search(model.step(source), start, cache=model.decoder.new_cache(), **options)
    assert [text for _, text in plain] == [text for _, text in cached]
    assert [s for s, _ in plain] == pytest.approx([s for s, _ in cached], abs=1e-4)


@pytest.mark.parametrize(("top_k", "top_p"), [(3, None), (None, 0.7), (4, 0.5), (50, 1.0)])
def test_filters_equal_the_library(top_k, top_p):
    from transformers import (
        LogitsProcessorList,
        TemperatureLogitsWarper,
        TopKLogitsWarper,
        TopPLogitsWarper,
    )

    logits = torch.randn(20, 11, generator=torch.Generator().manual_seed(0)) * 3
    chain = LogitsProcessorList([TemperatureLogitsWarper(0.7)])
    chain += [TopKLogitsWarper(top_k)] if top_k else []
    chain += [TopPLogitsWarper(top_p)] if top_p else []
    expected = chain(None, logits)
    found = filter_logits(logits, temperature=0.7, top_k=top_k, top_p=top_p)
    torch.testing.assert_close(found, expected)


def test_sampling_draws_by_the_probabilities():
    choose = sampler(generator=torch.Generator().manual_seed(0), top_k=2)
    logits = torch.tensor([0.1, 0.3, 0.6]).log().expand(3000, 3)
    counts = torch.bincount(choose(logits), minlength=3) / 3000
    assert counts[0] == 0
    assert counts[2].item() == pytest.approx(2 / 3, abs=0.03)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: filter_logits(torch.ones(3), temperature=0), ["temperature=0"]),
        (lambda: filter_logits(torch.ones(3), top_k=0), ["top_k=0"]),
        (lambda: filter_logits(torch.ones(3), top_p=1.5), ["top_p=1.5"]),
        (
            lambda: beam_search(None, torch.ones(2, 1).long(), beams=2, max_new_tokens=1),
            ["one row, not 2"],
        ),
        (
            lambda: beam_search(None, torch.ones(1, 1).long(), beams=0, max_new_tokens=1),
            ["beams=0"],
        ),
    ],
)
def test_bad_input_names_the_values(call, words):
    with pytest.raises(ValueError) as error:
        call()
    assert all(word in str(error.value) for word in words), str(error.value)
