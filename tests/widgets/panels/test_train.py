"""The Train panel over run folders, by its public methods."""

import json
import threading
import time

import pytest

from tests.waiting import PATIENCE, best, until
from workbench import Recipe
from workbench.atomic_files import write_json
from workbench.durations import duration
from workbench.errors import RecipeError
from workbench.run_folder.folders import create_run_folder
from workbench.training.run import Run
from workbench.widgets.panels.run_follower import Follower
from workbench.widgets.panels.run_words import epochs_of, status_text
from workbench.widgets.panels.summary import static_summary
from workbench.widgets.panels.train import TrainPanel
from workbench.worker.control import pending
from workbench.worker.processes import Lock, boot_id


def step(n, **more):
    return {"kind": "step", "step": n, "epoch": n / 100, "loss": 2.0 / n, "learning_rate": 1e-4,
            "tokens": 90, "padded_tokens": 100, "seconds": 0.1, "memory_mb": 900.0, "time": 1.0,
            **more}


@pytest.fixture
def run(tmp_path):
    return Run(create_run_folder(Recipe(), tmp_path / "run <b>"))


def write(run, *rows, **status):
    with open(run.path / "metrics.jsonl", "a") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    write_json(run.path / "state.json", {"heartbeat": time.time(), **status})


def test_shows_all_that_was_before_and_what_comes(run):
    write(run, step(1), step(2), state="done", step=2, total_steps=200, acknowledged=3)
    panel = TrainPanel(run)
    assert panel.curves.points == 2 and panel.controls.acknowledged == 3
    assert panel.controls.progress == 0.01 and panel.controls.state == "done"
    names = dict((name, value) for value, name in panel.stats.figures)
    assert names["real tokens a second"] == "900" and names["padding"] == "10 %"
    write(run, step(3), {"kind": "eval", "step": 3, "loss": 1.0, "macro_f1": 0.5}, state="done")
    panel.refresh()
    assert panel.curves.points == 3 and panel.curves.metric == "macro_f1"
    assert ["0.500", "best macro-F1, step 3"] in panel.stats.figures
    panel.close()


def test_what_the_curves_tell_stands_under_them_and_in_the_summary(run):
    rows = [step(n, loss=2 - n / 50) for n in range(1, 41)]
    rows += [{"kind": "eval", "step": 13 * n, "epoch": n, "loss": 2 - n / 5} for n in (1, 2, 3)]
    write(run, *rows, state="running", step=40)
    panel = TrainPanel(run)
    assert "underfits" not in panel.stats.note
    write(run, state="stopped", step=40)
    panel.refresh()
    assert "The model underfits: training ended while the loss fell." in panel.stats.note
    # fifths of eight steps: 28.5 and 36.5 are their middles
    assert "Its mean is 1.270 over the last fifth of the steps, 1.430 over" in panel.stats.note
    assert "<p>The model underfits: training ended" in static_summary(run)
    panel.close()


def test_a_resumed_run_takes_back_what_came_after_its_checkpoint(run):
    write(run, step(1), step(2), step(3), state="done")
    panel = TrainPanel(run)
    assert panel.curves.points == 3
    (run.path / "metrics.jsonl").write_text(json.dumps(step(1)) + "\n")
    panel.refresh()
    assert panel.curves.points == 1
    panel.close()


def test_failure_is_a_sentence_with_folded_details(run):
    write(run, step(1), state="failed", error="The loss is NaN since step 7.",
          remedy="Lower the learning rate.", details="Traceback ...")
    panel = TrainPanel(run)
    assert panel.notice.message == "The loss is NaN since step 7."
    assert panel.notice.remedy == "Lower the learning rate."
    assert panel.notice.details == "Traceback ..."
    panel.close()


def test_a_dead_worker_and_a_deleted_folder_are_said(run, tmp_path):
    write(run, step(1), state="running", pid=999_999, boot_id="elsewhere", step=1, total_steps=9)
    state = json.loads((run.path / "state.json").read_text())
    write_json(run.path / "state.json", {**state, "heartbeat": time.time() - 60})
    panel = TrainPanel(run)
    assert panel.controls.state == "died" and "ended without a word" in panel.notice.message
    import shutil

    shutil.rmtree(run.path)
    panel.refresh()
    assert "is gone" in panel.notice.message and panel.controls.state == "died"
    assert panel.curves.points == 1  # what was seen stays to be looked at
    for press in (panel.stop, panel.resume, panel.pause):
        panel.notice.clear()
        press()
        assert panel.notice.message and panel.notice.details == ""
    panel.close()


def test_commands_reach_the_folder_once(run):
    lock = Lock(run.path / "lock")  # as a live worker holds it
    assert lock.acquire()
    write(run, step(1), state="running", pid=1, boot_id=boot_id(), step=1, total_steps=9)
    panel = TrainPanel(run)
    panel.controls._message(None, {"press": "pause", "number": 1}, [])
    panel.controls._message(None, {"press": "pause", "number": 1}, [])
    assert [(c["command"], c["number"]) for c in pending(run.path, 0)] == [("pause", 1)]
    write(run, state="paused", pid=1, boot_id=boot_id(), acknowledged=2)
    panel.controls._message(None, {"press": "stop", "number": 2}, [])  # the browser was quicker
    assert len(pending(run.path, 0)) == 1 and panel.notice.message == ""
    resumed = []
    run.resume = lambda: resumed.append(1)
    panel.resume()
    assert pending(run.path, 2)[-1]["command"] == "resume" and not resumed
    lock.release()  # the worker leaves without having read it
    until(lambda: resumed)
    panel.close()


def test_train_says_what_is_wrong_with_the_recipe():
    def recipe():
        raise RecipeError("epochs is -1.", "Allowed: above 0.", field="epochs")

    panel = TrainPanel(recipe=recipe)
    assert panel.train() is None
    assert panel.notice.message == "epochs is -1." and panel.notice.details == ""
    assert TrainPanel().train() is None and not TrainPanel().controls.can_train


def test_status_in_words():
    assert status_text({"state": "running", "phase": "evaluating", "step": 3, "total_steps": 9}) \
        == "step 3 / 9 · evaluating"
    assert status_text({"state": "running", "phase": "folding proteins"}) == "folding proteins"
    assert status_text({"state": "paused", "step": 3, "total_steps": 9}) == "step 3 / 9 · paused"
    assert status_text({}) == ""
    assert duration(59.6) == "1 min 0 s"


def test_the_follower_ends_with_its_panel(run):
    class Panel:
        def show(self, status, history):
            self.seen = status

        def fail(self, error):
            raise error

    panel = Panel()
    write(run, state="done")
    follower = Follower(run, panel.show, panel.fail)
    assert follower.look() and not follower.look()
    del panel
    write(run, step(1), state="done")
    follower.look()
    assert follower._ended.is_set()


def test_what_could_not_be_shown_is_said_and_shown_at_the_next_look(run, monkeypatch):
    """Nothing changed meanwhile: what was read and not shown is owed all the same."""
    from workbench.widgets.panels import train

    panel = TrainPanel()
    broken = threading.Event()
    words = train.status_text

    def breaks(status):
        if broken.is_set():
            raise KeyError("colour")
        return words(status)

    monkeypatch.setattr(train, "status_text", breaks)
    monkeypatch.setattr(Follower, "start", lambda self: self)  # the test looks
    panel.follow(run)
    follower = panel._follower
    broken.set()
    write(run, step(1), state="running", step=1, total_steps=2)
    turns = iter([False, True])  # one turn of the loop
    monkeypatch.setattr(follower._ended, "wait", lambda _: next(turns))
    follower._loop()
    assert panel.notice.message == "KeyError: 'colour'" and panel.notice.details
    broken.clear()
    assert follower.look() and panel.notice.message == ""
    assert panel.controls.status.startswith("step 1 / 2") and panel.curves.points == 1
    assert not follower.look()
    panel.close()


def test_ten_thousand_rows_are_there_at_once(run):
    write(run, *[step(n) for n in range(1, 10_001)], state="done", step=10_000, total_steps=10_000)
    def opened():
        started = time.process_time()
        panel = TrainPanel(run)
        took = time.process_time() - started
        assert panel.curves.points == 10_000
        panel.close()
        return took

    assert best(opened, 5) < 5  # a row at a time takes minutes


def test_a_worker_warms_up_only_where_train_can_be_pressed_in_a_notebook(monkeypatch):
    import sys
    import types

    from workbench.worker import warming

    started = []
    monkeypatch.setattr(warming, "warm", lambda: started.append(1))
    monkeypatch.delenv("WORKBENCH_WARM", raising=False)
    monkeypatch.delitem(sys.modules, "ipykernel.kernelapp", raising=False)
    TrainPanel(recipe=Recipe).close()
    monkeypatch.setitem(sys.modules, "ipykernel.kernelapp", types.ModuleType("kernelapp"))
    TrainPanel().close()
    assert not started
    TrainPanel(recipe=Recipe).close()
    assert started == [1]
    monkeypatch.setenv("WORKBENCH_WARM", "0")
    TrainPanel(recipe=Recipe).close()
    assert started == [1]


def test_what_limits_the_run_and_what_was_chosen_are_said(run):
    write(run, step(1, data_seconds=0.3, plain_tokens=200), state="running", step=1,
          total_steps=9, pid=1, boot_id=boot_id(), speed="no padding, fp32")
    panel = TrainPanel(run)
    names = dict((name, value) for value, name in panel.stats.figures)
    assert names["limited by"] == "data" and names["waiting for data"] == "75 %"
    assert names["padding saved"] == "50 %" and names["a step"] == "100 ms"
    note = panel._note({"state": "running", "speed": "no padding, fp32"}, panel._follower.history)
    assert "Batches arrive late" in note and "Chosen: no padding, fp32." in note
    panel.close()


def test_the_profile_button_asks_the_run_and_shows_its_answer(run, monkeypatch):
    import pandas as pd

    write(run, step(1), state="done", step=1)
    panel = TrainPanel(run)
    view = panel.profile
    assert not view.can_ask and view.rows == []
    view._message(None, {"press": "profile"}, [])
    until(lambda: not view.waiting)
    assert "never profiled" in view.note
    answer = pd.DataFrame(
        {"operation": ["<mm>", "add"], "calls": [3.0, 1.0], "milliseconds": [4.0, 1.0],
         "share": [0.8, 0.2]}
    )  # fmt: skip
    run.profile = lambda: answer
    view.ask().join(PATIENCE)
    assert view.rows == [["<mm>", 4.0, 0.8, 3.0], ["add", 1.0, 0.2, 1.0]]
    assert "profile" in view.note and not view.waiting
    panel.follow(run)
    assert view.rows == []
    panel.close()


@pytest.mark.parametrize(
    ("status", "epochs"),
    [
        pytest.param({"epochs": 2, "total_steps": 250}, 2, id="before-the-first-step"),
        pytest.param(
            {"epochs": 2, "step": 1, "epoch": 0.008, "total_steps": 250}, 2, id="all-of-them"
        ),
        pytest.param(
            {"epochs": 2, "step": 20, "epoch": 20 / 13, "total_steps": 20}, 20 / 13,
            id="max-steps-end-it-before",
        ),
        pytest.param({"step": 1, "epoch": 0.5, "total_steps": 4}, 2, id="nothing-is-said"),
        pytest.param({"total_steps": 4}, None, id="nothing-is-known"),
    ],
)  # fmt: skip
def test_the_axis_ends_where_the_run_does(status, epochs):
    assert epochs_of(status) == (epochs if epochs is None else pytest.approx(epochs))
