"""What if, slices, the map and the report in a real page."""

from playwright.sync_api import expect

CELLS = ["""
import os, pathlib
import workbench as wb
from tests.training import tiny
from workbench.widgets.panels.inspect import InspectPanel
here = pathlib.Path("what-if").absolute()
os.environ["WORKBENCH_RUNS"] = str(here / "runs")
recipe = wb.Recipe(model=str(tiny.save_model(here / "model")), dataset=tiny.frame(150),
    test_size=60, validation_size=20, batch_size=16, max_length=32, learning_rate=3e-3, epochs=2)
run = wb.fine_tune(recipe, progress=False)
panel = InspectPanel(run)
panel
"""]

def test_what_if_slices_and_report(lab):
    lab.open("what-if.ipynb", CELLS)
    lab.run_cell(0)
    page = lab.page
    tabs = page.locator(".wb-tabs")
    tabs.get_by_role("tab", name="What if").wait_for()
    tabs.locator("[data-view=whatif]").click()
    view = page.locator(".wb-stack:has(.wb-effects)").last
    box = view.locator(".wb-query textarea").first
    box.click()
    box.fill("")
    box.press_sequentially("the film is not good", delay=30)
    lab.until("panel.views['whatif'].query.text", "the film is not good")
    said = lab.python("run.predict(['the film is not good'])['prediction'][0]")
    expect(view.locator(".wb-query")).to_have_attribute("data-prediction", said)
    view.get_by_role("button", name="Leave out each word").click()
    expect(view.locator(".wb-effect")).to_have_count(5)
    lab.both_themes("what-if", ".wb-stack:has(.wb-effects)")
    view.get_by_role("button", name="Swap names").click()
    expect(view).to_contain_text("negation")
    view.get_by_role("button", name="Nearest training").click()
    expect(view).to_contain_text("similarity")
    tabs.locator("[data-view=slices]").click()
    page.get_by_role("button", name="Find slices").click()
    page.locator(".wb-line [role=status]").filter(has_text="slices tried").first.wait_for()
    lab.both_themes("slices", ".wb-stack")
    tabs.locator("[data-view=map]").click()
    chart = page.locator(".wb-map")
    page.locator(".wb-map[data-points='60']").wait_for()
    box = chart.locator("canvas").last.bounding_box()
    left, top, width, height = (box[name] for name in ("x", "y", "width", "height"))
    page.mouse.move(left + 2, top + 2)
    page.mouse.down()
    for x, y in ((0.5, 0.01), (0.5, 0.99), (0.01, 0.99)):  # round the left half
        page.mouse.move(left + x * width, top + y * height, steps=4)
    page.mouse.up()
    lab.until("0 < len(panel.views['map'].map.chosen) < 60", True)
    inside = lab.python("""(lambda t: sorted(
        i for i, x in enumerate(t['x']) if x < (t['x'].min() + t['x'].max()) / 2
    ))(panel.views['map'].table)""")
    assert lab.python("sorted(panel.views['map'].map.chosen)") == inside
    expect(page.locator(".wb-examples:visible").last).to_contain_text("Chosen points, by loss")
    lab.both_themes("map", ".wb-stack:has(.wb-map)")
    chart.get_by_role("button").first.click()
    label = lab.python("panel.views['map'].map.legend[0]")
    count = lab.python(f"int((panel.views['map'].table['label'] == {label!r}).sum())")
    lab.until("len(panel.views['map'].map.chosen)", count)
    tabs.locator("[data-view=report]").click()
    page.get_by_role("button", name="Write the report").click()
    page.get_by_text("Written.").wait_for()
    lab.both_themes("report-view", ".wb-stack")
    html = lab.python("(run.path / 'report.html').read_text()")
    lab.shots.joinpath("report.html").write_text(html)
