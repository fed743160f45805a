"""From click to acknowledged with a real worker: the kernel idle, asleep, in a Python loop."""

import json
import os

import pytest

from tests.waiting import best, until

START = """
import time
import workbench as wb
app = wb.Workbench(dataset="sample:question-types", max_train_examples=2000, max_eval_examples=100,
                   max_length=16, max_steps=5000, checkpoint_every=5000, evaluate_every=5000)
app.header.tab = 2
app
"""
LOOP = "end = time.time() + 600\nwhile time.time() < end: sum(range(999))"
CELLS = [START, "time.sleep(600)", LOOP]
PAIRS = int(os.environ.get("WORKBENCH_PAIRS", "6"))  # pauses and resumes, each saved: seconds
STOPS = int(os.environ.get("WORKBENCH_STOPS", "1"))  # each starts a worker again: seconds


@pytest.fixture
def training(lab, server, require_sample):
    for name in ("minilm-l6", "question-types"):
        require_sample(name)
    lab.open("latency.ipynb", CELLS)
    lab.run_cell(0)
    lab.page.locator(".wb[data-ready=true]").first.wait_for(state="attached")
    lab.page.evaluate(
        "() => document.addEventListener('click', () => { window.__clicked = Date.now(); }, true)")
    lab.page.locator("button[data-press=train]").click()
    lab.page.wait_for_function(
        "() => Number(document.querySelector('.wb-curves')?.dataset.points) >= 5")
    folder = server.root / lab.page.locator(".wb-run").inner_text()
    yield folder
    lab.command("notebook:interrupt-kernel")
    lab.page.locator("button[data-press=stop]").click()
    lab.page.locator(".wb-controls[data-state=stopped]").wait_for()


def steps(folder):
    whole = (folder / "metrics.jsonl").read_text().rpartition("\n")[0]
    rows = [json.loads(line) for line in whole.splitlines()]
    return [row["seconds"] for row in rows if row["kind"] == "step"]


def a_step(folder):
    """The 95th percentile of a step's seconds."""
    return sorted(steps(folder))[int(0.95 * len(steps(folder)))]


def click(lab, folder, name, state):
    lab.page.locator(f"button[data-press={name}]:not([disabled])").click()
    lab.page.locator(f".wb-controls[data-state={state}]").wait_for()
    known = json.loads((folder / "state.json").read_text())
    return known["acknowledged_at"] - lab.page.evaluate("window.__clicked") / 1000


def occupy(lab, cell):
    """Start a cell that keeps the kernel busy; ``None`` leaves it idle."""
    if cell is not None:
        lab.run_cell(cell)
        lab.page.wait_for_timeout(500)  # it has begun in the kernel
        assert lab.runs(cell)


def free(lab, cell):
    if cell is not None:
        lab.command("notebook:interrupt-kernel")
        until(lambda: not lab.runs(cell))  # or it would interrupt what is run next


def stop_and_go_on(lab, folder, cell):
    """The wait of one Stop; afterwards the run trains again."""
    occupy(lab, cell)
    waited = click(lab, folder, "stop", "stopped")
    free(lab, cell)
    lab.page.locator("button[data-press=resume]:not([disabled])").click()
    lab.page.locator(".wb-controls[data-state=running]").wait_for()
    before = len(steps(folder))
    until(lambda: len(steps(folder)) >= before + 2)
    return waited


@pytest.mark.serial
def test_click_to_acknowledged(lab, training):
    for cell in (None, 1, 2):

        def pauses(cell=cell):
            """By how much the 95th percentile is longer than a step."""
            waits = []
            for _ in range(PAIRS):
                waits.append(click(lab, training, "pause", "paused"))
                waits.append(click(lab, training, "resume", "running"))
            waits.sort()
            p95, step = waits[int(0.95 * len(waits)) - 1], a_step(training)
            print(f"cell {cell}: pause and resume median {waits[len(waits) // 2]:.3f} s, p95 "
                  f"{p95:.3f} s; a step {step:.3f} s")
            return p95 - step

        def stops(cell=cell):
            waits = sorted(stop_and_go_on(lab, training, cell) for _ in range(STOPS))
            p95, step = waits[int(0.95 * len(waits)) - 1], a_step(training)
            print(f"cell {cell}: stop median {waits[len(waits) // 2]:.3f} s, longest "
                  f"{waits[-1]:.3f} s; a step {step:.3f} s")
            return p95 - step

        occupy(lab, cell)
        longer = best(pauses, 0.25, 3)
        free(lab, cell)
        assert longer <= 0.25
        assert best(stops, 0.25, 3) <= 0.25
