"""Words from pieces by hand; chosen layers and windows against the whole attention."""

import numpy as np
import pytest
import torch
import transformers as hf

from tests.inspection.inside.heads_model import save_classifier
from tests.inspection.inside.test_attention import save
from tests.training.tiny import WORDS
from workbench.errors import DataError, ModelError
from workbench.inspection import attention_windows, layer_attention, merge_words
from workbench.inspection.inside.attention import Attention, attention

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_classifier(tmp_path_factory.mktemp("classifier"))


@pytest.fixture(scope="module")
def decoder(tmp_path_factory):
    """A byte-level decoder: every byte a piece, so that words and glyphs have several."""
    config = hf.GPT2Config(n_embd=16, n_head=4, n_layer=3, vocab_size=256, n_positions=256)
    return save(tmp_path_factory.mktemp("gpt2"), hf.GPT2LMHeadModel(config), byte_level=True)


def test_words_by_hand():
    weights = np.array([[[[0.5, 0.25, 0.25], [0.1, 0.2, 0.7], [0.3, 0.6, 0.1]]]], np.float32)
    seen = Attention(weights, ["[CLS]", "film", "##s"], np.array([True, False, False]),
                     [None, 0, 0], "Films", spans=[(0, 0), (0, 4), (4, 5)],
                     words=[None, 0, 0])  # fmt: skip
    merged = merge_words(seen)
    assert merged.tokens == ["[CLS]", "Films"] and merged.special.tolist() == [True, False]
    np.testing.assert_allclose(merged.weights[0, 0], [[0.5, 0.5], [0.2, 0.8]], atol=1e-7)
    with pytest.raises(DataError, match="which pieces belong"):
        merge_words(Attention(weights, ["a"] * 3, np.zeros(3, bool), [0] * 3, "a"))


@pytest.mark.parametrize(
    "text, words",
    [
        ("a fear", ["a", "fear"]),
        ("cafe\u0301 ok", ["cafe\u0301", "ok"]),
        ("\U0001f44d\U0001f3fd yes", ["\U0001f44d\U0001f3fd", "yes"]),
        ("\U0001f469\u200d\U0001f4bb on", ["\U0001f469\u200d\U0001f4bb", "on"]),
        ("\u0645\u0631\u062d\u0628\u0627 \u0628\u0643",
         ["\u0645\u0631\u062d\u0628\u0627", "\u0628\u0643"]),
        ("\u4f60\u597d", ["\u4f60\u597d"]),
    ],
)  # fmt: skip
def test_words_are_the_texts_own_in_its_order(decoder, text, words):
    merged = merge_words(attention(decoder, text))
    assert [word for word in merged.tokens if word.strip("\u0120")] == words
    np.testing.assert_allclose(merged.weights.sum(-1), 1, atol=1e-5)


def test_a_pair_is_never_merged_across_its_border(folder):
    seen = attention(folder, "good film", "good film")
    assert merge_words(seen).tokens == seen.tokens


@pytest.mark.parametrize("kind", ["encoder", "decoder"])
def test_chosen_layers_are_those_of_the_whole(folder, decoder, kind):
    source, layers = (folder, [1]) if kind == "encoder" else (decoder, [0, 2])
    text = "a good film and a bad book"
    part, whole = layer_attention(source, text, layers), attention(source, text)
    assert part.codes.dtype == np.uint8 and part.tokens == whole.tokens
    assert part.codes.shape == (len(layers), whole.n_heads, len(whole), len(whole))
    for layer in layers:
        for head in range(whole.n_heads):
            error = np.abs(part.head(layer, head) - whole.weights[layer, head]).max()
            assert error <= part.scale.max() / 510 + 1e-6
    with pytest.raises(DataError, match="was not kept"):
        part.head(7, 0)


def test_more_tokens_than_the_whole_view_takes(tmp_path):
    config = hf.GPT2Config(n_embd=8, n_head=2, n_layer=3, vocab_size=256, n_positions=1200)
    source = save(tmp_path, hf.GPT2LMHeadModel(config), byte_level=True)
    text = "shadows " * 130
    with pytest.raises(DataError, match="shows at most 512"):
        attention(source, text)
    seen = layer_attention(source, text, [1])
    assert len(seen) == 1040 and seen.codes.shape == (1, 2, 1040, 1040)
    with pytest.raises(DataError, match="1040 tokens long"):
        layer_attention(source, text, [1], max_tokens=1000)


def test_windows_cover_the_text_between_words(folder):
    words = [WORDS[i % len(WORDS)] for i in range(200)]
    windows = list(attention_windows(folder, " ".join(words), max_tokens=32, overlap=8))
    assert all(len(window) <= 32 for window in windows)
    covered, at = windows[0].text.split(), len(windows[0].text.split())
    for window in windows[1:]:
        part = window.text.split()
        assert part[:8] == words[at - 8 : at]
        covered += part[8:]
        at += len(part) - 8
    assert covered == words
    assert len(list(attention_windows(folder, "good film"))) == 1


def test_refusals_are_one_sentence(folder, tmp_path):
    with pytest.raises(DataError, match="10000 tokens long; windows go up to 4096"):
        next(attention_windows(folder, "good " * 10_000))
    with pytest.raises(DataError, match="leaves no room"):
        next(attention_windows(folder, "good", max_tokens=32, overlap=20))
    with pytest.raises(DataError, match="not all the model's"):
        layer_attention(folder, "good film", [5])
    config = hf.FNetConfig(hidden_size=16, num_hidden_layers=2, intermediate_size=32, vocab_size=11)
    with pytest.raises(ModelError, match="no attention weights"):
        layer_attention(save(tmp_path, hf.FNetModel(config)), "what is", [0])
