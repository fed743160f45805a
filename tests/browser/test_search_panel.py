"""A search in a real page: its trials, its picture, Stop, and what came after."""

from playwright.sync_api import expect

VIEW = """
import workbench as wb
from workbench.training.searching.search_folder import begin
from workbench.training.searching.space import read_space
from workbench.training.searching.trial import DONE, Trial
from workbench.worker.processes import Lock
recipe = wb.Recipe(method={"kind": "lora", "rank": 8})
space = read_space({"learning_rate": (1e-5, 1e-3, "log"), "method.rank": [4, 8, 16]}, recipe)
folder = begin(recipe, space, "rates", trials=8, sampler="tpe", pruner="median", seed=0)
rates = [1.2e-5, 9.1e-5, 3.3e-4, 8e-4, 2.1e-4]
trials = [Trial(n, {"learning_rate": rate, "method.rank": (4, 8, 16)[n % 3]}, DONE,
                0.6 + n * (4 - n) / 40, [0.5, 0.6]) for n, rate in enumerate(rates)]
trials.append(Trial(5, {"learning_rate": 1e-3, "method.rank": 4}, "diverged",
                    said="Training <b>diverged</b>: the loss at step 3 is not a finite number."))
trials.append(Trial(6, {"learning_rate": 4e-5, "method.rank": 4}))
folder.keep(trials)
lock = Lock(folder.path / "lock")
lock.acquire()
panel = wb.widgets.SearchPanel(wb.open_search("rates"))
panel
"""
ENDED = """
trials[-1].outcome, trials[-1].value = DONE, 0.75
folder.keep(trials)
lock.release()
"""


def test_trials_as_they_come_and_a_stop(lab, server):
    lab.open("search.ipynb", [VIEW, ENDED])
    lab.run_cell(0)
    page = lab.page
    page.get_by_text("7 of 8 trials, running. 5 have finished. 1 diverged.").wait_for()
    rows = page.locator("table:visible tbody tr")
    expect(rows.filter(has_text="rates-05")).to_contain_text("Training <b>diverged</b>")
    expect(rows.filter(has_text="rates-06")).to_contain_text("queued")
    picture = page.locator(".wb-parallel")
    expect(picture.locator("polyline")).to_have_count(5)
    expect(picture.get_by_text("method.rank", exact=True).first).to_be_visible()
    expect(page.get_by_text("What the differences between trials come from")).to_be_visible()
    lab.look("search", ".jp-OutputArea-output:has(.wb-parallel)")

    stop = page.get_by_role("button", name="Stop", exact=True)
    stop.focus()
    page.keyboard.press("Enter")
    page.get_by_text("It stops after this step.").wait_for()
    lab.until("(folder.path / 'stop').exists()", True)
    lab.run_cell(1)  # its last trial has come to its end
    page.get_by_text("7 of 8 trials, stopped. 6 have finished.").wait_for()
    page.get_by_text("The best is trial 6").wait_for()
    expect(picture.locator("polyline")).to_have_count(6)
    expect(stop).to_be_hidden()
    expect(page.get_by_role("button", name="Go on")).to_be_enabled()
