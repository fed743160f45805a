"""A page that is opened, or loaded again, while the kernel lives on: also a kernel that is busy."""

import pytest
from playwright.sync_api import expect

VIEW = """
import pandas as pd
import workbench as wb
texts = [f"scene {n} is {word}" for n in range(12) for word in ("fine", "dull")]
panel = wb.widgets.CheckPanel(pd.DataFrame({"text": texts, "label": ["good", "bad"] * 12}))
panel
"""
BUSY = """
import pathlib, time
turn = globals().get("turn", 0) + 1
while not pathlib.Path(f"go-{turn}").exists():
    time.sleep(0.05)
"""
STATUS = """(status) => window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel
  ?.status === status"""
CONNECTED = """() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel
  ?.connectionStatus === 'connected'"""
SHEETS = """(w := __import__("workbench.widgets.base", fromlist=["Style"])) and [
  sum(isinstance(x, w.Style) for x in __import__("ipywidgets").widgets.widget._instances.values()),
  sum(v.sheet is not w.Style._one for v in w._views if v.comm is not None)]"""


def dressed(lab) -> None:
    """The view is there, in the colours of the style sheet and not the page's own."""
    view = lab.page.locator(".wb-check[data-ready=true]").last
    view.wait_for()
    expect(view.locator(".wb-drop")).to_have_css("border-top-style", "dashed")


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_another_page_on_a_living_kernel(lab, another, busy):
    go = [lab.server.root / f"go-{turn}" for turn in (1, 2)]
    lab.page.set_viewport_size({"width": 1000, "height": 1300})
    lab.open("living.ipynb", [VIEW, BUSY])
    lab.run_cell(0)
    dressed(lab)
    if busy:
        lab.run_cell(1)
        lab.page.wait_for_function(STATUS, arg="busy")
    other = another()
    other.page.goto(lab.server.url("doc/tree/living.ipynb"))
    other.page.wait_for_function(CONNECTED)
    if busy:
        other.page.wait_for_timeout(6000)  # the page gives up to ask for the widgets that there are
    other.run_cell(0)
    if busy:
        other.run_cell(1)  # the kernel has no time for this page's questions afterwards either
        go[0].touch()
    dressed(other)
    if busy:
        assert not go[1].exists()
        go[1].touch()
    other.both_themes("second-page" + "-busy" * busy, ".wb-check")
    assert other.python(SHEETS) == [1, 0]  # one sheet is kept, and every view knows it

    # the first page goes on, with what it draws anew
    lab.run_cell(0)
    dressed(lab)
    other.check()

    # and the second is loaded again: what stands there comes back by itself
    lab.idle()
    other.save()
    other.page.reload()
    dressed(other)
