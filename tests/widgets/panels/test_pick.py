"""The Pick panel by its public methods, on a table made here and on a sample."""

import threading

import numpy as np
import pandas as pd
import pytest

from workbench import Recipe
from workbench.training.expected_memory import ExpectedMemory
from workbench.training.expected_memory.asking import Answer, Asking
from workbench.widgets.panels import memory_said
from workbench.widgets.panels.data_look import DataLook, data_key, look_at
from workbench.widgets.panels.data_view import DataView
from workbench.widgets.panels.pick import PickPanel


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch, require_sample):
    require_sample("minilm-l6")


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "own <b>.csv"
    n = 60
    pd.DataFrame({
        "review": [f"word {'more ' * (i % 7)}" for i in range(n)],
        "stars": ["good" if i % 3 else "bad" for i in range(n)],
    }).to_csv(path, index=False)
    return str(path)


COLUMNS = {"text": "review", "label": "stars"}


def test_a_look_at_own_data(table):
    look = look_at(Recipe(dataset=table, columns=COLUMNS))
    assert look.columns == ["review", "stars"] and list(look.counts) == ["bad", "good"]
    assert sum(look.examples.values()) == 60 and sum(look.counts.values()) == look.examples["train"]
    # [CLS] word more* [SEP]
    assert set(look.lengths) <= set(range(3, 10)) and look.lengths.max() == 9
    assert look.cut(8) == pytest.approx((look.lengths > 8).mean())
    assert sum(n for _, _, n in look.histogram()) == len(look.lengths)
    assert list(look.preview.columns) == ["text", "label"]


def test_texts_to_be_written_have_no_classes():
    pairs = pd.DataFrame({"source": [f"a {n} b" for n in range(40)],
                          "target": [f"a {n} c" for n in range(40)]})  # fmt: skip
    look = look_at(Recipe(task="text-to-text", dataset=pairs), with_model=False)
    assert look.counts == {} and sum(look.examples.values()) == 40
    view = DataView()
    view.show(look, 16)
    assert view.labels == [] and not any("class" in fact for fact in view.facts)


def test_histogram_by_hand():
    look = DataLook({}, {}, pd.DataFrame(), [], lengths=np.array([0, 29, 30, 59, 60]))
    bins = look.histogram()  # 61 values in 30 bins: 3 wide
    assert bins[0] == [0, 2, 1] and bins[9] == [27, 29, 1] and bins[10] == [30, 32, 1]
    assert bins[-1] == [60, 62, 1] and look.cut(30) == 0.4
    one_long = DataLook({}, {}, pd.DataFrame(), [], lengths=np.array([5] * 99 + [9000]))
    bins = one_long.histogram()  # up to 4 * 5 tokens, a token wide; the last takes the long one
    assert bins[5] == [5, 5, 99] and bins[-1] == [20, 9000, 1] and len(bins) == 21
    assert np.isnan(DataLook({}, {}, pd.DataFrame(), []).cut(5))


def test_panel_shows_the_data_of_the_recipe(table):
    calls = []
    panel = PickPanel(Recipe(dataset=table, columns=COLUMNS), on_change=lambda: calls.append(1))
    look = panel.wait()
    assert look is not None and panel.problem == "" and calls
    assert panel.data.labels == [[k, v] for k, v in look.counts.items()]
    assert panel.preview.total == look.examples["train"]
    assert panel.form.columns == ["review", "stars"]
    panel.set(max_length=5)
    assert panel.data.max_length == 5 and panel.data.cut == look.cut(5)
    assert panel.look is look  # not loaded again
    panel.set(max_length=4000)
    assert "512 positions" in panel.form.errors["max_length"] and "Max length" in panel.problem
    panel.set(max_length=64)
    assert panel.problem == ""


def test_what_is_typed_while_the_data_are_looked_at_counts(table):
    panel = PickPanel(Recipe(dataset=table, columns=COLUMNS, max_length=4000), look=False)
    looking, typed = threading.Event(), threading.Event()
    panel.before_look = lambda: (looking.set(), typed.wait(60))
    panel.look_now()
    assert looking.wait(60)
    panel.set(max_length=5)
    typed.set()
    look = panel.wait()
    assert panel.form.errors == {} and panel.problem == ""
    assert panel.data.max_length == 5 and panel.data.cut == look.cut(5)


def test_the_same_data_are_looked_at_again_after_a_look_that_broke(table, monkeypatch):
    panel = PickPanel(Recipe(dataset=table, columns=COLUMNS), look=False)
    monkeypatch.setattr(panel.data, "show", lambda *_: 1 / 0)
    panel.look_now()
    panel.wait()
    assert "ZeroDivisionError" in panel.notice.message
    monkeypatch.undo()
    panel.set(epochs=2)
    panel.wait()
    assert panel.notice.message == "" and [name for name, _ in panel.data.labels] == ["bad", "good"]


def test_missing_column_is_said_and_its_names_are_offered(table):
    panel = PickPanel(Recipe(dataset=table))
    panel.wait()
    assert "no column 'text'" in panel.notice.message and panel.notice.details == ""
    assert "no column 'text'" in panel.problem
    assert panel.form.columns == ["review", "stars"]
    panel.form.values = {**panel.form.values, "columns.text": "review", "columns.label": "stars"}
    panel.wait()
    assert panel.problem == "" and panel.notice.message == ""
    assert panel.recipe.columns == COLUMNS


def test_wrong_names_are_said(require_sample):
    require_sample("question-types")
    panel = PickPanel(Recipe(dataset="sample:question-type"))
    panel.wait()
    assert "question-type" in panel.problem
    panel.set(dataset="sample:question-types", model="sample:minilm")
    panel.wait()
    assert "minilm" in panel.problem
    panel.set(model="sample:minilm-l6")
    panel.wait()
    assert panel.problem == "" and len(panel.data.labels) == 6
    assert "22.7 M parameters" in panel.form.facts["model"]


def test_key_is_about_data_alone():
    assert data_key(Recipe(epochs=3, max_length=9)) == data_key(Recipe())
    assert data_key(Recipe(columns={"text": "a"})) != data_key(Recipe())


@pytest.fixture
def weighed(table, monkeypatch):
    """A panel whose memory is found out here, by answers that a test gives."""
    answers = {}
    monkeypatch.setattr(memory_said, "DELAY", 0)
    monkeypatch.setattr(
        Asking, "ask", lambda self, recipe, texts: answers[recipe.method["kind"]](texts)
    )
    panel = PickPanel(Recipe(dataset=table, columns=COLUMNS), look=False, weigh=True)
    return panel, answers


def test_weights_and_memory_are_said_at_the_method_and_follow_it(weighed):
    panel, answers = weighed
    asked = []
    parts = {"weights": 90 * 10**6, "passes": 1310 * 10**6}

    def full(texts):
        asked.append(texts)
        return Answer(ExpectedMemory(22_700_000, 22_700_000, parts), free=8 * 10**9)

    answers["full"] = full
    answers["head"] = lambda texts: Answer(
        ExpectedMemory(770, 22_700_000, {"weights": 91 * 10**6}), free=10**8
    )
    panel.look_now()
    panel.wait()
    assert panel.memory.wait(10)
    said = "22.7 of 22.7 M weights train · about 1.4 GB of memory beside the program."
    assert panel.form.facts["method"] == said
    assert (asked[0].longest, asked[0].classes) == (9, 2)
    panel.set(learning_rate=1e-4)  # which takes no memory
    assert panel.memory.wait(10) and len(asked) == 1
    panel.set(method="head")
    assert panel.memory.wait(10)
    said = panel.form.facts["method"]
    assert said.startswith("0.00077 of 22.7 M") and "⚠ 100 MB are free" in said


def test_a_method_that_the_model_does_not_allow_is_marked_until_another_is_chosen(weighed):
    panel, answers = weighed
    known = Answer(ExpectedMemory(1000, 2000, {"weights": 8000}), free=10**9)
    answers["full"] = lambda texts: known
    answers["prefix"] = lambda texts: Answer(refused="This model has no keys.", field="method")
    panel.look_now()
    panel.wait()
    panel.set(method="prefix")
    assert panel.memory.wait(10)
    assert panel.form.errors["method"] == "This model has no keys." and panel.problem
    panel.set(method="full")
    assert panel.memory.wait(10)
    assert "method" not in panel.form.errors and panel.form.facts["method"].startswith("1 of 2 k")
