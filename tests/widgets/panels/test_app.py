"""The app by its public methods, and the summary that needs no kernel."""

import json
import time
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from ipywidgets.widgets.widget import _instances

from tests.waiting import PATIENCE, until
from workbench import Recipe
from workbench.atomic_files import read_json, write_json
from workbench.errors import UnknownName
from workbench.run_folder.folders import create_run_folder
from workbench.training.run import Run
from workbench.widgets.elements.history import History
from workbench.widgets.panels.app import Workbench
from workbench.widgets.panels.summary import curve_svg, placeholder, static_summary

BAD = "<script>window.__ran=1</script>"


@pytest.fixture
def done(tmp_path):
    """A finished run whose classes and folder are named by somebody hostile."""
    folder = create_run_folder(Recipe(epochs=3), tmp_path / "run <b>&")
    rows = [{"kind": "step", "step": n, "epoch": n / 10, "loss": 2.0 / n, "tokens": 9,
             "padded_tokens": 10, "seconds": 0.1, "learning_rate": 1e-4} for n in range(1, 31)]
    rows[4]["loss"] = float("nan")
    rows.append({"kind": "eval", "step": 30, "loss": 0.5, "accuracy": 0.8, "macro_f1": 0.7})
    (folder / "metrics.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    write_json(folder / "state.json", {"state": "done", "step": 30, "total_steps": 30, "epochs": 3,
                                       "epoch": 3.0, "heartbeat": time.time()})
    write_json(folder / "metrics.json", {
        "metrics": {"test": {"accuracy": 0.75, "examples": 8}},
        "baselines": {"majority": {"accuracy": 0.5}}})
    (folder / "predictions").mkdir()
    pd.DataFrame({
        "text": [f"text {i} {BAD}" for i in range(8)], "label": [BAD] * 4 + ["b"] * 4,
        "prediction": [BAD] * 3 + ["b"] * 4 + [BAD], "loss": np.arange(8.0),
        f"score_{BAD}": 0.5, "score_b": 0.5,
    }).to_parquet(folder / "predictions" / "test.parquet")
    return Run(folder)


def test_starts_with_a_recipe_its_fields_or_nothing():
    assert Workbench(epochs=3).recipe == Recipe(epochs=3)
    app = Workbench(Recipe(seed=5), batch_size=8)
    assert app.recipe == Recipe(seed=5, batch_size=8) and app.run is None
    with pytest.raises(UnknownName):
        Workbench(run="no-such-run-anywhere")


def test_code_makes_the_same_recipe():
    app = Workbench(epochs=3, class_weights={"a'\"": 2.0, "b": 1.0}, columns={"text": "x\ny"})
    made = {}
    exec(app.code.split("\nrun = ")[0], made)
    assert made["recipe"] == app.recipe
    app.pick.set(epochs=-1)
    assert app.code.startswith("# Epochs: ")


def test_train_says_why_it_is_off():
    app = Workbench(epochs=3)
    assert app.train.controls.can_train
    app.pick.set(epochs=-1)
    assert not app.train.controls.can_train
    assert app.train.controls.why_not.startswith("Train is off. Epochs: ")
    assert app.train.train() is None and app.train.notice.message.startswith("Epochs: ")
    assert app.header.steps[0][1] == "a setting is wrong"
    app.pick.set(epochs=1)
    assert app.train.controls.can_train and app.train.controls.why_not == ""


def test_a_problem_of_other_data_is_not_said_of_the_new(monkeypatch):
    app = Workbench(dataset="no-such-file.csv")
    app.pick.wait()
    until(lambda: app.header.steps[0][1] == "data or model cannot be used")
    assert app.pick.preview.layout.display == "none", "no table of nothing"
    monkeypatch.setattr(app.pick._newest, "ask", lambda recipe: None)  # nobody has looked yet
    app.pick.set(dataset="sample:spam")
    assert app.header.steps[0][1].endswith("spam") and app.train.controls.can_train


def test_what_decides_is_short_in_a_step():
    """"mean reciprocal rank 0.9" would lose its figure where the page is narrow."""
    from types import SimpleNamespace as Some

    from workbench.widgets.panels import header_words

    for task, metric, short in (
        ("regression", "pearson", "Pearson"), ("sentence-similarity", "mrr", "MRR"),
        ("regression", "rmse", ""), ("text-classification", "no-such", ""),
        ("no-such-task", "f1", ""),
    ):  # fmt: skip
        run = Some(recipe=Some(task=task))
        assert header_words._short_title(metric, run) == short


def test_a_finished_run_is_back(done):
    app = Workbench(run=str(done.path))
    assert app.recipe == Recipe(epochs=3) and app.train.curves.points == 30
    assert app.header.state == "done" and app.header.tab == 2
    until(lambda: app.inspect.examples.total == 8)
    until(lambda: app.header.steps[3][1] == "macro-F1 0.750")  # what decides, not the first figure
    app.pick.set(seed=4)  # another recipe leaves what the run has reached
    assert app.header.steps[2][1] == "epoch 3.0 of 3" and app.header.steps[3][1]
    app.inspect.choose_cell(BAD, "b")
    assert app.inspect.examples.total == 1
    assert f"top_losses(run, label={BAD!r}, prediction='b')" in app.code
    assert "open_run(" in app.code and repr(str(done.path)) in app.code
    app.close()


def test_two_apps_show_one_run(done):
    first, second = Workbench(run=done), Workbench(run=done)
    assert first.train.curves.train == second.train.curves.train
    first.close()
    second.train.refresh()
    second.close()


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)


def test_summary_is_plain_html_without_script_or_outside_files(done):
    page = static_summary(done)
    seen = Tags()
    seen.feed(page)
    names = {tag for tag, _ in seen.tags}
    assert names <= {"div", "h4", "p", "img", "table", "thead", "tbody", "tr", "th", "td", "pre"}
    assert all(a["src"].startswith("data:image/svg+xml") for t, a in seen.tags if t == "img")
    text = " ".join(seen.text)
    assert done.name in text and BAD in text and "0.750" in text and "epochs=3" in text
    assert "the most frequent class" in text and len(page) < 60_000
    assert "run &lt;b&gt;" in page


def test_summary_of_a_failed_run_says_why(done):
    write_json(done.path / "state.json", {"state": "failed", "error": "The loss is NaN <b>.",
                                          "remedy": "Lower it.", "heartbeat": time.time()})
    (done.path / "predictions" / "test.parquet").unlink()
    page = static_summary(done)
    assert "The loss is NaN &lt;b&gt;. Lower it." in page and "95 % interval" not in page
    assert "run &lt;b&gt;" in placeholder(done)


@pytest.mark.parametrize("loss", [[float("nan")] * 3, [1.0], [0.0, 0.0], [-1.0, -2.0, -3.0]])
def test_picture_of_any_curve(loss):
    import xml.etree.ElementTree as tree

    history = History()
    history.add([{"kind": "step", "step": i + 1, "loss": v} for i, v in enumerate(loss)])
    picture = curve_svg(history)
    tree.fromstring(picture)
    assert "nan" not in picture


@pytest.fixture
def held(tmp_path, monkeypatch):
    """Runs in all states under a folder of runs; the running one has a worker that holds it."""
    monkeypatch.setenv("WORKBENCH_RUNS", str(tmp_path))
    states = {"over": "done", "waits": "paused", "broken": None, "next": "queued"}
    for number, (name, state) in enumerate(states.items()):
        folder = create_run_folder(Recipe(), tmp_path / name)
        write_json(folder / "run.json", {**read_json(folder / "run.json"), "created": number})
        write_json(folder / "state.json", {"state": state, "step": 30, "total_steps": 100,
                                           "heartbeat": time.time()})
    (tmp_path / "broken" / "state.json").write_text("{")
    return tmp_path


def test_runs_that_go_on_are_offered(held):
    app = Workbench()
    until(lambda: app.header.offers)
    said = dict(app.header.offers)
    assert set(said) == {str(held / "waits"), str(held / "next")}
    assert said[str(held / "waits")] == "The run waits is paused (step 30 / 100)."
    assert said[str(held / "next")] == "The run next waits for its turn."
    app.header._message(None, {"attach": str(held / "over")}, [])  # not offered: not shown
    assert app.run is None
    app.header._message(None, {"attach": str(held / "waits")}, [])
    assert app.run.path == held / "waits" and app.header.tab == 2
    assert [path for path, _ in app.header.offers] == [str(held / "next")]
    app.close()


def test_a_kernel_that_is_here_answers():
    app, sent = Workbench(), []
    app.header.send = sent.append
    app.header._handle_custom_msg({"ping": 1}, [])
    assert sent == [{"pong": 1}]
    app.close()


def test_data_that_are_looked_at_before_the_other_panels_are_there(monkeypatch, caplog):
    """Making a panel may take long while other views open: the first one's answer waits for it."""
    from workbench.widgets.panels import app as module

    made, usual = [], module.PickPanel

    def pick(*args, **how):
        made.append(usual(*args, **how))
        made[0].wait(PATIENCE)
        return made[0]

    monkeypatch.setattr(module, "PickPanel", pick)
    app = Workbench(dataset="nowhere.csv")
    assert made == [app.pick] and "nowhere.csv" in app.pick.problem
    assert not app.train.controls.can_train
    assert "nowhere.csv" in app.train.controls.why_not
    assert not [one for one in caplog.records if one.exc_info]
    app.pick.set(dataset="elsewhere.csv")
    app.pick.wait(PATIENCE)
    assert "elsewhere.csv" in app.train.controls.why_not


def test_the_code_of_a_run_whose_recipe_is_gone_says_so(tmp_path):
    folder = create_run_folder(Recipe(), tmp_path / "gone")
    app = Workbench(run=str(folder))
    assert f"wb.open_run({str(folder)!r})" in app.header.code
    (folder / "recipe.yaml").unlink()
    app._picked()
    assert app.header.code.startswith("# recipe.yaml of the run gone cannot be read")
    assert "\n" not in app.header.code
    app.close()


def test_what_a_notebook_saves_of_an_app_stays_small(done):
    """A saved notebook holds the state of each widget, its script included: what is shown later
    is made later. With a run, its attention and BertViz's page a notebook is to have 500 kB."""
    before = set(_instances)
    app = Workbench(run=str(done.path))
    states = [json.dumps(one.get_state(), default=repr)
              for key, one in list(_instances.items()) if key not in before]  # fmt: skip
    assert app.model_id in _instances and len(states) > 50
    assert sum(map(len, states)) < 410_000
