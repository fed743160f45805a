"""Pick by task, questions at their field, the keyboard's place, and coming back to a run."""

import pytest
from playwright.sync_api import expect

from tests.browser.hands import Keyboard, Mouse

APP = """
import workbench as wb
app = wb.Workbench(dataset="sample:question-types", max_train_examples=160, max_eval_examples=80,
                   max_length=16, epochs=1, batch_size=8)
app
"""
LONG = "app.pick.set(epochs=30, max_train_examples=800)"
AGAIN = "import workbench as wb\nback = wb.Workbench()\nback"
LOST = "document.activeElement === document.body"
FAR = """
import threading
import workbench as wb
from workbench import catalog
from workbench.errors import Cancelled
arrived = threading.Event()
def fetch(reference, kind, *, progress, cancelled):
    for part in range(2000):
        if cancelled():
            raise Cancelled("Stopped.", "")
        progress(reference, part * 500_000, 358_000_000)
        if arrived.wait(0.05):
            return
def download_size(reference, kind):
    return 0 if kind == "model" or arrived.is_set() else 358_000_000
catalog.fetch, catalog.download_size = fetch, download_size
app = wb.Workbench(dataset="sample:question-types", max_train_examples=160, max_eval_examples=80,
                   max_length=16)
app
"""


@pytest.fixture(autouse=True)
def samples_are_here(require_sample):
    require_sample("minilm-l6")
    require_sample("question-types")


@pytest.fixture
def small(lab):
    lab.page.set_viewport_size({"width": 950, "height": 1500})
    return lab


def test_pick_by_task_and_be_asked_about_what_is_hardly_meant(small):
    lab, page = small, small.page
    lab.open("pick.ipynb", [APP])
    lab.run_cell(0)
    page.locator(".wb[data-ready=true]").first.wait_for(timeout=60_000)
    task, data = page.locator("[data-field=task]"), page.locator("[data-field=dataset]")
    rate = page.locator("[data-field=learning_rate]")

    # what is hardly meant is asked about at its field, and stops nothing
    rate.fill("5")
    ask = page.locator("[id$=-learning_rate-note] + .wb-ask")
    expect(ask).to_contain_text("far above what a pretrained model is fine-tuned with")
    expect(rate).to_have_attribute("aria-invalid", "false")
    lab.both_themes("pick-question", ".wb-app")
    page.keyboard.press("Tab")  # to the button beside it
    expect(ask.locator("[data-ask=usual]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(rate).to_have_value("0.0001")
    expect(rate).to_be_focused()
    expect(ask).to_be_empty()
    rate.fill("5")
    ask.locator("[data-ask=keep]").click()
    expect(ask).to_be_empty()
    assert lab.python("app.recipe.learning_rate") == 5
    rate.fill("0.0001")

    # two edits in quick succession, the second before the kernel answered the first
    page.evaluate("""() => {
      for (const [name, value] of [["batch_size", "4"], ["max_length", "24"], ["seed", "7"]]) {
        const box = document.querySelector(`[data-field=${name}]`);
        box.value = value;
        box.dispatchEvent(new Event("change"));
      }}""")
    lab.until("[app.recipe.batch_size, app.recipe.max_length, app.recipe.seed]", [4, 24, 7])

    # another task offers other data, by the keyboard alone
    task.focus()
    page.keyboard.type("Regr")
    expect(task).to_have_value("regression")
    expect(data).to_have_value("sample:movie-strength")
    expect(task).to_be_focused()
    names = data.locator("option").evaluate_all("all => all.map(o => o.value)")
    assert "sample:movie-strength" in names and "sample:spam" not in names
    expect(page.get_by_text("sample:question-types is not listed for Regression")).to_be_visible()
    for width in (950, 1400):
        page.set_viewport_size({"width": width, "height": 1500})
        page.wait_for_timeout(300)
        wide = page.locator(".wb-app").evaluate("e => e.scrollWidth - e.clientWidth")
        assert wide <= 1, f"{wide} px too wide at {width}"
        lab.shot(f"pick-task-{width}", ".wb-app")


def test_after_run_all_a_button_leads_back_to_the_app(small):
    lab, page = small, small.page
    page.set_viewport_size({"width": 950, "height": 700})
    long = "print('\\n'.join(map(str, range(30))))"
    lab.open("run-all.ipynb", [APP, *[long] * 6, "'the end'"])
    lab.run_all()
    page.get_by_text("'the end'").last.scroll_into_view_if_needed()
    chip = page.locator(".wb-back:not([hidden])")
    chip.wait_for()
    for theme in ("light", "dark"):
        lab.theme(theme)
        lab.shot(f"way-back-{theme}")
    chip.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".wb-steps [data-tab='0']")).to_be_focused()
    expect(page.locator(".wb-steps")).to_be_in_viewport()
    expect(chip).to_have_count(0)
    page.wait_for_timeout(4500)
    page.get_by_text("'the end'").last.scroll_into_view_if_needed()  # seen once, and nothing runs
    page.wait_for_timeout(1500)
    expect(chip).to_have_count(0)


def test_come_back_to_a_run_that_goes_on(small, server):
    lab, page = small, small.page
    lab.open("return.ipynb", [APP, LONG, AGAIN])
    lab.run_cell(0)
    page.locator(".wb[data-ready=true]").first.wait_for(timeout=60_000)
    lab.run_cell(1)
    lab.until("app.recipe.epochs", 30)

    # by keyboard: the step, Train, and the keyboard is on a button that can be used
    page.locator(".wb-steps [data-tab='0']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".wb-steps [data-tab='2']")).to_be_focused()
    page.locator("button[data-press=train]:not([disabled])").focus()
    page.keyboard.press("Enter")
    page.locator(".wb-controls[data-state=running]").wait_for(timeout=90_000)
    page.wait_for_function("() => document.activeElement.dataset.press === 'pause'")
    page.locator(".wb-steps [data-tab='2']").focus()
    expect(page.locator(".wb-steps [data-tab='2'] small")).to_contain_text("epoch", timeout=60_000)
    page.wait_for_timeout(1500)  # the steps are written anew many times
    assert not page.evaluate(LOST)
    expect(page.locator(".wb-steps [data-tab='2']")).to_be_focused()
    run = page.locator(".wb-run").inner_text()

    # the kernel goes: the panel says that it is a picture, and Train that nobody answers
    lab.restart_kernel()
    expect(page.locator(".wb-gone")).to_be_visible(timeout=15_000)
    lab.both_themes("kernel-gone", ".wb-app")

    # the page is loaded anew before anything was saved: a new app offers the run
    lab.open("return.ipynb")
    lab.run_cell(2)
    offer = page.locator(".wb-offer", has_text=run.split("/")[-1])
    offer.wait_for(timeout=30_000)
    expect(offer).to_contain_text("goes on (step")
    lab.both_themes("run-offered", ".wb-app")
    offer.locator("[data-attach]").focus()
    page.keyboard.press("Enter")
    page.locator(".wb-controls[data-state=running]").wait_for(timeout=30_000)
    expect(page.locator(".wb-run")).to_have_text(run)
    expect(page.locator(".wb-offer", has_text=run.split("/")[-1])).to_have_count(0)
    expect(page.locator(".wb-steps [data-tab='2']")).to_be_focused()
    page.locator("button[data-press=stop]").focus()
    page.keyboard.press("Enter")
    page.locator(".wb-controls[data-state=stopped]").wait_for(timeout=60_000)
    page.wait_for_function("() => document.activeElement.dataset.press === 'resume'")
    lab.check()


@pytest.mark.parametrize("hand", [Mouse, Keyboard], ids=["mouse", "keyboard"])
def test_a_download_is_said_with_its_size_begun_and_stopped(small, hand):
    lab, page, by = small, small.page, hand(small.page)
    lab.open(f"far-{hand.__name__}.ipynb", [FAR])
    lab.run_cell(0)
    gate = page.locator(".wb-download[data-state=asked]")
    gate.wait_for(timeout=60_000)
    expect(gate).to_contain_text("358 MB")
    page.locator(".wb-steps [aria-selected=true]").focus()
    by.step(2)
    expect(page.locator(".wb-why")).to_contain_text("358 MB")
    expect(page.locator("button[data-press=train]")).to_be_disabled()
    by.step(0)
    begin, stop = (page.locator(f"[data-download={name}]") for name in ("begin", "stop"))
    by.press(begin)
    expect(page.locator(".wb-download .wb-status")).to_contain_text("of 358 MB")
    if hand is Keyboard:
        expect(stop).to_be_focused()
    else:
        lab.look("download-running")
    by.press(stop)
    gate.wait_for()
    by.held()
    if hand is Mouse:
        lab.look("download-stopped")
    by.press(begin)
    page.locator(".wb-download[data-state=running]").wait_for()
    assert lab.python("arrived.set()") is None
    page.locator(".wb-balance tbody tr").first.wait_for()
    expect(page.locator(".wb-download")).not_to_be_visible()
    by.held()
    by.step(2)
    expect(page.locator("button[data-press=train]")).to_be_enabled()
    lab.check()
