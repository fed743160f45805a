"""Changed copies of training examples, chosen and looked at before anything is trained."""

import pytest
from playwright.sync_api import expect

CHECKED = """
import pandas as pd
import workbench as wb
kinds = ("a fine film", "dull and long", "great fun", "a bore of a film")
texts = [f"{kind}, scene {n} says" for n in range(12) for kind in kinds]
data = pd.DataFrame({"text": texts, "label": ["good", "bad"] * 24})
recipe = wb.Recipe(dataset=data, columns={"text": "text", "label": "label"},
                   augmentation={"kind": "several", "kinds": ["deletion", "swap"]})
panel = wb.widgets.CheckPanel(recipe)
panel
"""


@pytest.fixture(autouse=True)
def samples_are_here(require_sample):
    require_sample("minilm-l6")
    require_sample("movie-sentiment")


def test_the_check_shows_examples_before_and_after(lab):
    page = lab.page
    page.set_viewport_size({"width": 1100, "height": 1500})
    lab.open("copies.ipynb", [CHECKED])
    lab.run_cell(0)
    panel = page.locator(".wb-check[data-ready=true]")
    panel.get_by_text("Ready to train.").wait_for()
    row = panel.locator("tr[data-check='augmentation']")
    expect(row).to_contain_text("one of deletion, swap for each copy")
    expect(row).to_contain_text("→")
    row.locator("summary").click()
    lab.look("copies-checked", ".wb-check")
    lab.check()
