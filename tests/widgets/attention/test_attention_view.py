"""What the attention view sends, and the page that BertViz gets."""

import base64
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest
import torch

from tests.inspection.inside.heads_model import save_classifier
from tests.inspection.inside.test_attention import save
from tests.training.tiny import WORDS, save_model
from tests.waiting import PATIENCE
from workbench.errors import DataError, ModelError
from workbench.inspection import LongText, attribute, flow, layer_attention, merge_words, rollout
from workbench.inspection.inside.attention import Attention
from workbench.inspection.inside.attention import attention as seen_from
from workbench.widgets.attention.attention_picture import static_html
from workbench.widgets.attention.attention_view import AttentionView
from workbench.widgets.attention.bertviz_frame import BertVizFrame
from workbench.widgets.attention.bertviz_page import bertviz_html
from workbench.widgets.attention.pooling import pooled


class Tags(HTMLParser):
    """Every tag that a browser would see."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, attrs))


def seen(n=9, n_layers=6, n_heads=12, tokens=None, seed=0):
    raw = np.random.default_rng(seed).random((n_layers, n_heads, n, n)) ** 6
    weights = (raw / raw.sum(-1, keepdims=True)).astype(np.float32)
    names = tokens or [f"t{i}" for i in range(n)]
    special = np.zeros(n, bool)
    special[[0, -1]] = True
    return Attention(weights, names, special, [0] * n, " ".join(names))


def test_short_text_travels_whole_and_needs_no_kernel_again():
    attention = seen()
    view = AttentionView(attention)
    codes = np.frombuffer(view.overview, np.uint8).reshape(6, 12, 9, 9)
    scale = np.frombuffer(view.scale, "<f4").reshape(6, 12)
    back = codes / 255 * scale[:, :, None, None]
    assert np.abs(back - attention.weights).max() <= scale.max() / 510 + 1e-6
    view.select(3, 7)
    assert (view.layer, view.head, view.matrix) == (3, 7, b"")
    assert list(view.special) == [1] + [0] * 7 + [1]


def test_long_text_sends_a_small_overview_and_the_chosen_head():
    attention = seen(300)
    view = AttentionView(attention)
    assert len(view.overview) <= 150_000 and len(view.matrix) == 300 * 300
    view.select(5, 11)
    assert view.matrix_of == [5, 11]
    expected = attention.to_uint8(per_head=True)[0][5, 11]
    np.testing.assert_array_equal(np.frombuffer(view.matrix, np.uint8).reshape(300, 300), expected)


def test_another_model_with_fewer_heads():
    view = AttentionView(seen())
    view.select(5, 11)
    view.show(seen(4, 2, 3))
    assert (view.layer, view.head, view.n_layers, view.n_heads) == (1, 2, 2, 3)
    with pytest.raises(IndexError, match="no layer 2, head 0; there are 2 layers of 3 heads"):
        view.select(2, 0)
    view.clear()
    assert view.tokens == [] and view.overview == b""


def test_pooling_keeps_a_single_bright_pixel():
    codes = np.zeros((1, 1, 100, 100), np.uint8)
    codes[0, 0, 57, 3] = 200
    small = pooled(codes, 12)
    assert small.shape == (1, 1, 12, 12) and small.max() == 200 and (small > 0).sum() == 1


@pytest.mark.parametrize("view", ["head", "model"])
def test_bertviz_page_asks_nobody_and_no_token_closes_its_script(view):
    token = "</script><img src=x onerror=alert(1)>"
    page = bertviz_html(seen(3, tokens=["[CLS]", token, "[SEP]"]), view)
    tags = Tags()
    tags.feed(page)
    assert [name for name, _ in tags.seen].count("script") == 5
    assert not {"img", "link", "iframe"} & {name for name, _ in tags.seen}
    assert not [a for _, attributes in tags.seen for a in attributes if a[0] in ("src", "href")]
    params = re.search(r"const params = (\{.*\});$", page, re.M)
    data = json.loads(params[1])
    assert data["attention"][0]["left_text"][1] == token
    assert page.count("t is a template marker") == 0


def test_bertviz_limits():
    with pytest.raises(DataError, match="offered up to 64 tokens"):
        bertviz_html(seen(65))
    assert "e0" in bertviz_html(seen(65), layers=[2])
    with pytest.raises(DataError, match="layers 0 to 5"):
        bertviz_html(seen(3), layers=[6])
    with pytest.raises(DataError, match="no BertViz view 'evil'"):
        bertviz_html(seen(3), "evil")
    with pytest.raises(DataError, match="needs the model"):
        bertviz_html(seen(3), "neuron")
    frame = BertVizFrame(seen(65))
    assert frame.offered and frame.n_layers == 6 and "choose one layer" in frame.why_not
    assert frame.views == ["head", "model"] and "d3" in frame.page("head", layer=4)
    frame.show(seen(400))
    assert not frame.offered and "up to 353 tokens; this text has 400" in frame.why_not
    frame.show(seen(4))
    assert frame.offered and "jQuery" in frame.page("head")
    frame.show(None)
    with pytest.raises(DataError, match="no attention to show"):
        frame.page("head")


def test_page_is_no_part_of_the_saved_state():
    frame = BertVizFrame(seen(60))
    sent = []
    frame.send = lambda content, buffers=None: sent.append((content, buffers))
    frame._message(None, {"ask": "model", "dark": True}, [])
    frame._message(None, {"ask": "evil"}, [])
    assert len(sent) == 1 and len(sent[0][1][0]) < 3_000_000
    assert len(json.dumps(frame.get_state(), default=str)) < 40_000


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    return save_classifier(tmp_path_factory.mktemp("classifier"), n_classes=3)


def test_words_rollout_and_back(classifier):
    pieces = seen_from(classifier, "good film 7 bad")
    view = AttentionView(pieces)
    assert view.words_offered and view.summaries == ["heads", "rollout"]
    view.words = True
    assert view.shown.tokens == merge_words(pieces).tokens == view.tokens
    view.words = False
    view.summary = "rollout"
    assert (view.n_layers, view.n_heads) == (2, 1)
    codes = np.frombuffer(view.overview, np.uint8).reshape(2, 1, *view.tile)
    scale = np.frombuffer(view.scale, "<f4").reshape(2, 1)
    back = codes[:, 0] / 255 * scale[:, :, None]
    assert np.abs(back - rollout(pieces)).max() <= scale.max() / 510 + 1e-6
    view.summary = "heads"
    assert view.n_heads == 2


def test_scores_beside_the_tokens_are_the_attributions(classifier):
    pieces = seen_from(classifier, "good film and bad")
    view = AttentionView(pieces, source=classifier)
    assert view.besides == ["integrated_gradients", "gradient_x_input", "occlusion", "flow"]
    for name in view.besides[:3]:
        made = attribute(classifier, pieces.text, method=name)
        np.testing.assert_allclose(view.score(name), made.scores, rtol=1e-4, atol=1e-5)
        assert made.target in view.beside_note
        assert ("Completeness error" in view.beside_note) == (name == "integrated_gradients")
    view.query = 2
    np.testing.assert_allclose(view.score("flow"), flow(pieces, 2), atol=1e-6)
    assert "film" in view.beside_note
    assert AttentionView(pieces).besides == ["flow"]
    view.show(seen_from(classifier, "bad book"), source=classifier)
    assert (view.beside, view.scores, view.beside_note) == ("", b"", "")


def test_a_refused_score_is_a_sentence(tmp_path):
    folder = save_model(tmp_path)
    import transformers as hf

    hf.AutoModel.from_config(hf.AutoConfig.from_pretrained(folder)).save_pretrained(folder)
    view = AttentionView(seen_from(folder, "good film"), source=folder)
    assert view.score("occlusion") is None
    assert "predicts nothing that could be attributed" in view.beside_note


def test_windows_of_a_long_text(classifier):
    text = " ".join(WORDS[i % len(WORDS)] for i in range(150))
    long = LongText(classifier, text)
    assert not long.whole and len(long.parts) >= 3 and long.n_tokens == 152
    view = AttentionView(long)
    assert view.parts[0] == "1–62" and "152 tokens" in view.note and len(view.tokens) == 64
    view.part = 1
    view._thread.join(PATIENCE)
    first, last = long.parts[1]
    assert view.tokens[1:-1] == text.split()[first:last] and not view.busy
    with pytest.raises(DataError, match="10000 tokens long; windows go up to 4096"):
        LongText(classifier, "good " * 10_000)


def test_layers_of_a_text_that_is_read_whole(tmp_path):
    import transformers as hf

    config = hf.GPT2Config(n_embd=8, n_head=2, n_layer=3, vocab_size=256, n_positions=4096)
    source = save(tmp_path, hf.GPT2LMHeadModel(config), byte_level=True)
    text = "shadows " * 100
    view = AttentionView(LongText(source, text))
    assert view.layers_offered == [0, 1, 2] and view.parts == ["1–512", "513–800"]
    assert (view.n_layers, view.n_heads, view.layer_names) == (1, 2, [0])
    view.asked_layer = 2
    view._thread.join(PATIENCE)
    view.part = 1
    view._thread.join(PATIENCE)
    assert view.layer_names == [2]
    assert len(view.tokens) == 288 and len(view.key_tokens) == 512
    view.head = 1
    block = np.frombuffer(view.matrix, np.uint8).reshape(288, 512)
    whole = layer_attention(source, text, [2]).codes[0, 1]
    np.testing.assert_array_equal(block, whole[512:800, :512])
    assert len(view.matrix) <= 300_000


def test_the_picture_that_stands_in_is_safe_small_and_of_the_chosen_head():
    token = "</svg><script>alert(1)</script>"
    html = static_html(seen(3, tokens=["[CLS]", token, "a\x00\u202e"]), [(2, 5), (0, 1)])
    tags = Tags()
    tags.feed(html)
    assert [name for name, _ in tags.seen] == ["img"]
    svg = base64.b64decode(html.split("base64,")[1].split('"')[0]).decode()
    root = ElementTree.fromstring(svg)
    texts = [e.text for e in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "Layer 2, head 5 · all tokens" in texts and "</svg><script…" in texts
    assert not [e for e in root.iter() if e.tag.endswith("script")]
    assert len(static_html(seen(512, 12, 12), [(3, 3)])) < 40_000
    lines = [e for e in root.iter("{http://www.w3.org/2000/svg}path")]
    weights = seen(3).weights
    assert len(lines) == (weights[2, 5] >= 0.02).sum() + (weights[0, 1] >= 0.02).sum()
    one = static_html(seen(3), [(2, 5)], query=1)
    shown = base64.b64decode(one.split("base64,")[1].split('"')[0]).decode()
    assert shown.count("<path") == (weights[2, 5, 1] >= 0.02).sum()


def test_cross_attention_has_other_keys():
    made = seen(4)
    cross = replace(made, weights=made.weights[:, :, :3], tokens=["<s>", "ein", "Film"],
                    special=np.array([True, False, False]), part="cross", key_tokens=made.tokens,
                    key_special=made.special)  # fmt: skip
    view = AttentionView({"encoder": made, "cross": cross})
    assert view.kinds == ["encoder", "cross"] and view.key_tokens == []
    view.kind = 1
    assert view.tokens == cross.tokens and view.key_tokens == made.tokens and view.tile == [3, 4]
    assert view.summaries == ["heads"] and not view.words_offered


@pytest.mark.parametrize("kind", ["bert", "distilbert", "gpt2", "llama"])
def test_neuron_view_has_the_models_own_queries_and_keys(tmp_path, kind):
    import transformers as hf

    torch.manual_seed(0)
    if kind in ("gpt2", "llama"):
        one = hf.GPT2LMHeadModel(hf.GPT2Config(n_embd=16, n_head=4, n_layer=3, vocab_size=256)) if (
            kind == "gpt2") else hf.LlamaForCausalLM(hf.LlamaConfig(
                hidden_size=16, num_attention_heads=4, num_hidden_layers=3, vocab_size=256,
                intermediate_size=32, initializer_range=0.5))  # fmt: skip
        folder = save(tmp_path, one, byte_level=True)
    else:
        folder = save_model(tmp_path, kind)
    made = seen_from(folder, "good <film>")
    if kind == "llama":
        with pytest.raises(ModelError, match="neuron view cannot show LlamaForCausalLM"):
            bertviz_html(made, "neuron", source=folder)
        return
    page = bertviz_html(made, "neuron", source=folder, layers=[1])
    tags = Tags()
    tags.feed(page)
    assert not [a for _, attributes in tags.seen for a in attributes if a[0] in ("src", "href")]
    data = json.loads(re.search(r"window.bertviz_params=(\{.*?\})</script>", page)[1])
    shown = data["attention"]["all"]
    queries, keys = np.array(shown["queries"]), np.array(shown["keys"])
    assert data["bidirectional"] == (kind != "gpt2") and len(queries) == 1
    scores = queries @ keys.swapaxes(-1, -2) / np.sqrt(queries.shape[-1])
    if kind == "gpt2":
        scores = np.where(np.tri(len(made), dtype=bool), scores, -np.inf)
    weights = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    np.testing.assert_allclose(weights, made.weights[1:2], atol=0.01)
