"""Several labels a text, and classes with parents, in the app: where a run errs, to an example."""

import pytest
from playwright.sync_api import expect

SETS = """
import workbench as wb
app = wb.Workbench(task="multi-label-classification", dataset="sample:tweets-entity-types",
                   max_train_examples=400, max_eval_examples=120, max_length=32, epochs=1)
app.header.tab = 2
app
"""

PARENTS = """
import workbench as wb
from workbench.widgets.panels.inspect import InspectPanel
run = wb.fine_tune(wb.Recipe(dataset="sample:question-types-fine", max_train_examples=480,
                             max_eval_examples=200, max_length=32, epochs=2, learning_rate=3e-4,
                             fixes=["drop_rare_classes:12"]), progress=False)
panel = InspectPanel(run)
panel
"""


@pytest.fixture(autouse=True)
def samples_are_here(require_sample):
    for name in ("minilm-l6", "tweets-entity-types", "question-types-fine"):
        require_sample(name)


def test_a_label_leads_to_texts_and_a_text_to_its_scores(lab):
    page = lab.page
    page.set_viewport_size({"width": 1240, "height": 2300})
    lab.open("label_sets.ipynb", [SETS])
    lab.run_cell(0)
    page.locator("button[data-press=train]:not([disabled])").click()
    page.locator(".wb-controls[data-state=done]").wait_for(timeout=480_000)
    page.get_by_text("macro-F1").first.wait_for()
    page.locator(".wb-steps [data-tab='3']").click()
    panel = page.locator(".wb-panel-3")
    expect(panel.get_by_text("whole set right").first).to_be_visible()
    classes = panel.locator(".wb-classes")
    for title in ("threshold", "missed", "invented"):
        expect(classes.locator("th", has_text=title)).to_be_visible()
    expect(classes.locator("tbody tr")).to_have_count(10)
    classes.get_by_text("person").first.click()
    expect(panel.locator(".wb-examples")).to_contain_text("person:")
    expect(panel.locator(".wb-plot")).to_contain_text("chosen:")
    panel.locator(".wb-examples tbody tr").first.click()
    marks = panel.locator(".wb-marks tbody tr")
    marks.first.wait_for()
    wrong = panel.locator(".wb-marks tr[data-mark=missed], .wb-marks tr[data-mark=invented]")
    expect(wrong.first).to_be_visible()
    panel.locator(".wb-attention[data-ready=true]").wait_for()
    lab.both_themes("label-sets", ".wb-app")
    lab.check()


def test_parents_lead_to_their_classes(lab):
    page = lab.page
    page.set_viewport_size({"width": 1240, "height": 1700})
    lab.open("parents.ipynb", [PARENTS])
    lab.run_cell(0)
    page.get_by_role("tab", name="Parents").click()
    grids = page.locator(".wb-confusion")
    expect(page.get_by_text("of all errors inside the right parent").first).to_be_visible()
    page.locator(".wb-classes").get_by_text("LOC").first.click()
    expect(page.get_by_text("Classes of LOC;")).to_be_visible()
    expect(grids).to_have_count(2)
    expect(grids.nth(1)).to_contain_text("(elsewhere)")
    expect(page.locator(".wb-examples").first).to_contain_text("LOC")
    lab.both_themes("parents", ".jp-OutputArea-output")
    lab.check()
