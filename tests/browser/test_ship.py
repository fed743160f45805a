"""The app's last step by mouse: smaller, kept, exported, served, ended."""

import re

import pytest
from playwright.sync_api import expect

APP = """
import workbench as wb
app = wb.Workbench(dataset="sample:movie-sentiment", max_train_examples=64, max_eval_examples=40,
                   max_length=32, epochs=1)
app.header.tab = 2
app
"""


@pytest.fixture(autouse=True)
def samples_are_here(require_sample):
    for name in ("minilm-l6", "movie-sentiment"):
        require_sample(name)


def test_a_run_is_made_smaller_exported_and_served(lab, tmp_path):
    page = lab.page
    page.set_viewport_size({"width": 1240, "height": 1500})
    lab.open("ship.ipynb", [APP])
    lab.run_cell(0)
    step = page.locator(".wb-steps [data-tab='4']")
    panel = page.locator(".wb-panel-4")
    step.click()
    expect(panel.get_by_text("There is no finished run to ship.")).to_be_visible()
    page.locator(".wb-steps [data-tab='2']").click()
    page.locator("button[data-press=train]:not([disabled])").click()
    page.locator(".wb-controls[data-state=done]").wait_for(timeout=480_000)
    step.click()
    how = panel.get_by_label("Make it smaller:")
    how.select_option("int4")
    panel.get_by_role("button", name="Try it").click()
    expect(panel.get_by_text("Measured on 40 drawn examples")).to_be_visible()
    rows = panel.locator("table").first.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("int4")
    panel.get_by_role("button", name="Keep", exact=True).click()
    expect(
        panel.get_by_text(re.compile("Kept as the run|Press Keep it anyway|press Keep it anyway"))
    ).to_be_visible()
    panel.get_by_label("folder (empty: named after the run)").fill(str(tmp_path / "mine"))
    panel.get_by_role("button", name="Export").click()
    expect(panel.get_by_text("another process answered 32 of 32 examples")).to_be_visible()
    panel.get_by_role("button", name="Serve it on this machine").click()
    expect(panel.get_by_text("It answers at http://127.0.0.1:")).to_be_visible()
    lab.both_themes("ship", ".wb-app")
    panel.get_by_role("button", name="End the server").click()
    expect(panel.get_by_text("It answers at")).to_have_count(0)
    lab.check()
