"""A list to choose from, by keyboard: its keys are its own, and it is marked when it has them."""

from playwright.sync_api import expect

from tests.browser.hands import Keyboard
from tests.browser.looking import faults_of_tabbing, faults_seen

CHOICE = """
import ipywidgets
from workbench.widgets.elements.choice import Choice
choice = Choice(label="Against", options=[["another run …", ""], ["other-run", "runs/1"],
                                          ["x-cut", "runs/2"], ["first", "runs/3"]])
box = ipywidgets.VBox([choice])
box.add_class("wb-app")
box
"""


def test_keys_pressed_in_a_list_stay_in_it(lab):
    page = lab.page
    lab.open("choice.ipynb", [CHOICE, "'after'"])
    lab.run_cell(0)
    choice = page.locator(".wb-choice select")
    choice.wait_for()
    lab.command("notebook:enter-command-mode")
    assert not (faults := faults_seen(page) + faults_of_tabbing(page, choice)), "\n".join(faults)
    choice.focus()
    for name, value in (("x-cut", "runs/2"), ("first", "runs/3"), ("other-run", "runs/1")):
        # as commands: x cuts the cell, o hides its output, r makes it raw
        choice.evaluate("e => e.blur()")
        choice.focus()
        Keyboard(page).choose(choice, name)
        lab.until("choice.value", value)
    expect(choice).to_be_focused()
    expect(choice).to_have_value("runs/1")
    cells = "window.jupyterapp.shell.currentWidget.content.widgets.map(w => w.model.type)"
    assert page.evaluate(cells) == ["code", "code"], "no key reached the notebook"
    lab.python("setattr(choice, 'value', 'runs/3')")  # as Python chooses
    expect(choice).to_have_value("runs/3")
    lab.check()
