"""The round in a real page: confusion, examples, relabel by key, new recipe, comparison."""

from playwright.sync_api import expect

CELLS = ["""
import os, pathlib
from IPython.display import display
import workbench as wb
from workbench import inspection
from tests.training import tiny
from workbench.widgets.panels.inspect import InspectPanel
here = pathlib.Path("errors").absolute()
os.environ["WORKBENCH_RUNS"] = str(here / "runs")
frame = tiny.frame(150)
wrong = [3, 20, 44, 71, 90, 103]
frame.loc[wrong, "label"] = [
    "class-1" if v == "class-0" else "class-0" for v in frame["label"][wrong]]
recipe = wb.Recipe(model=str(tiny.save_model(here / "model")), dataset=frame, test_size=30,
    validation_size=20, batch_size=16, max_length=32, learning_rate=3e-3, epochs=2,
    precision="fp32")
run = wb.fine_tune(recipe, progress=False)
panel = InspectPanel(run)
panel
"""]


def test_confusion_to_a_better_run(lab):
    lab.open("errors.ipynb", CELLS)
    lab.run_cell(0)
    page = lab.page
    tabs = page.locator(".wb-tabs")
    tabs.get_by_role("tab", name="Confusion").wait_for()
    cell = page.locator(".wb-confusion button[data-cell='0.0']")
    support, predicted, hits = (lab.python(f"int({what})") for what in (
        "panel.grid.support[0]", "panel.grid.predicted[0]",
        "inspection.confusion(run).iloc[0, 0]"))
    for mode, whole in (("label", support), ("prediction", predicted)):
        page.locator(f"[data-mode={mode}]").click()
        share = f"{100 * hits / whole:.0f}" if hits else ""
        expect(cell).to_have_text(share)
    page.locator("[data-mode=counts]").click()
    cell.click()
    expect(page.locator(".wb-examples tbody tr").first).to_be_visible()
    table = page.locator(".wb-examples").first
    table.get_by_label("Order").select_option("margin")
    expect(table.locator("thead")).to_contain_text("margin")
    table.get_by_label("Regular expression").click()
    table.get_by_label("Search the texts").fill("(")
    expect(table.get_by_role("alert")).to_contain_text("cannot be searched for")
    lab.both_themes("errors-confusion", ".wb-stack")
    table.get_by_label("Search the texts").fill("")
    table.get_by_label("Order").select_option("loss")

    for name, ready in (("curves", ".wb-plot[data-series='3']"), ("calibration", ".wb-plot")):
        tabs.locator(f"[data-view={name}]").click()
        page.locator(ready).first.wait_for()
        lab.both_themes(f"errors-{name}", ".wb-stack")

    tabs.locator("[data-view=costs]").click()
    line = page.locator(".wb-stack .wb-line")
    line.locator("select").first.select_option("class-0")
    line.locator("select").nth(1).select_option("class-1")
    line.locator("input").fill("5")
    line.get_by_role("button", name="Set").click()
    expect(page.get_by_text("Costs that you set")).to_be_visible()
    lab.both_themes("errors-costs", ".wb-stack")

    tabs.locator("[data-view=labels]").focus()
    tabs.locator("[data-view=labels]").click()
    card = page.locator(".wb-queue")
    card.get_by_role("button", name="Find doubtful labels").click()
    page.locator(".wb-queue:not([data-total='-1'])").wait_for()
    lab.both_themes("errors-labels", ".wb-stack")
    card.focus()
    page.keyboard.press("r")
    page.locator(".wb-queue[data-decided='1']").wait_for()
    page.keyboard.press("u")
    page.locator(".wb-queue[data-decided='0']").wait_for()
    total = int(card.get_attribute("data-total"))
    for number in range(total):
        page.keyboard.press("r")
        page.locator(f".wb-queue[data-decided='{number + 1}']").wait_for()
    assert lab.python("(panel.views['labels'].queue.corrections()['action'] == 'relabel').sum()")
    card.get_by_role("button", name="Undo").click()
    page.locator(f".wb-queue[data-decided='{total - 1}']").wait_for()
    names = lab.python("[panel.views['labels'].card.current[n] for n in ('label', 'suggestion')]")
    expect(card.get_by_role("button", name=f"Keep {names[0]}")).to_be_enabled()
    card.get_by_role("button", name=f"Change to {names[1]}").click()
    page.locator(f".wb-queue[data-decided='{total}']").wait_for()
    card.get_by_role("button", name="Train with corrections").focus()
    page.keyboard.press("Enter")
    page.locator(".wb-queue[data-training='true']").wait_for()
    card.get_by_text("The corrections are in").wait_for()
    lab.shot("errors-training", ".wb-stack")
    expect(tabs.locator("[data-view=compare]")).to_have_attribute(
        "aria-selected", "true")
    page.locator(".wb-sheet[data-rows='2']").first.wait_for()
    assert lab.python("panel.run.recipe.corrections is not None")
    assert lab.python("panel.views['compare'].choice.value == str(run.path)")
    expect(tabs.locator("[data-view=compare]")).to_be_focused()
    assert lab.python("[row[0] for row in panel.views['compare'].recipe.rows]") == ["corrections"]
    lab.both_themes("errors-compare", ".wb-stack")
    lab.check()
