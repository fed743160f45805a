"""The curves in a real page: drawn, live, read by keyboard, as a table, in both themes."""

from playwright.sync_api import expect

SETUP = """
import numpy as np
from workbench.widgets.elements.curves import Curves
rng = np.random.default_rng(0)
def history(n):
    step = np.arange(1, n + 1)
    loss = 1.7 * np.exp(-step / 150) + 0.15 + 0.12 * rng.standard_normal(n) * np.exp(-step / 900)
    e = np.arange(94, n + 1, 94)
    return {"step": step, "loss": loss, "eval_step": e, "eval_loss": 0.35 + 0.9 * np.exp(-e / 100),
            "eval_metric": 0.85 - 0.7 * np.exp(-e / 120)}
curves = Curves()
curves.set_history(history(402), total_steps=502, epochs=2, metric="macro_f1")
curves
"""

REWARDS = """
from workbench.widgets.elements.history import History
rewards = History()
rewards.add({"kind": "step", "step": n, "loss": 0.7 * 0.99**n, "reward_accuracy": 0.5 + n / 500,
             "reward_margin": n / 50, "chosen_reward": n / 200, "rejected_reward": -3 * n / 200}
            for n in range(1, 201))
rewards.add({"kind": "eval", "step": n, "loss": 0.7, "reward_accuracy": 0.6, "reward_margin": 1.0,
             "chosen_reward": -0.5, "rejected_reward": -1.5} for n in (100, 200))
curves.set_history(rewards, total_steps=250)
"""


def columns(lab):
    return int(lab.page.locator(".wb-curves").first.get_attribute("data-columns"))


def test_curves(lab):
    lab.open("curves.ipynb", [SETUP, "curves"])
    lab.run_cell(0)
    lab.idle()
    root = lab.page.locator(".wb-curves").first
    root.wait_for()
    lab.page.wait_for_function(
        "() => document.querySelector('.wb-curves').dataset.points === '402'")
    assert columns(lab) == 402
    lab.both_themes("curves", ".wb-curves")
    # a mark of ink where the curve is: the canvas is not empty
    ink = lab.page.evaluate("""() => { const c = document.querySelector('.wb-curves canvas');
        const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n; }""")
    assert ink > 1500

    canvas = root.locator("canvas").first
    canvas.focus()
    lab.page.keyboard.press("Home")
    read = root.locator(".wb-read [role=status]")
    lab.page.wait_for_timeout(100)
    assert read.inner_text().startswith("step 1 · epoch 0.00 · loss")
    lab.page.keyboard.press("ArrowRight")
    lab.page.wait_for_timeout(100)
    assert read.inner_text().startswith("step 2 ")
    said = canvas.get_attribute("aria-label")
    assert said.startswith("Loss by step") and said.endswith("← → read single steps.")

    root.get_by_role("button", name="Table").click()
    first = root.locator("table tbody tr").first.locator("td").all_inner_texts()
    assert first[0] == "1" and len(first) == 6

    # a second view shows the same without another word from Python; then both follow
    lab.run_cell(1)
    lab.idle()
    lab.page.wait_for_function(
        "() => document.querySelectorAll('.wb-curves[data-points=\"402\"]').length === 2")


def test_grows_while_a_cell_is_busy(lab):
    lab.open("growing.ipynb", [
        SETUP,
        "import threading, time\n"
        "def grow():\n"
        "    for n in range(450, 2000, 50):\n"
        "        curves.set_history(history(n)); time.sleep(.1)\n"
        "threading.Thread(target=grow, daemon=True).start()\ntime.sleep(600)",
    ])
    lab.run_cell(0)
    lab.idle()
    lab.page.locator(".wb-curves").wait_for()
    lab.run_cell(1)
    lab.page.wait_for_function(
        "() => Number(document.querySelector('.wb-curves').dataset.points) > 1500")
    assert lab.runs(1)
    lab.command("notebook:interrupt-kernel")


def test_gaps_are_marked(lab):
    lab.open("gaps.ipynb", [SETUP + """
h = history(400); h["loss"][200:206] = np.nan; h["loss"][300] = np.inf
curves.set_history(h, total_steps=502)
curves""", REWARDS])
    lab.run_cell(0)
    legend = lab.page.locator(".wb-curves .wb-legend").first
    legend.get_by_text("7 steps without a finite loss").wait_for()
    lab.shot("curves-gaps", ".wb-curves")
    lab.run_cell(1)
    legends = lab.page.locator(".wb-curves .wb-legend")
    expect(legends.nth(2)).to_contain_text("reward margin")
    expect(legends.nth(1)).to_contain_text("by step")
    lab.page.locator(".wb-curves canvas").nth(2).press("Home")
    expect(lab.page.locator(".wb-curves .wb-read")).to_contain_text("reward margin")
    lab.shot("curves-rewards", ".wb-curves")
