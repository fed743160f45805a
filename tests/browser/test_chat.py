"""Talking in a real page: by mouse, by keyboard alone, in both themes, while the kernel is busy."""

from playwright.sync_api import expect

from tests.browser.looking import faults_of_tabbing

RUN = """
import os, pathlib
import torch
import workbench as wb
from tests.training import writers
from tests.training.test_chat import recipe_for
here = pathlib.Path("talked").absolute()
os.environ["WORKBENCH_RUNS"] = str(here / "runs")
run = wb.fine_tune(recipe_for(here, max_steps=30, evaluate_every=30), here / "chit-chat",
                   progress=False)
"""
PANEL = """
panel = wb.widgets.ChatPanel(run)
panel
"""

def test_by_keyboard_alone(lab):
    lab.open("chat.ipynb", [RUN, PANEL])
    lab.run_cell(0)
    lab.run_cell(1)
    page, chat = lab.page, lab.page.locator(".wb-chat")
    expect(chat.locator(".wb-chat-answer")).to_have_count(2)
    expect(chat.get_by_text("before tuning").first).to_be_visible()
    expect(chat.locator("[data-state=done]")).to_have_count(2)
    lab.look("chat-opened", ".wb-stack:has(.wb-chat)")
    box = chat.get_by_label("What do you say?")
    box.focus()
    page.keyboard.type("<b>c</b> $d$")
    page.keyboard.press("Enter")
    expect(chat.locator("[data-state=done]")).to_have_count(4)
    expect(box).to_be_focused()
    expect(box).to_have_value("")
    chat.locator("[data-at='tokens-1-A']").press("Enter")
    expect(chat.locator(".wb-chat-bars tr")).to_have_count(8)
    chat.locator(".wb-token").first.focus()
    page.keyboard.press("ArrowRight")
    lab.look("chat-tokens", ".wb-stack:has(.wb-chat)")
    chat.locator(".wb-chat-bars button").first.press("Enter")
    expect(chat.get_by_text("Made to begin with")).to_be_visible()
    expect(chat.locator("[data-turn='1'] .wb-chat-pager")).to_contain_text("2/2")
    chat.locator("[data-at='nearest-1-B']").press("Enter")
    expect(chat.get_by_text("longest run")).to_be_visible()
    chat.locator("[data-at='rate-1-a']").press("Enter")
    expect(page.get_by_text("Who won")).to_be_visible()
    chat.locator("[data-at='settings']").press("Enter")
    chat.get_by_label("Words are chosen").select_option("sampling")
    expect(chat.get_by_label("temperature")).to_be_visible()
    chat.locator("[data-at='code']").press("Enter")
    expect(chat.locator(".wb-chat-paper pre")).to_contain_text("talk.say(")
    page.get_by_role("button", name="Judge them").press("Enter")
    expect(page.get_by_text("How far a judge agrees")).to_be_visible()
    chat.get_by_label("Rendered").press("Space")
    expect(chat.locator(".wb-chat-rendered p")).not_to_have_count(0)
    lab.look("chat-rated", ".wb-stack:has(.wb-chat)")
    chat.locator("[data-at='edit-1']").press("Enter")
    edited = chat.get_by_label("Another question in its place")
    edited.fill(" ")
    chat.locator("[data-at='save-1']").press("Enter")
    expect(page.get_by_text("text is empty")).to_be_visible()
    expect(edited).to_have_value(" ")  # what was refused stays
    edited.fill("e f")
    chat.locator("[data-at='save-1']").press("Enter")
    expect(chat.locator("[data-turn='2'] [data-state=done]")).to_have_count(2)
    expect(edited).to_have_count(0)
    assert faults_of_tabbing(page, chat.locator("[data-at='row']"), ".wb-chat") == []


LONG = """
import pathlib
import workbench as wb
from tests.talking.test_talks import LONG, endless
model = endless(pathlib.Path("endless").absolute())
panel = wb.widgets.ChatPanel(model, task="language-modelling", generation=LONG)
panel
"""


# busy until Stop was obeyed: behind this cell it would never be
BUSY = """
import time
while "stopped" not in [one.state for turn in panel.talk.turns for one in turn.answers[0]]:
    time.sleep(0.05)
"""


def test_a_long_text_is_stopped_while_the_kernel_is_busy(lab):
    lab.open("stop.ipynb", [LONG, BUSY])
    lab.run_cell(0)
    chat = lab.page.locator(".wb-chat")
    box = chat.get_by_label("A text that is gone on with")
    box.fill("a b")
    lab.run_cell(1)
    box.press("Enter")
    text = chat.locator("[data-state=writing]")
    expect(text).not_to_have_text("")
    stop = chat.locator("[data-at='stop']")
    stop.evaluate("e => { for (let n = 0; n < 20; n++) e.click(); }")
    expect(chat.get_by_text("Stopped here.")).to_be_visible()
    expect(chat.locator("[data-state=stopped]")).not_to_have_text("")
    lab.idle()
    lab.look("chat-stopped", ".wb-stack:has(.wb-chat)")
