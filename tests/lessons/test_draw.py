"""A stored picture: what it shows is drawn, on white, small, with ticks that are plain numbers."""

import base64
import io
from concurrent.futures import ThreadPoolExecutor

import plotly.graph_objects as go
import pytest
from PIL import Image

from tests.lessons.draw import drawing

pytestmark = pytest.mark.browser


def drawn(figures):
    with drawing() as draw:
        return [draw(figure.to_plotly_json()) for figure in figures]


def test_a_figure_is_drawn_without_a_network(require_browser):
    require_browser()
    log = go.Figure(go.Scatter(x=[4, 1024], y=[0.3, 0.9]))
    log.update_layout(xaxis_type="log", height=300, paper_bgcolor="rgba(0,0,0,0)")
    plain = go.Figure(log).update_xaxes(tickvals=[10, 100, 1000], ticktext=["10", "100", "1,000"])
    blank = go.Figure(layout={"height": 300})
    # a thread of its own: the browser's other tests may have theirs open in this one
    with ThreadPoolExecutor(1) as thread:
        *pictures, empty = thread.submit(drawn, [log, log, plain, blank]).result()
    assert pictures[0] == pictures[1] != empty
    # from 4 to 1,024 are 2.4 decades, drawn with room at both ends: a tick a decade
    seen = [Image.open(io.BytesIO(base64.b64decode(one))).convert("RGB") for one in pictures]
    assert seen[0].size == (1050, 450) and seen[0].getpixel((0, 0)) == (255, 255, 255)
    assert seen[0].tobytes() == seen[2].tobytes()
    assert len(pictures[0]) < 40_000
