"""Stop, Pause and Resume in a real page: with an idle, a busy and a dead kernel."""

import json
import threading
import time

import pytest

from tests.waiting import PATIENCE, best
from workbench.atomic_files import write_json
from workbench.worker.control import pending


class Worker(threading.Thread):
    """Takes commands as a worker does, a step every 50 ms, and notes when it took them."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.folder, self.taken, self.ended = folder, [], threading.Event()
        (folder / "control").mkdir(parents=True)
        self.state = {"state": "running", "acknowledged": 0, "step": 0}
        write_json(folder / "state.json", self.state)
        self.start()

    def run(self):
        while not self.ended.wait(0.05):
            for command in pending(self.folder, self.state["acknowledged"]):
                self.taken.append((command["command"], command["number"], time.time()))
                self.state["acknowledged"] = command["number"]
                name = {"pause": "paused", "resume": "running", "stop": "stopped"}
                self.state["state"] = name[command["command"]]
            write_json(self.folder / "state.json", self.state)


CELLS = [
    "import threading, time, json, pathlib\n"
    "from workbench.widgets.elements.controls import Controls\n"
    "folder = pathlib.Path({folder!r})\n"
    "controls = Controls(folder)\n"
    "controls.progress, controls.status = 0.8, 'step 402 / 502 · 19 s left'\n"
    "controls.state = 'running'\n"
    "def watch():\n"
    "    while True:\n"
    "        try: seen = json.loads((folder / 'state.json').read_text())\n"
    "        except (OSError, ValueError): seen = {{}}\n"
    "        if seen: controls.state, controls.acknowledged = seen['state'], seen['acknowledged']\n"
    "        time.sleep(.1)\n"
    "threading.Thread(target=watch, daemon=True).start()\ncontrols",
    "time.sleep(600)",
    "end = time.time() + 600\nwhile time.time() < end: sum(range(1000))",
]


def notebook(lab, name, folder):
    lab.open(f"{name}.ipynb", [cell.format(folder=str(folder)) for cell in CELLS])
    lab.run_cell(0)
    lab.page.locator(".wb-controls[data-state=running]").wait_for()


def click(lab, worker, name):
    before = len(worker.taken)
    started = time.time()
    lab.page.locator(f".wb-controls button[data-press={name}]").click()
    while len(worker.taken) == before:
        assert time.time() - started < PATIENCE, f"{name} was not taken"
        lab.page.wait_for_timeout(10)
    command, number, at = worker.taken[-1]
    assert command == name
    return at - started


@pytest.mark.serial
@pytest.mark.parametrize("busy", [None, 1, 2], ids=["idle", "sleeping", "python-loop"])
def test_pause_resume_stop(lab, server, busy):
    folder = server.root / "runs" / f"controls-{busy}"
    worker = Worker(folder)
    notebook(lab, f"controls-{busy}", folder)
    if busy:
        lab.run_cell(busy)
        lab.page.wait_for_timeout(300)
        assert lab.runs(busy)
    waits = []

    def clicks():
        """The longest but one of 20 waits."""
        for _ in range(10):
            for name, state in (("pause", "paused"), ("resume", "running")):
                waits.append(click(lab, worker, name))
                lab.page.locator(f".wb-controls[data-state={state}]").wait_for()
        last = sorted(waits[-20:])
        print(f"click to acknowledged, {busy=}: median {last[10]:.3f} s, p95 {last[18]:.3f} s")
        return last[18]

    enough = 0.05 + 0.25 + 0.2  # a step, 250 ms, and what the driving adds
    longest = best(clicks, enough)
    click(lab, worker, "stop")
    lab.page.locator(".wb-controls[data-state=stopped]").wait_for()
    worker.ended.set()
    said = [n for _, n, _ in worker.taken]
    assert said == list(range(1, len(waits) + 2)), "a command sent over two roads was taken once"
    assert longest <= enough
    if busy:
        lab.command("notebook:interrupt-kernel")


def test_what_to_type_where_nothing_reaches(lab, server, tmp_path):
    folder = tmp_path / "run outside"
    worker = Worker(folder)
    notebook(lab, "controls-outside", folder)
    worker.ended.set()
    lab.both_themes("controls", ".wb-controls")
    lab.page.evaluate("""() => {
        const k = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
        return k.shutdown(); }""")
    lab.page.locator("button[data-press=stop]").click()
    hint = lab.page.locator(".wb-lost code")
    hint.wait_for()
    assert hint.inner_text() == f"workbench stop '{folder}'"


def test_a_run_outside_the_server_is_reached_through_the_kernel(lab, tmp_path):
    folder = tmp_path / "elsewhere"
    worker = Worker(folder)
    notebook(lab, "controls-elsewhere", folder)
    lab.run_cell(1)
    lab.page.wait_for_timeout(300)
    click(lab, worker, "pause")
    assert lab.runs(1)  # it was taken while the kernel is asleep in a cell
    worker.ended.set()
    assert json.loads((folder / "control" / "0001-pause.json").read_text())["command"] == "pause"
    lab.command("notebook:interrupt-kernel")
