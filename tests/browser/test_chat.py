"""Talking in a real page: by mouse, by keyboard alone, in both themes, while the kernel is busy."""

import re

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
    chat.locator("[data-at='again-2']").press("Enter")
    expect(chat.locator("[data-turn='2'] .wb-chat-answer .wb-chat-pager")).to_have_text(
        ["‹2/2›"] * 2)
    expect(chat.locator("[data-turn='2'] [data-state=done]")).to_have_count(2)
    expect(chat.locator(":focus")).to_have_count(1)
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


JUDGED = """
import contextlib, pathlib, threading, time
import workbench as wb
from tests.talking import test_judging as judging
from tests.training import writers
here, held = pathlib.Path("judged").absolute(), threading.Event()
for kind in ("llama", "gpt2"):
    writers.save(here / kind, kind)
judging.SEAT, judging.OTHER = (wb.talking.Seat(model=str(here / kind), task="chat")
                               for kind in ("llama", "gpt2"))
opened = contextlib.ExitStack()

def reply(about):
    if len(server.asked) > 2:
        held.wait(300)
    return judging.longer(about)

server = opened.enter_context(judging.serving())(reply)
talk = judging.conversation([*judging.RATED[:2], (None, LINKS, "bb", 0)])
panel = wb.widgets.ChatPanel(talk)
panel
"""
LINKS = (
    "[a page](https://elsewhere.example/page?a=b) [a letter](mailto:a@b.example) "
    "[a script](javascript:window.__ran=1) <https://plain.example/> [data](data:text/html,x) "
    "![a picture](https://picture.example/p.png) <a href='https://html.example' onclick=x>h</a>"
)
UNTIL_STOPPED = """
while not panel.rating.judge.table.rows:
    time.sleep(0.05)
"""


def test_a_judge_is_stopped_while_the_kernel_is_busy_and_links_lead_away(lab):
    lab.open("judge.ipynb", [JUDGED.replace("LINKS", repr(LINKS)), UNTIL_STOPPED])
    lab.run_cell(0)
    page = lab.page
    line = page.locator(".wb-line", has=page.locator("[data-action=judge]"))
    judge, stop = line.locator("[data-action=judge]"), line.locator("[data-action=stop]")
    expect(stop).to_be_hidden()
    line.locator("[data-field=by]").select_option("model")
    line.locator("[data-field=address]").fill(lab.python("server.url"))
    line.locator("[data-field=model]").fill("small")
    lab.run_cell(1)
    judge.press("Enter")
    expect(line).to_contain_text("1 of 3 pairs")
    expect(judge).to_be_disabled()
    lab.look("chat-judging", ".wb-stack:has(.wb-chat)")
    stop.press("Enter")
    stop.evaluate("e => { for (let n = 0; n < 20; n++) e.click(); }")
    expect(page.get_by_text("2 pairs have no verdict: it was stopped.")).to_be_visible()
    lab.idle()
    expect(stop).to_be_hidden()
    expect(judge).to_be_focused()
    lab.python("held.set()")
    page.keyboard.press("Enter")
    expect(page.get_by_text("it was stopped")).to_have_count(0)
    expect(page.locator("td", has_text=re.compile("^small$"))).to_be_visible()
    lab.python("opened.close()")

    # of the reply with links: where they lead is left to whoever presses one
    chat, gone = page.locator(".wb-chat"), []
    chat.locator("[data-at='settings']").press("Enter")
    chat.get_by_label("Rendered").press("Space")
    links = chat.locator("[data-turn='2'] .wb-chat-rendered a")
    expect(links).to_have_count(3)
    assert links.evaluate_all("all => all.map((one) => one.getAttribute('href'))") == [
        "https://elsewhere.example/page?a=b", "mailto:a@b.example", "https://plain.example/"]
    expect(links.first).to_have_css("text-decoration-line", "underline")  # it is seen to be one
    expect(chat.locator("[data-turn='2'] img")).to_have_count(0)

    def arrive(route):
        gone.append((route.request.url, route.request.headers.get("referer")))
        route.fulfill(content_type="text/html", body="<title>there</title>")

    page.context.route(re.compile(r"^https?://(?!127\.0\.0\.1[:/])"), arrive)
    here = page.url
    for press in (links.first.click, lambda: links.first.press("Enter")):
        with page.context.expect_page() as opened:
            press()
        there = opened.value
        expect(there).to_have_title("there")
        assert there.evaluate("window.opener") is None
        there.close()
    # the lab's address has its token in it: nobody is told where somebody came from
    assert gone == [("https://elsewhere.example/page?a=b", None)] * 2
    assert page.url == here
    expect(chat.get_by_text("Loading the models")).to_have_count(0)
    lab.look("chat-links", ".wb-stack:has(.wb-chat)", widths=(1200, 700))
    page.set_viewport_size({"width": 700, "height": 900})
    lab.drawn()
    for table in page.locator(".wb-sheet .wb-scroll").all():  # nothing of it has to be scrolled to
        assert table.evaluate("e => e.scrollWidth <= e.clientWidth")
