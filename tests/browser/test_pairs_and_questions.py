"""Two columns of text, and questions with their contexts, as files of one's own in the app."""

import base64
import csv
import io
import json

from playwright.sync_api import expect

from tests.browser.test_own_data import DROP

APP = """
import pathlib
import workbench as wb
from tests.training import tiny
model = str(tiny.save_model(pathlib.Path("{name}").absolute()))
app = wb.Workbench(task="{task}", model=model, max_length=48, epochs=1, batch_size=8,
                   max_eval_examples=20, learning_rate=3e-3)
app.header.tab = 1
app
"""
WORDS = "film book story good bad warm dull very".split()


def dropped(lab, task, name, content):
    """The app with a file dropped on its Check step; the panel."""
    page = lab.page
    page.set_viewport_size({"width": 1240, "height": 1900})
    lab.open(f"{task}.ipynb", [APP.format(task=task, name=f"model-{task}")])
    lab.run_cell(0)
    panel = page.locator(".wb-panel-1")
    panel.locator(".wb-drop").wait_for()
    page.evaluate(DROP, [name, base64.b64encode(content.encode()).decode()])
    panel.get_by_text(f"{name} is here.").wait_for()
    panel.locator(".wb-check[data-ready=true]").wait_for()
    return panel


def trained(lab):
    page = lab.page
    page.locator(".wb-steps [data-tab='2']").click()
    page.locator("button[data-press=train]:not([disabled])").click()
    page.locator(".wb-controls[data-state=done]").wait_for(timeout=480_000)
    page.locator(".wb-steps [data-tab='3']").click()
    return page.locator(".wb-panel-3")


def test_a_pair_of_texts(lab):
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(["nr", "first text", "second text", "verdict"])
    for n in range(80):
        one, two = WORDS[n % 8], WORDS[(n * 3) % 8]
        lines.writerow([n, f"the {one} is so {n}", f"a {two} it was {n}",
                        "same" if one == two else "other"])
    panel = dropped(lab, "text-classification", "pairs.csv", out.getvalue())
    for role, column in (("text", "first text"), ("pair", "second text"), ("label", "verdict")):
        panel.locator(f"[data-role={role}] select").select_option(column)
        expect(panel.locator(f"[data-role={role}] select")).to_have_value(column)
        panel.locator(".wb-check[data-ready=true]").wait_for()
    expect(panel.locator("[data-role=pair] .wb-sample").first).to_have_text("a film it was 0")
    lab.both_themes("pairs-check", ".wb-app")
    inspect = trained(lab)
    assert lab.python("app.run.recipe.columns['pair']") == "second text"
    first = inspect.locator(".wb-examples tbody tr").first
    expect(first.locator("td").first).to_contain_text("it was")  # both texts are shown
    first.click()
    inspect.locator(".wb-attention[data-ready=true]").wait_for()
    lab.both_themes("pairs-inspect", ".wb-app")
    lab.check()


def test_questions_of_ones_own(lab):
    data = []
    for n in range(40):
        context = f"the story {n} is a good film and the book {n} is so bad"
        at = context.index("book")
        data.append({"title": f"t{n}", "paragraphs": [{"context": context, "qas": [
            {"id": f"a{n}", "question": f"what is good {n}",
             "answers": [{"text": f"story {n}", "answer_start": 4}]},
            {"id": f"b{n}", "question": f"what is bad {n}",
             "answers": [{"text": f"book {n}", "answer_start": at}]},
        ]}]})
    panel = dropped(lab, "question-answering", "squad.json", json.dumps({"data": data}))
    expect(panel.locator("[data-role=context] select")).to_have_value("context")
    expect(panel.locator("[data-role=answers] select")).to_have_value("answers")
    lab.both_themes("questions-check", ".wb-app")
    inspect = trained(lab)
    inspect.locator(".wb-groups tbody tr").first.click()
    inspect.locator(".wb-examples tbody tr").first.click()
    expect(inspect.locator(".wb-answer").first).to_be_visible()
    lab.both_themes("questions-inspect", ".wb-app")
    lab.check()
