"""A page that has much else to do: what the kernel sends is shown all the same."""

import pytest
from playwright.sync_api import expect

CELL = """
from workbench.widgets.elements.stats import Stats
from workbench.widgets.elements.table import Sheet
import ipywidgets, pandas as pd
stats, sheet = Stats(), Sheet(choosable=True)
box = ipywidgets.VBox([stats, sheet])
stats.show([("1", "at first")])
box
"""
# The widget library waits two seconds for a view's script. Here they have passed before it came.
LATE = """() => { AbortSignal.timeout = () => {
  const passed = new AbortController();
  queueMicrotask(() => passed.abort());
  return passed.signal;
}; }"""


@pytest.mark.parametrize("late", [False, True], ids=["in-time", "late"])
def test_what_is_sent_to_a_view_is_shown_however_late_its_script_came(lab, late):
    page = lab.page
    lab.open("slow-page.ipynb", [CELL])
    if late:
        page.evaluate(LATE)
    lab.run_cell(0)
    figures = page.locator(".wb-stats dd")
    expect(figures).to_have_text(["1"])
    lab.python("stats.show([('2', 'later'), ('3', 'later still')])")
    expect(figures).to_have_text(["2", "3"])
    lab.python("sheet.show(pd.DataFrame({'a': [1, 2]}), ['a'])")
    rows = page.locator(".wb-sheet tbody tr")
    expect(rows).to_have_count(2)
    rows.nth(1).click()
    lab.until("sheet.selected", 1)
    lab.python("stats.show([('4', 'at last')])")
    expect(figures).to_have_text(["4"])
    lab.check()
