"""The page of a server in a real browser: typed, read, streamed; in both themes, by keyboard."""

from urllib.parse import urlparse

import pandas as pd
import pytest
from playwright.sync_api import expect

import workbench as wb
from tests.browser.looking import faults_of_tabbing, faults_seen
from tests.shipping.asking import ask
from tests.shipping.opened import opened as serving
from tests.training import test_chat, tiny

TOKEN = "a-token-of-more-than-sixteen"
WIDTHS = (1280, 420)


@pytest.fixture(scope="module")
def runs(tmp_path_factory, payloads):
    """One whose classes and one whose name are payloads, and one that talks."""
    folder = tmp_path_factory.mktemp("page")
    bad, pair = payloads[2], payloads[4]
    frame = tiny.frame(80).replace({"label": {"class-0": bad, "class-1": payloads[0]}})
    recipe = wb.Recipe(
        model=str(tiny.save_model(folder / "model")), dataset=frame, test_size=12, max_length=32,
        validation_size=12, batch_size=8, max_steps=8, learning_rate=3e-3, precision="fp32",
    )  # fmt: skip
    pairs = {pair: frame["text"], "other": frame["text"], "label": frame["label"]}
    two = recipe.replace(
        dataset=pd.DataFrame(pairs),
        columns={"text": pair, "pair": "other"},
    )
    made = {bad: wb.fine_tune(recipe, folder / "one", progress=False),
            "pairs": wb.fine_tune(two, folder / "two", progress=False),
            "chit-chat": wb.fine_tune(test_chat.recipe_for(folder, max_steps=30, evaluate_every=30),
                                      folder / "chat", progress=False)}  # fmt: skip
    return made


@pytest.fixture(scope="module")
def served(runs):
    with serving(runs, explain=True) as server:
        yield server


class Page:
    """A page of a server, in one theme; what it asks of others and what goes wrong in it."""

    def __init__(self, chromium, theme):
        self.context = chromium.new_context(
            color_scheme=theme, viewport={"width": WIDTHS[0], "height": 1000}
        )
        self.page, self.theme = self.context.new_page(), theme
        self.outside, self.errors, self.dialogs = [], [], []
        self.page.on("request", self._request)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda said: said.type == "error" and self.errors.append(said.text))
        self.page.on("dialog", lambda one: (self.dialogs.append(one.message), one.dismiss()))

    def _request(self, request):
        if urlparse(request.url).hostname != "127.0.0.1":
            self.outside.append(request.url)

    def open(self, url):
        self.page.goto(url)
        self.page.locator("main[data-ready]").wait_for()

    def look(self, name, shots):
        """Screenshots, wide and narrow; what an eye would object to fails."""
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 1000})
            self.page.screenshot(path=str(shots / f"served-{name}-{width}-{self.theme}.png"),
                                 full_page=True)  # fmt: skip
            assert not faults_seen(self.page, "body"), (width, self.theme)
        self.page.set_viewport_size({"width": WIDTHS[0], "height": 1000})

    def close(self):
        assert not self.page.evaluate("() => window.__ran || 0"), "a payload ran as code"
        self.context.close()
        assert not self.outside and not self.dialogs, (self.outside, self.dialogs)


@pytest.fixture(params=["light", "dark"])
def opened(request, chromium):
    one = Page(chromium, request.param)
    yield one
    one.close()


@pytest.fixture(scope="session")
def shots():
    import os
    from pathlib import Path

    folder = Path(os.environ.get("WORKBENCH_SHOTS", "build/screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_a_text_is_answered_with_scores_and_all_is_shown_as_text(opened, served, payloads, shots):
    page = opened.page
    opened.open(served.url)
    name, text = payloads[2], f"good film {payloads[0]} {payloads[3]}"
    expect(page.get_by_label("Model", exact=True)).to_have_value(name)
    expect(page.locator("#about")).to_contain_text(name)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 26)"}[opened.theme]
    box = page.get_by_label("text", exact=True)
    box.fill(text)
    page.get_by_role("button", name="Ask").click()
    said = ask(served.url, "/predict", {"model": name, "input": text})[1]
    expect(page.locator("#prediction")).to_have_text(said["prediction"])
    rows = page.locator("#scores tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text(f"{max(said['scores'].values()):.3f}")
    assert rows.locator("th").all_text_contents()[0] == said["prediction"]
    box.fill("good <b>film</b>")
    page.get_by_role("button", name="Explain").click()
    expect(page.locator("#marks span").first).to_be_visible()
    assert page.locator("#marks span.for").count() and page.locator("#marks span.against").count()
    page.get_by_text("All that was answered").click()
    expect(page.locator("#all pre")).to_contain_text('"scores"')
    opened.look("answer", shots)
    box.fill("x" * 100_001)
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("alert")).to_contain_text("100001 characters; 100000 are taken")
    page.get_by_label("Model", exact=True).select_option("pairs")
    expect(page.locator("textarea")).to_have_count(2)
    expect(page.get_by_label(payloads[4])).to_be_visible()  # a column's name
    opened.errors = [one for one in opened.errors if "422" not in one]
    assert not opened.errors


def test_a_reply_is_streamed_by_keyboard_alone(opened, served, shots):
    page = opened.page
    opened.open(served.url)
    page.get_by_label("Model", exact=True).select_option("chit-chat")
    box = page.get_by_label("Message")
    box.focus()
    page.keyboard.type("a b")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#turns li")).to_have_count(2)
    expect(page.locator("#turns li.assistant .said")).not_to_be_empty()
    expect(page.get_by_role("button", name="Ask")).to_be_enabled()
    expect(box).to_have_value("")
    expect(box).to_be_focused()
    messages = [{"role": "user", "content": "a b"}]
    body = {"model": "chit-chat", "messages": messages}
    first = ask(served.url, "/v1/chat/completions", body)[1]["choices"][0]["message"]["content"]
    assert page.locator("#turns li.assistant .said").text_content() == first
    page.keyboard.type("<b>c</b>")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#turns li")).to_have_count(4)
    messages += [{"role": "assistant", "content": first}, {"role": "user", "content": "<b>c</b>"}]
    second = ask(served.url, "/v1/chat/completions", {**body, "messages": messages})[1]
    expect(page.locator("#turns li .said").last).to_have_text(
        second["choices"][0]["message"]["content"]
    )
    expect(page.get_by_role("button", name="Ask")).to_be_enabled()
    opened.look("talk", shots)
    assert not faults_of_tabbing(page, page.get_by_label("Model", exact=True), "main")
    page.get_by_role("button", name="New conversation").press("Enter")
    expect(page.locator("#turns li")).to_have_count(0)
    page.get_by_role("button", name="Ask").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("type a text")
    assert not opened.errors


def test_a_server_that_asks_for_a_token_is_opened_with_it_and_one_that_ended_is_said(
    opened, runs, shots
):
    with serving({"pairs": runs["pairs"]}, token=TOKEN) as server:
        page = opened.page
        page.goto(server.url)
        field = page.get_by_label("Token of the server")
        expect(field).to_be_focused()
        expect(page.locator("#fault")).to_be_empty()
        field.fill("wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("token is missing or wrong")
        opened.look("locked", shots)
        field.fill(TOKEN)
        page.keyboard.press("Enter")
        expect(page.locator("textarea")).to_have_count(2)
        expect(field).to_be_hidden()
        expect(page.get_by_role("button", name="Explain")).to_be_hidden()
        page.get_by_label("other").fill("good")
        page.locator("textarea").first.fill("good")
        page.get_by_role("button", name="Ask").click()
        expect(page.locator("#scores tbody tr")).to_have_count(2)
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
