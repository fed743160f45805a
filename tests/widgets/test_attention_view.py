"""What the attention view sends, and the page that BertViz gets."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from workbench.errors import DataError
from workbench.inspection.attention import Attention
from workbench.widgets.attention_view import AttentionView, pooled
from workbench.widgets.bertviz_frame import BertVizFrame, bertviz_html


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
    with pytest.raises(DataError, match="no BertViz view 'neuron'"):
        bertviz_html(seen(3), "neuron")
    frame = BertVizFrame(seen(65))
    assert not frame.offered and "64" in frame.why_not
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
