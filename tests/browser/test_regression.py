"""A number for a text, in the app: train, metrics, residuals, an example's attention."""

import pytest
from playwright.sync_api import expect

APP = """
import workbench as wb
app = wb.Workbench(task="regression", dataset="sample:movie-strength", max_train_examples=96,
                   max_eval_examples=60, max_length=32, epochs=1)
app.header.tab = 2
app
"""


@pytest.fixture(autouse=True)
def samples_are_here(require_sample):
    require_sample("minilm-l6")
    require_sample("movie-strength")


def test_residuals_lead_to_their_examples(lab):
    page = lab.page
    page.set_viewport_size({"width": 1240, "height": 1900})
    lab.open("regression.ipynb", [APP])
    lab.run_cell(0)
    page.locator("button[data-press=train]:not([disabled])").click()
    page.locator(".wb-controls[data-state=done]").wait_for(timeout=480_000)
    page.get_by_text("Pearson's r").first.wait_for()
    page.locator(".wb-steps [data-tab='3']").click()
    panel = page.locator(".wb-panel-3")
    scatter = panel.locator(".wb-scatter[data-points='60']")
    scatter.wait_for()
    expect(panel.get_by_text("mean absolute error").first).to_be_visible()
    scatter.locator("canvas").focus()
    page.keyboard.press("ArrowRight")  # the worst
    panel.locator(".wb-attention[data-ready=true]").wait_for()
    worst = lab.python("app.inspect.views['residuals'].table.text[0]")
    expect(panel.locator(".wb-examples tbody tr[aria-selected=true]")).to_contain_text(worst[:40])
    expect(scatter).to_contain_text("residual")
    lab.both_themes("residuals", ".wb-app")
    scatter.get_by_role("button", name="Table").click()
    assert scatter.locator("table tbody tr").count() == 5
    lab.check()
