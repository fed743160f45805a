"""Texts that a model wrote, in a real page: figures, marks, order, tokens with their rivals."""

from playwright.sync_api import expect

CELLS = ["""
import os, pathlib
import workbench as wb
from tests.training import toy_task, writers
from workbench.widgets.panels.inspect import InspectPanel
here = pathlib.Path("written").absolute()
os.environ["WORKBENCH_RUNS"] = str(here / "runs")
frame = toy_task.frame(60).rename(columns={"letters": "source", "numbers": "target"})
recipe = wb.Recipe(task="text-to-text", model=str(writers.save(here / "model", "t5")),
    dataset=frame, test_size=12, validation_size=12, batch_size=16, max_length=16, max_steps=4,
    learning_rate=3e-3, generation={"kind": "greedy", "max_new_tokens": 8})
run = wb.fine_tune(recipe, progress=False)
panel = InspectPanel(run)
panel
"""]


def test_texts_beside_their_references_token_by_token(lab):
    lab.open("written.ipynb", CELLS)
    lab.run_cell(0)
    page = lab.page
    texts = page.locator(".wb-written[data-total='12']")
    texts.wait_for()
    expect(page.get_by_text("chrF, 95 % interval")).to_be_visible()
    expect(texts.locator("mark.wb-diff").first).to_be_visible()
    texts.locator("select").select_option("loss")
    lab.until("panel.views['written'].texts.order", "loss")
    worst = lab.python("run.predictions().sort_values('loss')['text'].iloc[-1]")
    expect(texts.locator("tbody tr").first).to_contain_text(worst)
    texts.locator("tbody tr").first.focus()
    page.keyboard.press("Enter")
    tokens = page.locator(".wb-strip .wb-token")
    tokens.first.wait_for()
    tokens.first.hover()
    detail = page.locator(".wb-detail").first
    expect(detail).to_contain_text("Likeliest")
    share = lab.python("float(panel.views['written'].tokens.probabilities[0])")
    expect(detail).to_contain_text(f"probability {share:.3f}")
    lab.python("setattr(panel.views['written'].costs, 'note', 'drawn anew')")
    expect(page.get_by_text("drawn anew")).to_be_visible()
    page.mouse.move(1, 1)
    expect(detail).to_contain_text(f"probability {share:.3f}")
    tokens.first.click()
    read = page.locator(".wb-strip").nth(1)
    expect(read.locator(".wb-token").first).to_be_visible()
    expect(read).to_contain_text("by attention")
    page.get_by_label("A chosen token by").select_option("occlusion")
    expect(read).to_contain_text("by leaving each out")
    lab.look("written-texts", ".wb-stack:has(.wb-written)")
    for width in (950, 820, 700):  # the arrows stay beside each other where the line is full
        page.set_viewport_size({"width": width, "height": 1100})
        arrows = texts.locator("[data-turn]")
        tops = [arrows.nth(n).bounding_box()["y"] for n in range(2)]
        assert tops[0] == tops[1] and arrows.count() == 2, width
