"""A run of each task in a real page: opened again, asked about a text, a file, compared."""

import csv

from playwright.sync_api import expect

SET_UP = """
import os, pathlib
import workbench as wb
from tests.widgets.every_task import TASKS, train
here = pathlib.Path("asking").absolute()
os.environ["WORKBENCH_RUNS"] = str(here / "runs")
for task in TASKS:
    if not (here / "runs" / task).is_dir():
        train(task, here, epochs=4)
if not (here / "runs" / "other").is_dir():
    train("token-classification", here, name="other", epochs=1)
app = wb.Workbench(run=here / "runs" / {task!r})
app.header.tab = 3
app
"""
WIDTHS = (1400, 950)


def opened(lab, task, width=1400):
    lab.page.set_viewport_size({"width": width, "height": 1500})
    lab.open(f"asking-{task}.ipynb", [SET_UP.format(task=task)])
    lab.run_cell(0)
    panel = lab.page.locator(".wb-panel-3")
    panel.locator(".wb-stats dd").first.wait_for(timeout=180_000)
    return panel


def fits(page, panel):
    """Nothing sticks out of the panel to the right."""
    wide = panel.evaluate("""p => {
      const edge = p.getBoundingClientRect().right + 1;
      const apart = ".wb-scroll, .wb-confusion, .wb-hidden, svg, canvas";
      return [...p.querySelectorAll(".wb *")].filter((e) => e.offsetParent && !e.closest(apart)
        && e.getBoundingClientRect().right > edge).map((e) => e.outerHTML.slice(0, 99)).slice(0, 3);
    }""")
    assert wide == []


def test_a_question_is_typed_and_answered_by_keyboard(lab):
    panel = opened(lab, "question-answering")
    page = lab.page
    assert page.locator(".wb-app").count() == 1, "the panels are shown once"
    box = panel.get_by_label("Choose a question above, or type one")
    box.focus()
    page.keyboard.type("what was it")
    page.keyboard.press("Tab")
    expect(panel.get_by_label("Text in which the answer stands")).to_be_focused()
    page.keyboard.type("a film and a great story")
    page.keyboard.press("Enter")
    answer = panel.locator(".wb-answer", has_text="The answer in its text")
    answer.wait_for()
    said = lab.python("app.inspect.query.prediction")
    if said != "no answer":
        expect(answer.locator("mark.wb-found")).to_have_text(said)
    expect(answer).to_contain_text("speaks for no answer")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 1500})
        lab.both_themes(f"asking-question-{width}", ".wb-app")
        fits(page, panel)
    lab.check()


def test_a_sentence_a_file_a_comparison_and_no_view_left_behind(lab, tmp_path):
    panel = opened(lab, "token-classification")
    page = lab.page
    box = panel.get_by_label("Choose a sentence above, or type one")
    box.fill("the film was great so bad")
    box.press("Enter")
    panel.locator(".wb-tagged .wb-word").first.wait_for()
    found = lab.python("len(app.inspect.said.entities.rows)")
    expect(panel.locator(".wb-tagged .wb-found")).to_have_count(found)
    expect(panel.get_by_text("found", exact=False).first).to_be_visible()
    file = tmp_path / "sentences.csv"
    file.write_text("text\n" + "".join(f"the film {w} was so good\n" for w in ("a", "b", "c")))
    panel.locator(".wb-file input[type=file]").set_input_files(file)
    panel.locator(".wb-file[data-state=done]").wait_for(timeout=60_000)
    button = panel.get_by_role("button", name="Download the predictions")
    button.focus()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    with open(download.value.path(), encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert download.value.suggested_filename == "sentences-predictions.csv"
    assert [row["text"] for row in rows] == [f"the film {w} was so good" for w in "abc"]
    expect(panel.locator(".wb-twin code")).to_contain_text("predict_file('sentences.csv'")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 1500})
        lab.both_themes(f"asking-sentence-{width}", ".wb-app")
        fits(page, panel)

    tabs = panel.locator(".wb-tabs").first
    compare = tabs.locator("[data-view=compare]")
    tabs.locator("[aria-selected=true]").focus()
    while compare.get_attribute("aria-selected") != "true":
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(50)
    expect(compare).to_be_focused()
    choice = panel.locator(".wb-choice select")
    expect(choice.locator("option")).to_have_text(["another run …", "other"])
    choice.select_option(index=1)
    panel.get_by_text("McNemar's test").wait_for()
    lab.both_themes("asking-compare", ".wb-app")
    fits(page, panel)

    def nodes():
        return page.evaluate("() => document.querySelectorAll('*').length")

    def turn():
        for name in ("slices", "entities", "report", "compare", "entities"):
            tabs.locator(f"[data-view={name}]").click()
            lab.until("app.inspect.tabs.selected", name)
        panel.locator(".wb-confusion").wait_for()
        page.wait_for_timeout(300)

    turn()
    there = nodes()
    turn()
    turn()
    assert nodes() <= there + 20, "ten switches of views leave nothing in the page"
    lab.check()
