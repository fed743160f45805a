"""One's own file in the app: drop it, see how it was read, map it, mend it, train on it."""

import base64
import json

import pytest
from playwright.sync_api import expect

APP = """
import workbench as wb
app = wb.Workbench(max_length=16, epochs=1, batch_size=8, max_eval_examples=20)
app.header.tab = 1
app
"""
GOOD = ["a fine film", "great fun", "I loved it", "moving and wise", "a joy", "well played"]
BAD = ["dull", "a waste of time", "I hated it", "loud and empty", "a bore", "badly played"]
DROP = """([name, content]) => {
  const bytes = Uint8Array.from(atob(content), c => c.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], name));
  const target = document.querySelector('.wb-drop');
  for (const kind of ['dragenter', 'dragover', 'drop'])
    target.dispatchEvent(
      new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


def messy():
    rows = ["nr;what was said;verdict"]
    for n in range(36):
        rows.append(f"{2 * n};{GOOD[n % 6]}, scene {n} says;gut")
        rows.append(
            f"{2 * n + 1};{BAD[n % 6]}, scene {n} says;{'Schlecht ' if n % 9 == 4 else 'schlecht'}"
        )
    rows += ["90;;gut", "91;great fun, scene 1 says;gut", "92;<img src=x onerror=__ran=1>;gut"]
    return "\n".join(rows).encode("cp1252")


@pytest.fixture(autouse=True)
def samples_are_here(require_sample):
    require_sample("minilm-l6")
    require_sample("movie-sentiment")


def test_upload_map_doctor_fix_train(lab, server):
    page = lab.page
    page.set_viewport_size({"width": 1240, "height": 1900})
    lab.open("own.ipynb", [APP])
    lab.run_cell(0)
    panel = page.locator(".wb-panel-1")
    panel.locator(".wb-check[data-ready=true]").wait_for()

    page.evaluate(DROP, ["reviews.csv", base64.b64encode(messy()).decode()])
    panel.get_by_text("reviews.csv is here.").wait_for()
    panel.locator(".wb-check[data-ready=true] tr[data-check='empty text']").wait_for()
    expect(panel.get_by_text("semicolon").first).to_be_visible()
    role = panel.locator("[data-role=text]")
    expect(role.locator("select")).to_have_value("what was said")
    expect(role.locator(".wb-sample").first).to_have_text("a fine film, scene 0 says")
    lab.both_themes("check-found", ".wb-app")

    # map: another column, and back
    panel.locator("[data-role=label] select").select_option("nr")
    too_many = panel.locator("tr[data-check='too many classes']")
    too_many.first.wait_for()
    panel.locator("[data-role=label] select").focus()
    panel.locator("[data-role=label] select").select_option("verdict")
    expect(too_many).to_have_count(0)  # until then the findings are the old ones
    ready = panel.locator(".wb-check[data-ready=true]")
    empty = ready.locator("tr[data-check='empty text']")
    empty.wait_for()
    expect(panel.locator("[data-role=label] select")).to_be_focused()

    # mend: one by its button, with the keyboard; then all; one is taken back and accepted again
    empty.locator("button[data-fix]").focus()
    page.keyboard.press("Enter")
    panel.locator("[data-unfix=drop_empty_texts]").wait_for()
    ready.wait_for()
    expect(empty).to_have_count(0)
    expect(panel.locator("button[data-fix]").first).to_be_focused()  # the next one
    panel.locator("[data-press=fix-all]:not([disabled])").click()
    panel.locator("[data-unfix=merge_labels]").wait_for()
    panel.locator("[data-unfix=drop_empty_texts]").click()
    empty.wait_for()
    panel.locator("[data-press=fix-all]:not([disabled])").click()
    panel.get_by_text("Ready to train.").wait_for()
    lab.both_themes("check-mended", ".wb-app")
    for width in (900, 1400):
        page.set_viewport_size({"width": width, "height": 1900})
        page.wait_for_timeout(400)
        wide = panel.evaluate("e => e.scrollWidth - e.clientWidth")
        assert wide <= 1, f"{wide} px too wide at {width}"
        lab.shot(f"check-{width}", ".wb-app")

    # train on it
    page.locator(".wb-steps [data-tab='2']").click()
    page.locator("button[data-press=train]:not([disabled])").click()
    page.locator(".wb-controls[data-state=done]").wait_for(timeout=480_000)
    folder = server.root / page.locator(".wb-run").inner_text()
    recipe = (folder / "recipe.yaml").read_text()
    assert "drop_empty_texts" in recipe and "merge_labels" in recipe and "verdict" in recipe
    info = json.loads((folder / "data" / "info.json").read_text())
    assert sorted(info["counts"]["train"]) == ["gut", "schlecht"]
    page.locator(".wb-steps [data-tab='3']").click()
    page.locator(".wb-confusion button").first.wait_for()
    lab.check()


ALONE = """
import pandas as pd
import workbench as wb
kinds = ("a fine film", "dull", "great fun", "a bore")
texts = [f"{kind}, scene {n}" for n in range(6) for kind in kinds]
panel = wb.widgets.CheckPanel(pd.DataFrame({"text": texts, "label": ["good", "bad"] * 12}))
panel
"""


def test_the_panel_alone_by_keyboard(lab):
    page = lab.page
    page.set_viewport_size({"width": 1000, "height": 1500})
    lab.open("alone.ipynb", [ALONE])
    lab.run_cell(0)
    panel = page.locator(".wb-check[data-ready=true]")
    panel.get_by_text("Ready to train.").wait_for()
    task = panel.locator("[data-name=task]")
    expect(task).to_have_value("guess")
    expect(task.locator("option").first).to_have_text("as guessed: Text classification")
    folds = panel.locator("[data-name=folds]")
    folds.focus()
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    panel.locator("[data-name=fold]").wait_for()
    expect(folds).to_be_focused()
    panel.locator("[data-name=fold]").select_option("2")
    lab.both_themes("check-alone", ".wb-check")
    lab.check()
