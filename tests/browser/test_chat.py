"""Talking in a real page: by mouse, by keyboard alone, in both themes, while the kernel is busy."""

from playwright.sync_api import expect

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
BUSY = "import time\nwhile panel.talk.writing: time.sleep(0.05)"


def test_by_keyboard_alone(lab):
    lab.open("chat.ipynb", [RUN, PANEL, BUSY])
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
    lab.look("chat-rated", ".wb-stack:has(.wb-chat)")
