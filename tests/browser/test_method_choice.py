"""Ways of training chosen by mouse: their own fields, what they take, and what is refused."""

import pytest
from playwright.sync_api import expect

from workbench import hardware

FORM = """
import workbench as wb
recipe = wb.Recipe(max_train_examples=300, max_eval_examples=40)
panel = wb.widgets.PickPanel(recipe, weigh=True)
panel
"""


@pytest.fixture(autouse=True)
def samples_are_here(require_sample):
    require_sample("minilm-l6")
    require_sample("movie-sentiment")


def test_own_fields_memory_and_refusals(lab):
    page = lab.page
    page.set_viewport_size({"width": 1200, "height": 2200})
    lab.open("method.ipynb", [FORM])
    lab.run_cell(0)
    form = page.locator("form.wb")
    page.get_by_text("More settings").click()

    def field(name):
        return form.locator(f"[data-field='{name}']")

    note = form.locator("[id$='-method-note']")
    expect(note).to_contain_text("22.7 of 22.7 M weights train · about", timeout=120_000)
    field("method").select_option("lora")
    expect(field("method.lora.rank")).to_be_visible()
    expect(note).to_contain_text("0.339 of 23.1 M weights train", timeout=120_000)

    share = field("augmentation.deletion.share")
    expect(share).to_be_hidden()
    field("augmentation").select_option("deletion")
    expect(share).to_be_visible()
    share.fill("0.2")
    share.press("Tab")
    lab.until("panel.recipe.augmentation['share']", 0.2)
    share.fill("2")
    share.press("Tab")
    expect(form.locator("[id$='-augmentation.deletion.share-note']")).to_contain_text("✕")
    lab.look("method-refused-share", "form.wb")
    share.fill("0.1")
    share.press("Tab")

    devices = field("hardware.devices")
    if hardware.available() > 1:
        devices.fill("both")
        devices.press("Tab")
        noted = form.locator("[id$='-hardware.devices-note']")
        expect(noted).to_contain_text("✕")
        lab.look("devices-refused", "form.wb")
        devices.fill("2")
        devices.press("Tab")
        lab.until("panel.recipe.hardware['devices']", 2)
        expect(noted).not_to_contain_text("✕")
    else:
        expect(devices).to_have_count(0)

    teacher = field("loss.distillation.teacher")
    expect(teacher).to_be_hidden()
    field("loss").select_option("distillation")
    expect(teacher).to_be_visible()
    said = form.locator("[id$='-loss.distillation.teacher-note']")
    expect(said).to_contain_text("✕")  # nobody is named yet
    teacher.fill("sample:minilm-l6")
    teacher.press("Tab")
    expect(said).not_to_contain_text("✕")
    lab.until("panel.recipe.loss['teacher']", "sample:minilm-l6")
    expect(field("loss.distillation.temperature")).to_have_value("2")
    lab.look("method-chosen", "form.wb")
    lab.check()
