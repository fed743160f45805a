"""The whole story in a real JupyterLab: wide, light, by mouse; narrow, dark, by keyboard alone."""

import json
import time

import pytest
from playwright.sync_api import expect

from workbench.errors import DownloadError

START = """
import workbench as wb
app = wb.Workbench(dataset="sample:question-types", max_train_examples=480, max_eval_examples=240,
                   max_length=32, epochs=2, batch_size=16)
app
"""
BUSY = "import time\ntime.sleep(600)"
BACK = "import workbench as wb\nback = wb.Workbench(run={run!r})\nback"


def points(lab):
    return int(lab.page.locator(".wb-curves").first.get_attribute("data-points") or 0)


def until(lab, what, seconds=60.0):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        lab.page.wait_for_timeout(100)


def press(locator, by):
    """A click, or the same with the keyboard."""
    if by == "mouse":
        locator.click()
    else:
        expect(locator).to_be_enabled(timeout=30_000)  # as a click waits
        locator.focus()
        locator.page.keyboard.press("Enter")


def fill(field, text, by):
    if by == "mouse":
        field.fill(text)
    else:
        field.focus()
        field.page.keyboard.press("Control+a")
        field.page.keyboard.type(text)
        field.page.keyboard.press("Tab")


def tab(lab, number, by="mouse"):
    if by == "mouse":
        lab.page.locator(f".wb-steps [data-tab='{number}']").click()
    else:
        lab.page.locator(".wb-steps [data-tab][tabindex='0']").focus()
        lab.page.keyboard.press("Home")
        for _ in range(number):
            lab.page.keyboard.press("ArrowRight")
    lab.page.locator(f".wb-steps [data-tab='{number}'][aria-selected=true]").wait_for()
    lab.page.wait_for_timeout(300)


@pytest.fixture(autouse=True)
def samples_are_here(require_sample):
    try:
        for name in ("minilm-l6", "question-types"):
            require_sample(name)
    except DownloadError as error:
        pytest.fail(str(error))


@pytest.mark.parametrize(("theme", "width", "by"), [
    pytest.param("light", 1400, "mouse", id="light"),
    pytest.param("dark", 950, "keyboard", id="dark"),
])  # fmt: skip
def test_the_story(lab, server, theme, width, by):
    page = lab.page
    page.set_viewport_size({"width": width, "height": 1750})
    name = f"story-{theme}.ipynb"
    lab.open(name, [START, BUSY, "1 + 1"])
    lab.theme(theme)

    # pick
    lab.run_cell(0)
    page.locator(".wb-form label").first.wait_for()
    page.locator(".wb[data-ready=true]").first.wait_for(timeout=60_000)
    expect(page.locator(".wb-balance tbody tr")).to_have_count(6)
    page.locator(".wb-more > summary").first.evaluate("(summary) => summary.click()")
    batch = page.locator("[data-field=batch_size]")
    fill(batch, "0", by)
    page.locator("[data-field=batch_size][aria-invalid=true]").wait_for()
    tab(lab, 2, by)
    page.get_by_text("Train is off. Batch: ").wait_for()
    assert page.locator("button[data-press=train]").is_disabled()
    tab(lab, 0, by)
    fill(batch, "16", by)
    page.locator("[data-field=batch_size][aria-invalid=false]").wait_for()
    lab.shot(f"app-pick-{theme}", ".wb-app")

    # train, pause, resume, and watch it while a cell sleeps
    tab(lab, 2, by)
    press(page.locator("button[data-press=train]"), by)
    page.locator(".wb-controls[data-state=running]").wait_for(timeout=90_000)
    until(lab, lambda: points(lab) >= 3, 120)
    press(page.locator("button[data-press=pause]"), by)
    page.locator(".wb-controls[data-state=paused]").wait_for(timeout=60_000)
    held = points(lab)
    page.wait_for_timeout(1500)
    assert points(lab) <= held + 1
    lab.run_cell(1)
    until(lab, lambda: lab.runs(1))
    press(page.locator("button[data-press=resume]"), by)
    page.locator(".wb-controls[data-state=running]").wait_for(timeout=60_000)
    until(lab, lambda: points(lab) >= held + 5, 90)
    assert lab.runs(1)
    lab.shot(f"app-train-{theme}", ".wb-app")

    # the kernel goes, the run stays; come back with no point missing
    run = page.locator(".wb-run").inner_text()
    folder = server.root / run
    lab.restart_kernel()
    page.evaluate(
        "code => { const n = window.jupyterapp.shell.currentWidget.content;"
        " n.model.sharedModel.cells[2].setSource(code); }", BACK.format(run=str(folder)))
    lab.command("notebook:clear-all-cell-outputs")
    lab.run_cell(2)
    page.locator(".wb-controls[data-state]").wait_for()
    page.locator(".wb-controls[data-state=done]").wait_for(timeout=480_000)
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    steps = [row["step"] for row in rows if row["kind"] == "step"]
    assert steps == list(range(1, len(steps) + 1)), "each step occurs once"
    until(lab, lambda: points(lab) == len(steps), 10)
    page.locator(".wb-panel-2 .wb-note").get_by_text("on 240 held-out examples.").wait_for()
    lab.shot(f"app-done-{theme}", ".wb-app")

    # inspect: a cell of the confusion matrix, an example, its attention, BertViz
    tab(lab, 3, by)
    wrong = page.locator(".wb-confusion button:not(:empty)")
    wrong.first.wait_for()
    cells = wrong.evaluate_all("all => all.map(b => b.dataset.cell)")
    cell = next(c for c in cells if c.split(".")[0] != c.split(".")[1])
    button = page.locator(f".wb-confusion button[data-cell='{cell}']")
    n = int(button.inner_text())
    press(button, by)
    panel = page.locator(".wb-panel-3")
    panel.locator(f".wb-examples[data-total='{n}']").wait_for()
    press(panel.locator(".wb-examples tbody tr").first, by)
    panel.locator(".wb-attention[data-ready=true]").wait_for(timeout=90_000)
    panel.locator(".wb-query[data-prediction]:not([data-prediction=''])").wait_for()
    lab.shot(f"app-inspect-{theme}", ".wb-app")
    press(panel.locator(".wb-bertviz [data-view=head]"), by)
    page.frame_locator(".wb-bertviz iframe").locator("svg").first.wait_for()
    lab.shot(f"app-bertviz-{theme}", ".wb-bertviz")

    # show code: a fresh interpreter makes the same recipe of it
    press(page.get_by_role("button", name="Show code"), by)
    code = page.locator(".wb-code pre").inner_text()
    made = {}
    exec(code.split("\nrun = ")[0], made)
    from workbench.run_folder.folder import RunFolder

    assert made["recipe"] == RunFolder(folder).recipe

    # save; a page without a kernel shows the summary
    lab.save()
    page.wait_for_timeout(500)
    saved = json.loads((server.root / name).read_text())
    outputs = [o for c in saved["cells"] for o in c.get("outputs", [])]
    html = ["".join(o["data"]["text/html"]) for o in outputs
            if "text/html" in o.get("data", {}) and "widget" not in str(o["data"].keys())]
    assert any("macro-F1" in h and folder.name in h and "<script" not in h for h in html)
    states = saved["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    assert len(states) > 10, "the widgets' state is in the notebook"
    size = (server.root / name).stat().st_size
    print(f"notebook saved after the run, with widget state: {size / 1000:.0f} kB")
    assert size < 500_000
    lab.check()
