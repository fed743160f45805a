"""A finished run of each task: opened again, summed up, reported, compared, asked, by Python."""

import numpy as np
import pandas as pd
import pyarrow.parquet as parquet
import pytest

import workbench as wb
from tests.widgets.every_task import TASKS, train
from workbench import inspection, tasks
from workbench.errors import DataError
from workbench.task_of_predictions import said_task, task_of_file
from workbench.widgets.panels.inspect import InspectPanel
from workbench.widgets.panels.summary import static_summary
from workbench.widgets.panels.train import TrainPanel


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tasks")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_CACHE", str(folder / "cache"))
        patch.setenv("WORKBENCH_RUNS", str(folder / "runs"))
        for task in TASKS:
            train(task, folder)
            train(task, folder, name=f"{task}-slow", learning_rate=3e-5, epochs=1)
        yield folder


@pytest.fixture(params=TASKS)
def run(request, folder):
    return wb.open_run(folder / "runs" / request.param)


def slow(run):
    return wb.open_run(run.path.with_name(f"{run.name}-slow"))


def test_opened_again_it_shows_itself_once_and_whole(run, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda *w, **_: shown.append(w) or Handle())
    app = wb.Workbench(run=run.path)
    app._ipython_display_()
    assert len(shown) == 2  # the panels and the summary, each once
    assert app.train.notice.message == ""
    html = static_summary(run)
    assert "Traceback" not in html and "left out" not in html
    assert inspection.outcome(run).sentence in html.replace("&#x27;", "'")
    app.close()


class Handle:
    def update(self, _):
        pass


def test_its_predictions_say_its_task(run):
    table = run.predictions("test")
    asked = table[["question", "context"]] if "question" in table else table["text"].tolist()
    tables = [table, run.predictions("validation"), run.predict(asked[:2])]
    tables.append(run.predict(asked, progress=lambda *_: None))
    assert {said_task(one) for one in tables} == {run.recipe.task}
    schema = parquet.read_schema(run.path / "predictions" / "test.parquet")
    assert task_of_file(schema) == run.recipe.task


def test_what_its_task_declares_to_choose_by_is_measured(run):
    declared = tasks.get(run.recipe.task).metric_names
    for split in ("validation", "test"):
        assert set(declared) <= set(run.metrics(split))
    assert not run.status().get("warning")


def test_every_view_of_its_task_loads(run):
    panel = InspectPanel(run)
    assert panel.notice.message == "" and panel.metrics.figures
    names = [name for name, _ in panel.tabs.names]
    assert {"compare", "report"} <= set(names)
    for name in names:
        view = panel.choose_view(name)
        assert panel.notice.message == "", name
        notice = getattr(view, "notice", None)
        assert notice is None or notice.message == "", name
    found = panel.views["report"].write()
    assert not [s.title for s in found.sections if s.title == "Left out"]


def test_compare_offers_what_was_tested_on_the_same_examples(run, folder):
    task = run.recipe.task
    panel = InspectPanel(run)
    view = panel.choose_view("compare")
    assert [path for _, path in view.choice.options] == ["", str(slow(run).path)]
    assert "8 runs are of other tasks." in view.note.value
    found = view.choose(slow(run))
    assert view.notice.message == "" and found is view.comparison
    assert [row[0] for row in view.metrics.rows] == [
        inspection.metric_name(name) for name in found.metrics["metric"]]
    table = found.metrics.set_index("metric")
    for name, value in run.metrics().items():
        if name in table.index:
            assert table.loc[name, "first"] == pytest.approx(slow(run).metrics()[name])
            assert table.loc[name, "second"] == pytest.approx(value)
    assert tasks.get(task).metric_names[0] in table.index
    assert (table["low"] <= table["difference"] + 1e-12).all()
    assert (table["difference"] <= table["high"] + 1e-12).all()
    assert {row[0] for row in view.recipe.rows} == {"epochs", "learning_rate"}
    assert ("Both say the same" in view.metrics.note) == (task != "regression")
    assert bool(view.flips.rows) == bool(view.flips.columns) != bool(view.flips.note), (
        "no table of nothing, and what there is not is said")
    assert view.quality.series and view.quality.y_title == inspection.metric_name(
        inspection.decisive_metric(run))
    other = next(name for name in TASKS if name != task)
    with pytest.raises(DataError, match="cannot be compared"):
        view.choose(wb.open_run(folder / "runs" / other))


def test_a_run_that_was_trained_meanwhile_is_offered(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    panel = InspectPanel(train("regression", tmp_path, max_steps=2))
    view = panel.choose_view("compare")
    assert [name for name, _ in view.choice.options] == ["another run …"]
    first = train("regression", tmp_path, name="first", max_steps=1)
    panel.choose_view("slices")
    assert panel.choose_view("compare") is view and view.choice.layout.display is None
    found = view.choose(first)
    train("regression", tmp_path, name="second", max_steps=3)
    panel.choose_view("slices")
    panel.choose_view("compare")
    assert {name for name, _ in view.choice.options} == {"another run …", "first", "second"}
    assert view.choice.value == str(first.path) and view.comparison is found, "still chosen"


def test_a_run_with_nothing_beside_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    alone = train("regression", tmp_path, max_steps=2)
    other = train("regression", tmp_path, name="seed", max_steps=2, seed=7)
    (tmp_path / "runs" / "broken").mkdir()
    (tmp_path / "runs" / "broken" / "run.json").write_text("{")
    view = InspectPanel(alone).choose_view("compare")
    assert view.choice.layout.display == "none"
    assert view.note.value.startswith("No other run of this task in this folder was tested on")
    assert "1 run of this task was tested on other examples" in view.note.value
    with pytest.raises(DataError, match="No other run"):
        view.choose(other)


def test_the_closing_sentence_names_the_metric_that_decided(run):
    found = inspection.outcome(run)
    assert found.metric == tasks.get(run.recipe.task).metric_names[0]
    assert found.value == run.metrics()[found.metric]
    baselines = {k: v[found.metric] for k, v in run.results()["baselines"].items()}
    assert found.baseline_value == max(baselines.values())
    assert found.lost == (found.value <= found.baseline_value)
    assert found.low <= found.value <= found.high
    panel = TrainPanel(run)
    assert panel.stats.note == found.sentence
    assert f"best {inspection.metric_name(found.metric)}" in panel.stats.figures[-1][1]
    panel.close()


@pytest.mark.parametrize(("value", "low", "high", "baseline", "says"), [
    (0.70, 0.66, 0.74, 0.60, "It won against word counts with logistic regression: 0.600."),
    (0.70, 0.58, 0.80, 0.60, "so the lead may be chance."),
    (0.61, 0.57, 0.65, 0.66, "It lost to word counts with logistic regression: 0.660. Try more"),
    (0.61, 0.50, 0.70, 0.66, "so the difference may be chance. Try more"),
    (0.61, 0.50, 0.70, 0.61, "It is no better than word counts with logistic regression: 0.610."),
], ids=["won", "won inside the interval", "lost", "lost inside the interval", "tied"])
def test_winning_and_losing_are_said_plainly(value, low, high, baseline, says):
    found = inspection.Outcome("macro_f1", value, low, high, 600, "tfidf_logistic_regression",
                               baseline)
    assert says in found.sentence and "macro-F1, the metric that decided" in found.sentence
    assert f"{value:.3f} (95 % interval {low:.3f}–{high:.3f}) on 600" in found.sentence


def test_who_can_be_no_better_is_given_no_advice():
    tied = inspection.Outcome("f1", 1.0, 1.0, 1.0, 24, "most_frequent_tag", 1.0)
    assert tied.verdict == "tied" and tied.perfect and "Try" not in tied.sentence
    assert not inspection.Outcome("f1", 0.9, 0.8, 1.0, 24, "most_frequent_tag", 0.9).perfect
    assert inspection.Outcome("mae", 0.0, 0.0, 0.0, 24, "mean", 0.0).perfect


def test_a_smaller_error_wins():
    found = inspection.Outcome("mae", 0.4, 0.3, 0.5, 50, "mean", 0.9)
    assert found.verdict == "won" and "the mean of the training labels: 0.900" in found.sentence
    assert inspection.Outcome("mae", 1.4, 1.3, 1.5, 50, "mean", 0.9).lost


@pytest.mark.parametrize("name", ["confusion", "per_class_errors", "reliability"])
def test_a_function_of_another_task_is_refused_in_one_sentence(run, name):
    if run.recipe.task == "text-classification":
        assert getattr(inspection, name)(run) is not None
        return
    with pytest.raises(DataError, match="and this is for one class an example"):
        getattr(inspection, name)(run)


def test_a_next_step_is_one_press_away(run):
    app = wb.Workbench(run=run.path)
    panel = app.inspect
    steps = panel.next_steps()
    assert panel.guide.rows == steps[["finding", "evidence", "advice"]].values.tolist()
    if inspection.outcome(run).lost:
        assert len(steps)
    if len(steps):
        panel.guide._message(None, {"take": 0, "row": ["an older step", "", ""]}, [])
        assert panel.next_recipe is None  # a late press is about what its page showed
        panel.guide._message(None, {"take": 0, "row": panel.guide.rows[0]}, [])
        recipe = run.recipe.replace(**steps["changes"].iloc[0])
        assert app.recipe == recipe == panel.next_recipe and app.header.tab == 2
        panel.guide._message(None, {"take": 99, "row": panel.guide.rows[0]}, [])
    app.close()


def test_paired_differences_by_hand():
    """Two questions of three change; the interval is of the difference over the same questions."""
    made = pd.DataFrame({
        "question": list("abc"), "context": ["x y"] * 3, "answers": [["x"]] * 3,
        "prediction": ["x", "y", "x"], "exact_match": [1.0, 0.0, 1.0], "f1": [1.0, 0.0, 1.0],
    })
    other = made.assign(prediction=["x", "x", "y"], exact_match=[1.0, 1.0, 0.0],
                        f1=[1.0, 1.0, 0.5])
    found = inspection.compare_runs(made, other.iloc[::-1])  # the order does not matter
    row = found.metrics.set_index("metric").loc["f1"]
    assert row["first"] == pytest.approx(2 / 3) and row["second"] == pytest.approx(2.5 / 3)
    assert row["difference"] == pytest.approx(0.5 / 3)
    assert len(found.mended) == len(found.broken) == 1 and found.mcnemar_p == 1.0
    assert found.agreement == pytest.approx(1 / 3) and np.isnan(found.kappa)
    tags = pd.DataFrame({
        "text": ["a b", "c"], "tokens": [["a", "b"], ["c"]],
        "label": [["B-x", "O"], ["B-y"]], "prediction": [["B-x", "B-x"], ["O"]]})
    better = tags.assign(prediction=[["B-x", "O"], ["B-y"]])
    found = inspection.compare_runs(tags, better).metrics.set_index("metric")
    assert found.loc["precision", "first"] == 0.5 and found.loc["recall", "first"] == 0.5
    assert found.loc["accuracy", "first"] == pytest.approx(1 / 3) and found.loc["f1", "second"] == 1
    words = tags.assign(label=[["N", "V"], ["N"]], prediction=[["N", "N"], ["V"]])
    found = inspection.compare_runs(words, words.assign(prediction=words["label"]))
    table = found.metrics.set_index("metric")
    assert table.loc["accuracy", "first"] == pytest.approx(1 / 3)
    assert table.loc["macro_f1", "first"] == pytest.approx((2 * 1 / 4 + 0) / 2)
    assert table.loc["macro_f1", "second"] == 1 and len(found.mended) == 2
    numbers = pd.DataFrame({"text": list("abcd"), "label": [0.0, 1.0, 2.0, 3.0],
                            "prediction": [0.0, 1.0, 2.0, 4.0]})
    numbers["residual"] = numbers["prediction"] - numbers["label"]
    worse = numbers.assign(prediction=[3.0, 2.0, 1.0, 0.0])
    worse["residual"] = worse["prediction"] - worse["label"]
    found = inspection.compare_runs(numbers, worse)
    table = found.metrics.set_index("metric")
    assert table.loc["pearson", "second"] == pytest.approx(-1)
    assert table.loc["mae", "first"] == 0.25 and table.loc["mae", "second"] == 2.0
    assert table.loc["rmse", "first"] == 0.5 and set(found.flips["change"]) == {"further"}
    assert len(found.classes) == 0 and np.isnan(found.mcnemar_p)
    with pytest.raises(DataError, match="different tasks"):
        inspection.compare_runs(numbers, tags)
