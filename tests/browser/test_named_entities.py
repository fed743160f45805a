"""A tag for each word, in the app: train, types, confusion of entities, a sentence in colour."""

import pytest
from playwright.sync_api import expect

APP = """
import workbench as wb
app = wb.Workbench(task="token-classification", dataset="sample:tweets-ner",
                   max_train_examples=480, max_eval_examples=100, max_length=32, epochs=4)
app.header.tab = 2
app
"""


@pytest.fixture(autouse=True)
def samples_are_here(require_sample):
    require_sample("minilm-l6")
    require_sample("tweets-ner")


def test_a_cell_of_entities_leads_to_sentences_in_colour(lab):
    page = lab.page
    page.set_viewport_size({"width": 1240, "height": 2100})
    lab.open("entities.ipynb", [APP])
    lab.run_cell(0)
    page.locator("button[data-press=train]:not([disabled])").click(timeout=60_000)
    page.locator(".wb-controls[data-state=done]").wait_for(timeout=480_000)
    page.locator(".wb-steps [data-tab='3']").click()
    panel = page.locator(".wb-panel-3")
    expect(panel.get_by_text("F1, 95 % interval").first).to_be_visible(timeout=60_000)
    right = panel.locator("dt", has_text="right").locator("xpath=following-sibling::dd[1]")
    assert int(right.inner_text()) >= 5, "the run finds entities"
    expect(panel.get_by_text("invented").first).to_be_visible()
    panel.locator(".wb-classes").get_by_text("person").first.click()
    expect(panel.locator(".wb-examples")).to_contain_text("Sentences with an error in person")
    panel.locator(".wb-examples tbody tr").first.click()
    panel.locator(".wb-tagged .wb-word").first.wait_for()
    assert panel.locator(".wb-tagged .wb-gold, .wb-tagged .wb-found").count() >= 1
    panel.locator(".wb-attention[data-ready=true]").wait_for(timeout=90_000)
    lab.both_themes("entities", ".wb-app")
    lab.check()
