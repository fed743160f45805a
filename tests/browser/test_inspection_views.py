"""Attention, BertViz, confusion, examples and classes in a real page."""

import json
import re

from playwright.sync_api import expect

ATTENTION = """
import numpy as np
from workbench.inspection.inside.attention import Attention
from workbench.widgets.attention.attention_view import AttentionView
from workbench.widgets.attention.bertviz_frame import BertVizFrame
from ipywidgets import VBox
def made(tokens, layers=6, heads=12):
    rng, n = np.random.default_rng(3), len(tokens)
    weights = np.zeros((layers, heads, n, n), np.float32)
    for l in range(layers):
        for h in range(heads):
            kind = (l * 5 + h * 3) % 5
            m = rng.random((n, n)) ** 3 * .15
            m += [np.eye(n, k=-1), np.eye(n), np.eye(n, k=1), np.eye(n)[[0] * n],
                  np.eye(n)[[n - 1] * n]][kind] * 1.2
            weights[l, h] = m / m.sum(-1, keepdims=True)
    special = np.zeros(n, bool); special[[0, -1]] = True
    return Attention(weights, tokens, special, [0] * n, " ".join(tokens))
tokens = "[CLS] what is a fear of shadows ? [SEP]".split()
view, frame = AttentionView(made(tokens)), BertVizFrame(made(tokens))
view.select(3, 7)
VBox([view, frame])
"""

TABLES = """
import numpy as np, pandas as pd
from workbench.widgets.elements.confusion_grid import ConfusionGrid
from workbench.widgets.elements.examples_table import ExamplesTable
from workbench.widgets.elements.class_table import ClassTable
from ipywidgets import VBox, HBox, Layout
names = ["ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM"]
counts = [[15, 1, 2, 0, 0, 0], [1, 208, 14, 2, 3, 3], [2, 21, 196, 14, 9, 7],
          [0, 3, 9, 228, 3, 0], [0, 2, 8, 4, 149, 2], [0, 4, 6, 1, 2, 159]]
grid = ConfusionGrid(pd.DataFrame(counts, index=names, columns=names))
classes = ClassTable(pd.DataFrame({
    "class": ["ENTY", "ABBR", "DESC", "LOC", "HUM", "NUM"], "f1": [.80, .83, .88, .89, .92, .93],
    "f1_low": [.76, .66, .85, .84, .89, .90], "f1_high": [.84, .93, .91, .93, .95, .96],
    "precision": [.83, .83, .87, .9, .92, .93], "recall": [.79, .83, .9, .9, .94, .92],
    "support": [249, 18, 231, 165, 243, 172]}))
texts = ["What is the difference between classical conditioning and operant conditioning ?",
         "What do you call a word formed from initials ?", "What is a fear of shadows ?",
         "What does the word LASER mean ?"]
examples = ExamplesTable(page_size=10)
examples.show(pd.DataFrame({"text": texts * 6, "label": "ENTY",
    "prediction": ["DESC"] * 23 + ["ENTY"], "loss": np.linspace(4.9, .1, 24)}),
    "ENTY predicted as DESC")
grid.layout.flex, classes.layout.flex = "0 0 350px", "1"
VBox([HBox([grid, classes], layout=Layout(gap="16px")), examples])
"""


def test_attention(lab):
    lab.open("attention.ipynb", [ATTENTION])
    lab.run_cell(0)
    root = lab.page.locator(".wb-attention[data-ready=true]")
    root.wait_for()
    lab.both_themes("attention-lines", ".wb-attention")

    overview = root.locator(".wb-heads canvas")
    overview.focus()
    lab.page.keyboard.press("ArrowLeft")
    lab.page.keyboard.press("ArrowUp")
    lab.page.locator(".wb-attention[data-head='2.6']").wait_for()
    lab.until("[view.layer, view.head]", [2, 6])
    expect(overview).to_have_attribute("aria-label", re.compile("layer 2, head 6 is chosen"))
    box = overview.bounding_box()
    lab.page.mouse.click(box["x"] + box["width"] - 8, box["y"] + box["height"] - 8)
    lab.page.locator(".wb-attention[data-head='5.11']").wait_for()

    queries = root.locator(".wb-lines ol").first
    queries.focus()
    lab.page.keyboard.press("End")
    root.get_by_text("Layer 5, head 11 · from [SEP]").wait_for()
    lab.page.keyboard.press("ArrowUp")
    expect(queries.locator("li[aria-selected=true]")).to_have_text("?")

    root.locator("[data-picture=matrix]").click()
    root.locator(".wb-matrix").wait_for()
    root.locator(".wb-matrix canvas[tabindex]").focus()
    lab.page.keyboard.press("ArrowDown")
    root.get_by_text("what → [CLS]: 0.").wait_for()
    lab.both_themes("attention-matrix", ".wb-attention")

    root.get_by_role("button", name="Table").click()
    cells = root.locator("table tbody tr").first.locator("td")
    cells.nth(2).wait_for()
    row = cells.all_inner_texts()
    expected = lab.python(
        "float(made(tokens).frame(5, 11).query('query == 7').weight.max())")
    assert abs(float(row[2]) - expected) < 0.01


def test_bertviz(lab):
    lab.open("bertviz.ipynb", [ATTENTION])
    lab.run_cell(0)
    root = lab.page.locator(".wb-bertviz")
    for name in ("head", "model"):
        root.locator(f"[data-view={name}]").click()
        frame = lab.page.frame_locator(".wb-bertviz iframe")
        frame.locator("svg").first.wait_for()
        assert lab.page.locator(".wb-bertviz iframe").get_attribute("sandbox") == "allow-scripts"
        for theme in ("light", "dark"):  # the page is made again in the colours of the theme
            lab.theme(theme)
            ground = {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 17, 17)"}[theme]
            expect(frame.locator("body")).to_have_css("background-color", ground)
            frame.locator("svg line, svg path").first.wait_for(state="attached")
            lab.page.wait_for_timeout(500)
            lab.shot(f"bertviz-{name}-{theme}", ".wb-bertviz")
        if name == "head":
            expect(frame.locator("body")).to_contain_text("shadows")
    lab.python("frame.show(made([f't{i}' for i in range(100)])) or 0")
    expect(root).to_contain_text("this text has 100, so choose one layer")
    root.locator("select").select_option(label="4")
    root.locator("[data-view=head]").click()
    frame = lab.page.frame_locator(".wb-bertviz iframe")
    expect(frame.locator("#layer option")).to_have_text(["4"])
    lab.save()
    saved = json.loads((lab.server.root / "bertviz.ipynb").read_text())
    assert len(json.dumps(saved)) < 300_000


def test_tables(lab):
    lab.open("tables.ipynb", [TABLES])
    lab.run_cell(0)
    grid = lab.page.locator(".wb-confusion")
    grid.wait_for()
    grid.locator("button[data-cell='2.1']").click()
    lab.until("grid.chosen", ["ENTY", "DESC"])
    lab.page.keyboard.press("ArrowRight")
    lab.page.keyboard.press("ArrowDown")
    lab.page.keyboard.press("Enter")
    lab.until("grid.chosen", ["HUM", "ENTY"])
    expect(grid.locator("button[data-cell='3.2']")).to_have_attribute(
        "aria-label", "HUM predicted as ENTY: 9 examples")

    lines = lab.page.locator(".wb-examples tbody tr")
    lines.nth(2).click()
    lab.page.locator(".wb-classes tbody tr").first.click()
    lab.both_themes("tables", ".jp-OutputArea-output:has(.wb-confusion)")
    lines.nth(2).focus()
    lab.page.keyboard.press("ArrowDown")
    lab.page.keyboard.press("Enter")
    lab.until("examples.selected", 3)
    lab.page.get_by_label("Search the texts").fill("laser")
    lab.page.locator(".wb-examples[data-total='6']").wait_for()

    lab.until("classes.selected", "ENTY")
    lab.page.locator(".wb-classes th button", has_text="support").click()
    first = lab.page.locator(".wb-classes tbody tr").first.locator("td").first
    expect(first).to_have_text("ABBR")


HOSTILE = """
import json, pathlib
import numpy as np, pandas as pd
bad = json.loads(pathlib.Path("payloads.json").read_text(encoding="utf-8"))
from workbench.widgets.elements.controls import Controls
from workbench.widgets.elements.curves import Curves
from workbench.widgets.elements.notice import Notice
from workbench.widgets.elements.confusion_grid import ConfusionGrid
from workbench.widgets.elements.examples_table import ExamplesTable
from workbench.widgets.elements.class_table import ClassTable
some = bad[:39]
examples = ExamplesTable(pd.DataFrame({"text": bad, "label": bad, "prediction": bad[::-1],
    "loss": 1.0}), page_size=100)
grid = ConfusionGrid(pd.DataFrame(np.eye(39, dtype=int), index=some, columns=some))
classes = ClassTable(pd.DataFrame({"class": bad, "f1": .5, "f1_low": .4, "f1_high": .6,
    "precision": .5, "recall": .5, "support": 3}))
view, frame = AttentionView(made(bad[:41])), BertVizFrame(made(bad[:41], 2, 3))
notices, controls, curves = [], [], []
for text in bad:
    notices.append(Notice(message=text, remedy=text, details=text))
    c = Controls("/tmp/" + text.replace("\\x00", "")[:200]); c.status = c.why_not = text
    c.can_train = False
    controls.append(c)
for text in bad[:4]:
    w = Curves(); w.set_history({"step": [1, 2], "loss": [1, 2], "eval_step": [2],
        "eval_loss": [1], "eval_metric": [.5]}, metric=text)
    curves.append(w)
"""


def test_hostile_texts_are_shown_as_text(lab, server, payloads):
    (server.root / "payloads.json").write_text(json.dumps(payloads), encoding="utf-8")
    lab.open("hostile.ipynb", [
        ATTENTION.rsplit("view.select", 1)[0] + HOSTILE,
        "VBox([examples, grid, classes])", "VBox([view, frame])",
        "VBox(notices + controls + curves)",
    ])
    lab.run_cell(0)
    lab.idle()
    for cell, selector in ((1, ".wb-examples"), (2, ".wb-attention"), (3, ".wb-controls")):
        lab.run_cell(cell)
        lab.page.locator(selector).first.wait_for()
    lab.idle()
    lab.page.locator(".wb-bertviz [data-view=head]").click()
    frame = lab.page.frame_locator(".wb-bertviz iframe")
    frame.locator("svg").first.wait_for()
    lab.page.wait_for_timeout(1000)

    def texts(selector, attribute=None):
        return lab.page.eval_on_selector_all(
            selector, "(all, a) => all.map(e => a ? e.getAttribute(a) : e.textContent)", attribute)

    shown = texts(".wb-examples tbody td.wb-text")
    assert shown == [p[:400] for p in payloads]
    for row, payload in zip(texts(".wb-examples tbody td:nth-child(2)"), payloads, strict=True):
        assert row == payload[:200]
    assert texts(".wb-confusion tbody th") == [p[:60] for p in payloads[:39]]
    assert set(texts(".wb-classes td:first-child")) == {p[:80] for p in payloads}
    assert texts(".wb-lines ol:first-child li") == [p[:60] for p in payloads[:41]]
    assert texts(".wb-error strong") == payloads and texts(".wb-error pre") == payloads
    assert texts(".wb-why") == payloads
    assert texts(".wb-status") == payloads
    as_a_title = payloads[0].replace("_", " ")  # how a metric that is not ours is written
    assert any(as_a_title in text for text in texts(".wb-legend"))
    inside = frame.locator("body").evaluate("b => b.textContent")
    for payload in payloads[:41]:
        assert payload in inside, payload[:60]
    assert "evil.example" not in "".join(lab.outside)
    lab.check()
    # nothing of the data became an element, and no 10,000-character word widened the page
    for tag in ("script", "iframe", "svg", "img", "style", "h1", "b", "video", "base"):
        allowed = 1 if tag == "iframe" else 0
        inside_views = lab.page.locator(f".wb {tag}:not(.wb-interval b)")
        assert inside_views.count() == allowed, tag
    widest = lab.page.evaluate("""() => Math.max(...[...document.querySelectorAll('.wb')]
        .map(e => e.getBoundingClientRect().width))""")
    assert widest <= 1280
    lab.page.locator(".wb-examples tbody tr").nth(len(payloads) - 2).click()
    lab.page.wait_for_timeout(500)
    assert texts(".wb-examples tbody tr:nth-last-child(2) td.wb-text")[0] == "W" * 10_000
    lab.shot("hostile", ".wb-examples")
