"""Notebook 7: its own page, its own widget manager; the attention view there."""

import importlib.util
import os

import nbformat
import pytest
from playwright.sync_api import expect

CELL = """
import numpy as np
from workbench.inspection.inside.attention import Attention
from workbench.widgets.attention.attention_view import AttentionView
w = np.random.default_rng(0).random((6, 12, 9, 9), dtype=np.float32) ** 8
special = np.zeros(9, bool); special[[0, -1]] = True
tokens = "[CLS] what is a fear of shadows ? [SEP]".split()
view = AttentionView(Attention(w / w.sum(-1, keepdims=True), tokens, special, [0] * 9, "t"))
view
"""


def test_attention_view_in_notebook_7(lab):
    if importlib.util.find_spec("notebook") is None:
        if os.environ.get("WORKBENCH_CI") == "1":
            raise RuntimeError("The package notebook is not installed.")
        pytest.skip("The package notebook is not installed.")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    book.metadata["kernelspec"] = {
        "name": "python3", "display_name": "Python 3", "language": "python"
    }
    nbformat.write(book, lab.server.root / "seven.ipynb")
    page = lab.page
    page.goto(lab.server.url("notebooks/seven.ipynb"))
    page.locator(".jp-Notebook .cm-content").first.click()
    page.wait_for_timeout(2000)
    page.keyboard.press("Shift+Enter")
    root = page.locator(".wb-attention[data-ready=true]")
    root.wait_for()
    overview = root.locator(".wb-heads canvas")
    overview.click(position={"x": 150, "y": 60})
    page.keyboard.press("ArrowRight")
    expect(root).not_to_have_attribute("data-head", "0.0")
    root.locator("[data-picture=matrix]").click()
    root.locator(".wb-matrix").wait_for()
    expect(page.locator("[data-workbench-static]")).to_be_hidden()
    assert page.locator("body").get_attribute("data-notebook") == "notebooks"
    lab.shot("attention-notebook7", ".wb-attention")
