"""A download is said with its size, begins with the button, and is stopped by it."""

import threading

import pandas as pd
import pytest

from tests.waiting import PATIENCE
from workbench import Recipe, catalog
from workbench.errors import Cancelled, DownloadError
from workbench.widgets.elements.notice import Notice
from workbench.widgets.panels import pick
from workbench.widgets.panels.check import CheckPanel
from workbench.widgets.panels.data_look import DataLook
from workbench.widgets.panels.download_gate import DownloadGate, Missing
from workbench.widgets.panels.pick import PickPanel

DATA = Missing("dataset", "sample:squad-dev", 358_000_000)
MODEL = Missing("model", "sample:minilm-l6", 83_500_000)


class Line:
    """A network connection that brings what it is told to, block by block."""

    def __init__(self):
        self.asked, self.go, self.reached = [], threading.Event(), threading.Event()
        self.problem = None

    def fetch(self, reference, kind, *, progress, cancelled):
        self.asked.append((kind, reference))
        progress(reference, 100_000_000, 358_000_000)
        self.reached.set()
        assert self.go.wait(PATIENCE)
        if cancelled():
            raise Cancelled("Stopped.", "")
        if self.problem is not None:
            raise self.problem
        progress(reference, 358_000_000, 358_000_000)


@pytest.fixture
def line(monkeypatch):
    made = Line()
    monkeypatch.setattr(catalog, "fetch", made.fetch)
    return made


def small_look():
    preview = pd.DataFrame({"text": ["x"], "label": ["a"]})
    return DataLook({"train": 3}, {"a": 3}, preview, ["text"])


@pytest.fixture
def gate(line):
    done = []
    made = DownloadGate(lambda: done.append(1), Notice())
    made.done = done
    return made


def test_nothing_begins_before_the_button(gate, line):
    assert gate.layout.display == "none" and gate.begin() is None
    gate.offer([DATA, MODEL])
    assert gate.state == "asked" and gate.layout.display is None and line.asked == []
    assert gate.items == [
        "sample:squad-dev is not on this machine yet: 358 MB are to be downloaded.",
        "sample:minilm-l6 is not on this machine yet: 84 MB are to be downloaded.",
    ]


def test_progress_and_the_end(gate, line):
    gate.offer([DATA])
    gate._message(None, {"press": "begin"}, [])
    assert line.reached.wait(PATIENCE)
    assert gate.state == "running" and gate.status == "100 MB of 358 MB"
    assert gate.progress == pytest.approx(100 / 358)
    assert gate.begin() is None  # pressed twice
    line.go.set()
    gate._thread.join(PATIENCE)
    assert gate.done == [1] and line.asked == [("dataset", "sample:squad-dev")]


def test_stopped_by_the_button_and_begun_again(gate, line):
    gate.offer([DATA])
    thread = gate.begin()
    assert line.reached.wait(PATIENCE)
    gate._message(None, {"press": "stop"}, [])
    line.go.set()
    thread.join(PATIENCE)
    assert gate.state == "asked" and gate.done == [] and gate._notice.message == ""
    assert "goes on from there" in gate.status
    gate.begin().join(PATIENCE)
    assert gate.done == [1]


def test_what_goes_wrong_is_said_and_can_be_tried_again(gate, line):
    gate.offer([DATA])
    line.problem = DownloadError("The index did not answer.", "Try again.")
    line.go.set()
    gate.begin().join(PATIENCE)
    assert gate._notice.message == "The index did not answer." and gate.state == "asked"
    line.problem = None
    gate.begin().join(PATIENCE)
    assert gate.done == [1] and gate._notice.message == ""


def test_another_choice_stops_a_download_that_nobody_wants_any_more(gate, line):
    gate.offer([DATA])
    thread = gate.begin()
    assert line.reached.wait(PATIENCE)
    gate.offer([MODEL])
    line.go.set()
    thread.join(PATIENCE)
    assert gate.state == "asked" and gate.missing == [MODEL] and gate.done == []
    gate.offer([])
    assert gate.state == "" and gate.layout.display == "none"


def test_pick_asks_before_it_fetches_and_looks_when_it_is_here(monkeypatch, line):
    sizes = {"sample:movie-sentiment": 32_000_000, "sample:minilm-l6": 0}
    monkeypatch.setattr(catalog, "download_size", lambda reference, kind: sizes[reference])
    looked = []
    found = small_look()
    monkeypatch.setattr(
        pick, "look_at", lambda recipe, *, with_model: looked.append(with_model) or found
    )
    monkeypatch.setattr(pick, "check_max_length", lambda recipe: None)
    panel = PickPanel(Recipe())
    assert panel.wait(PATIENCE) is None and looked == [] and line.asked == []
    assert "32 MB" in panel.problem
    sizes["sample:movie-sentiment"] = 0  # as the download leaves it
    line.go.set()
    assert panel.fetch(20) is found and looked == [True]
    assert panel.problem == "" and panel.gate.state == ""


def test_a_model_that_is_missing_does_not_keep_the_data_from_being_seen(monkeypatch, line):
    sizes = {"sample:movie-sentiment": 0, "sample:multilingual-e5": 91_000_000}
    monkeypatch.setattr(catalog, "download_size", lambda reference, kind: sizes[reference])
    looked = []
    found = small_look()
    monkeypatch.setattr(
        pick, "look_at", lambda recipe, *, with_model: looked.append(with_model) or found
    )
    panel = PickPanel(Recipe(model="sample:multilingual-e5"))
    assert panel.wait(PATIENCE) is found and looked == [False]
    assert "sample:multilingual-e5" in panel.problem and "91 MB" in panel.problem


def test_a_hub_model_that_cannot_be_had_is_said_in_pick_and_not_by_train(monkeypatch, tmp_path):
    table = tmp_path / "own.csv"
    rows = pd.DataFrame({"text": [f"text {n}" for n in range(40)], "label": ["a", "b"] * 20})
    rows.to_csv(table, index=False)
    real = catalog.download_size

    def size(reference, kind):
        if reference.startswith("hub:"):
            raise DownloadError("The hub cannot be reached.", "Use a sample.")
        return real(reference, kind)

    monkeypatch.setattr(catalog, "download_size", size)
    panel = PickPanel(Recipe(dataset=str(table), model="hub:google-bert/bert-base-uncased"))
    look = panel.wait(PATIENCE)
    assert look is not None and look.examples["train"] > 0
    assert "hub cannot be reached" in panel.problem and panel.notice.message


def test_check_downloads_nothing_by_itself(monkeypatch, line):
    monkeypatch.setattr(catalog, "download_size", lambda reference, kind: 358_000_000)
    panel = CheckPanel("sample:squad-dev")
    assert panel.wait(PATIENCE) is None and line.asked == []
    assert "not on this machine yet" in panel.notice.message and "Pick" in panel.notice.remedy
