"""The attention view in a real page: time, bytes, and all that it offers."""

import json

from playwright.sync_api import expect

LONG = """
import numpy as np
from workbench.inspection.attention import Attention
from workbench.widgets.attention_view import AttentionView
rng, n = np.random.default_rng(3), 512
weights = rng.standard_exponential((12, 12, n, n), dtype=np.float32) ** 4
weights /= weights.sum(-1, keepdims=True)
special = np.zeros(n, bool); special[[0, -1]] = True
tokens = ["[CLS]", *(f"token{i}" for i in range(n - 2)), "[SEP]"]
seen = Attention(weights, tokens, special, [0] * n, " ".join(tokens))
AttentionView(seen.__class__(weights[:1, :1, :4, :4] / weights[:1, :1, :4, :4].sum(-1,
    keepdims=True), tokens[:4], special[:4], [0] * 4, "warm"))
"""

# milliseconds of every handler of a pointer and of every frame that follows it
WATCH = """
window.__ms = [];
const timed = (f) => function (...a) {
  const t = performance.now(), out = f.apply(this, a);
  window.__ms.push(performance.now() - t);
  return out;
};
const add = EventTarget.prototype.addEventListener;
EventTarget.prototype.addEventListener = function (type, f, o) {
  const mine = /^pointer(move|enter|leave)$/.test(type) && typeof f === "function";
  return add.call(this, type, mine ? timed(f) : f, o);
};
const frame = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (f) => frame(timed(f));
"""


def bytes_received(lab):
    """Counts what web sockets bring: a list that grows."""
    sizes = []

    def listen(socket):
        socket.on("framereceived", lambda data: sizes.append(len(data)))

    lab.page.on("websocket", listen)
    return sizes


def hover(lab, target, *, rows, pause=25):
    """The 95th percentile in ms of what the page does while a pointer goes over ``target``."""
    box = target.bounding_box()
    lab.page.evaluate("() => { window.__ms.length = 0; }")
    for step in range(rows):
        x = box["x"] + box["width"] * (0.2 + 0.6 * step / rows)
        y = box["y"] + min(box["height"], 420) * (step + 0.5) / rows
        lab.page.mouse.move(x, y)
        lab.page.wait_for_timeout(pause)
    times = sorted(lab.page.evaluate("() => window.__ms"))
    assert len(times) >= rows
    return times[int(0.95 * len(times))], times[-1]


def test_512_tokens_and_144_heads(lab):
    lab.page.add_init_script(WATCH)
    received = bytes_received(lab)
    lab.open("long.ipynb", [LONG, "view = AttentionView(seen); view"])
    lab.run_cell(0)
    lab.page.locator(".wb-attention[data-painted]").wait_for()
    lab.idle()

    before = sum(received)
    started = lab.page.evaluate(
        "() => { const t = performance.timeOrigin + performance.now();"
        " window.jupyterapp.shell.currentWidget.content.activeCellIndex = 1;"
        " window.jupyterapp.commands.execute('notebook:run-cell'); return t; }"
    )
    root = lab.page.locator(".wb-attention").nth(1)
    lab.page.wait_for_function(
        "() => document.querySelectorAll('.wb-attention')[1]?.dataset.painted"
    )
    painted = float(root.get_attribute("data-painted")) - started
    lab.idle()
    first = sum(received) - before
    lab.both_themes("attention-512-lines", ".jp-Cell:nth-child(2) .wb-attention")

    before = sum(received)
    overview = root.locator(".wb-heads canvas")
    overview.focus()
    lab.page.keyboard.press("ArrowRight")
    lab.page.wait_for_function(
        "() => { const r = document.querySelectorAll('.wb-attention')[1];"
        " return r.dataset.head === '0.1' && r.dataset.ready === 'true'; }"
    )
    lab.idle()
    lab.page.wait_for_timeout(1500)  # the picture that stands in is made after a moment
    further = sum(received) - before

    queries = root.locator(".wb-lines ol").first
    queries.scroll_into_view_if_needed()
    over_lines = hover(lab, queries, rows=40)
    root.locator("[data-picture=matrix]").click()
    grid = root.locator(".wb-stacked canvas").nth(1)
    grid.scroll_into_view_if_needed()
    lab.page.wait_for_timeout(300)
    over_matrix = hover(lab, grid, rows=40)
    lab.both_themes("attention-512-matrix", ".jp-Cell:nth-child(2) .wb-attention")
    figures = dict(
        first_paint_ms=painted,
        first_bytes=first,
        head_bytes=further,
        lines_ms=over_lines,
        matrix_ms=over_matrix,
    )
    (lab.shots / "attention-512.json").write_text(json.dumps(figures))
    print(figures)
    assert painted < 1000
    assert first <= 2_000_000 and further <= 300_000
    assert over_lines[0] <= 8 and over_matrix[0] <= 8, figures
    expect(root).to_contain_text("Layer 1, head 2")
