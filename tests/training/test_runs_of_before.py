"""Run folders that earlier code wrote open, predict and go on; what they lack is said."""

import json
import math
import shutil
from pathlib import Path

import pytest

import workbench as wb
from tests.training.tiny import stop
from tests.waiting import PATIENCE
from workbench import cli, inspection, plots
from workbench.errors import RecipeError, UnknownName, WorkbenchError
from workbench.widgets.panels.inspect import InspectPanel
from workbench.widgets.panels.summary import static_summary
from workbench.widgets.panels.train import TrainPanel

FOLDER = Path(__file__).parents[1] / "fixtures" / "runs_of_before"
ASKED = {
    "text-classification": ["a good film", "the book was awful"],
    "multi-label-classification": ["a good film", "the book was awful and so very dull"],
    "regression": ["a good film", "the book was awful"],
    "token-classification": ["a good film", "the book was awful"],
    "question-answering": [
        {"question": "what film", "context": "a good film"},
        {"question": "what book", "context": "the book was awful"},
    ],
}


@pytest.fixture
def before(tmp_path, monkeypatch):
    """A copy of the folders, as the current directory: their recipes name files beside them."""
    copy = tmp_path / "before"
    shutil.copytree(FOLDER, copy)
    for run in copy.glob("*/recipe.yaml"):
        (run.parent / "control").mkdir(exist_ok=True)  # empty ones are in no repository
    monkeypatch.chdir(copy)
    return copy


@pytest.mark.parametrize("task", ASKED)
def test_a_run_of_before_opens_and_predicts(before, task):
    run = wb.open_run(before / task)
    assert (run.state, run.recipe.task, run.damage()) == ("done", task, [])
    kept = run.predictions("test")
    assert len(kept) == 6 and run.metrics("test")["examples"] == 6
    asked = run.predict(ASKED[task])
    assert len(asked) == 2
    assert set(asked.columns) - {"entities"} <= set(kept.columns)
    found = wb.inspection.outcome(run)
    assert found.metric == run.results()["best_metric"]
    assert math.isclose(found.value, run.metrics("test")[found.metric])


def test_predictions_of_the_same_texts_are_those_of_before(before):
    run = wb.open_run(before / "text-classification")
    kept = run.predictions("test")
    again = run.predict(kept["text"].tolist())
    assert again["prediction"].tolist() == kept["prediction"].tolist()
    assert (again["score_good"] - kept["score_good"]).abs().max() < 1e-5


def test_the_table_lists_them(before):
    table = wb.runs(before).set_index("run")
    assert set(table["problem"]) == {""}
    assert table.loc["stopped", "state"] == "stopped"
    assert table.loc["question-answering", "f1"] == pytest.approx(0.5277777777777778)


def foreign(before, folder="regression", metric="overlap"):
    """A run of a task that is not installed: its recipe and its predictions say so."""
    import pyarrow.parquet as parquet

    run, own = before / folder, wb.open_run(before / folder).recipe.task
    recipe = (run / "recipe.yaml").read_text().replace(f"task: {own}", "task: headlines")
    recipe = recipe.replace("best_metric: null", f"best_metric: {metric}")
    (run / "recipe.yaml").write_text(recipe)
    for file in run.glob("predictions/*.parquet"):
        table = parquet.read_table(file)
        about = {**table.schema.metadata, b"workbench.task": b"headlines"}
        parquet.write_table(table.replace_schema_metadata(about), file)
    return wb.open_run(run)


def test_one_whose_task_is_not_installed_opens_and_is_listed(before, capsys, monkeypatch):
    run = foreign(before)
    assert (run.state, run.recipe.task, run.damage()) == ("done", "headlines", [])
    assert len(run.predictions("test")) == 6 and run.metrics("test")["pearson"]
    assert run.recipe.replace(epochs=2).task == "headlines"
    table = wb.runs(before).set_index("run")
    assert table.loc["regression", "task"] == "headlines" and set(table["problem"]) == {""}
    assert len(inspection.comparable_runs(wb.open_run(before / "text-classification"))) == 0
    monkeypatch.setenv("WORKBENCH_RUNS", str(before))
    assert cli.main(["runs"]) == 0 and "headlines" in capsys.readouterr().out
    assert cli.main(["show", str(run.path)]) == 0
    assert "There is no task 'headlines'" in capsys.readouterr().out


#: What cannot be done without the task, by what a person calls.
WITHOUT_TASK = {
    "predict": lambda run: run.predict(["a film"]),
    "predict a file": lambda run: run.predict_file("asked.txt", "predicted.csv"),
    "pipeline": lambda run: run.pipeline(),
    "start": lambda run: wb.start(run.recipe, "again"),
    "fine-tune": lambda run: wb.fine_tune(run.recipe, "again", progress=False),
    "cross-validate": lambda run: wb.cross_validate(run.recipe.replace(folds=3), "again"),
    "check": lambda run: wb.check(run.recipe.replace(dataset="classes.jsonl")),
    "check as it": lambda run: wb.check("classes.jsonl", task=run.recipe.task),
    "outcome": inspection.outcome,
    "next steps": inspection.next_steps,
    "report": inspection.report,
    "intervals": inspection.metric_intervals,
    "intervals of a table": lambda run: inspection.metric_intervals(run.predictions()),
    "classes": inspection.class_report,
    "highest losses": inspection.top_residuals,
    "slices": inspection.find_slices,
    "confusion": inspection.confusion,
    "comparable": inspection.comparable_runs,
    "compare": lambda run: inspection.compare_runs(run, run),
    "compare with another": lambda run: inspection.compare_runs(
        wb.open_run(run.path.with_name("text-classification")), run),
    "words": lambda run: inspection.word_effects(run, "a film"),
    "map": inspection.embedding_map,
    "curves": plots.learning_curves,
    "baselines": plots.against_baselines,
    "confusion picture": plots.confusion,
}  # fmt: skip


def test_what_needs_a_task_that_is_not_installed_is_refused_in_a_sentence(before):
    run = foreign(before)
    (before / "asked.txt").write_text("a film\n")
    for name, call in WITHOUT_TASK.items():
        with pytest.raises(UnknownName, match="There is no task 'headlines'") as refused:
            call(run)
        said = str(refused.value)
        assert "\n" not in said and "install that package" in said, name
    assert not (before / "again").exists() and not (before / "predicted.csv").exists()
    with pytest.raises(WorkbenchError):
        run.calibrate()


def test_one_whose_task_is_not_installed_is_not_resumed_and_stays_as_it_is(before):
    run = foreign(before, "stopped", "null")
    with pytest.raises(UnknownName, match="There is no task 'headlines'"):
        run.resume()
    assert run.state == "stopped" and cli.main(["resume", str(run.path)]) == 2


@pytest.mark.parametrize("folder", ["regression", "text-classification", "stopped"])
def test_the_app_shows_a_run_whose_task_is_not_installed_and_says_so(before, folder):
    run = foreign(before, folder, "null")
    for panel in (TrainPanel(run), InspectPanel(run)):
        said = f"{panel.notice.message} {panel.notice.remedy}"
        assert "Traceback" not in said
        if isinstance(panel, InspectPanel):
            assert "There is no task 'headlines'" in said
        panel.close()
    assert "Traceback" not in static_summary(run)
    wb.Workbench(run=run.path).close()


def test_the_app_opens_runs_of_before(before):
    app = wb.Workbench(run=before / "question-answering")
    app.inspect.choose_view("answers")
    assert app.inspect.notice.message == "" and app.inspect.metrics.figures
    for view in [name for name, _ in app.inspect.tabs.names]:
        app.inspect.choose_view(view)
        assert app.inspect.notice.message == "", view
    app.close()


def changed(name, change):
    def do(folder):
        values = json.loads((folder / name).read_text())
        (folder / name).write_text(json.dumps(change(values)))

    return do


def without(name, *keys):
    return changed(name, lambda values: {k: v for k, v in values.items() if k not in keys})


def shortened(folder):
    """A recipe with nothing but what it trains on what."""
    lines = (folder / "recipe.yaml").read_text().splitlines()
    kept = [line for line in lines if line.split(":")[0] in ("task", "model", "dataset")]
    (folder / "recipe.yaml").write_text("\n".join(kept) + "\n")


def bare_rows(folder):
    rows = [{"kind": "step", "step": n, "loss": 1 / n} for n in (1, 2)]
    rows.append({"kind": "eval", "step": 2, "loss": 0.5})
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def tables(change):
    def do(folder):
        import pandas as pd

        for file in folder.glob("predictions/*.parquet"):
            change(pd.read_parquet(file)).to_parquet(file)

    return do


#: Folders of other layouts, and what still works in them: reading, predicting, judging.
LAYOUTS = {
    "no format": (without("run.json", "format"), ""),
    "a newer format": (changed("run.json", lambda v: {**v, "format": 2}), ""),
    "no run.json": (lambda folder: (folder / "run.json").unlink(), ""),
    "no state.json": (lambda folder: (folder / "state.json").unlink(), "read predict judge"),
    "a state alone": (
        changed("state.json", lambda v: {"state": "done"}), "read predict judge"),
    "a short recipe": (shortened, "read predict judge"),
    "no recipe": (lambda folder: (folder / "recipe.yaml").unlink(), ""),
    "no data's facts": (lambda folder: shutil.rmtree(folder / "data"), "read predict judge"),
    "metrics alone": (
        changed("metrics.json", lambda v: {"metrics": v["metrics"]}), "read predict judge"),
    "metrics without splits": (changed("metrics.json", lambda v: v["metrics"]["test"]), "predict"),
    "rows with little": (bare_rows, "read predict judge"),
    "no rows": (lambda folder: (folder / "metrics.jsonl").unlink(), "read predict judge"),
    "no model": (lambda folder: shutil.rmtree(folder / "model"), "read judge"),
    "predictions without rows": (tables(lambda t: t.drop(columns="row")), "read predict judge"),
    "predictions without predictions": (
        tables(lambda t: t.drop(columns="prediction")), "predict"),
    "no predictions": (lambda folder: shutil.rmtree(folder / "predictions"), "predict"),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_folder_of_another_layout_opens_or_says_what_it_lacks(layout, before, capsys):
    change, works = LAYOUTS[layout]
    folder = before / "text-classification"
    change(folder)
    calls = {
        "read": lambda run: (run.metrics("test"), run.predictions("test"), run.history()),
        "predict": lambda run: run.predict(["a film"]),
        "judge": lambda run: (inspection.outcome(run), inspection.metric_intervals(run)),
        "": lambda run: (plots.against_baselines(run), inspection.report(run), run.damage()),
        "summary": static_summary,
    }
    for name, call in calls.items():
        try:
            call(wb.open_run(folder))
        except WorkbenchError as error:  # anything else is no sentence
            assert name not in works.split(), error
            assert "\n" not in str(error) and str(error).endswith((".", ")"))
        else:
            assert name not in ("read", "predict", "judge") or name in works.split()
    assert cli.main(["show", str(folder)]) in (0, 2)
    assert "Traceback" not in capsys.readouterr().err
    others = wb.runs(before).set_index("run").drop("text-classification", errors="ignore")
    assert len(others) == 5 and set(others["problem"]) == {""}
    assert wb.open_run(before / "regression").metrics("test")["examples"] == 6


def test_one_that_was_stopped_goes_on(before):
    run = wb.open_run(before / "stopped")
    assert (run.state, run.status()["step"]) == ("stopped", 4)
    first = run.history()
    run.resume().wait(timeout=PATIENCE)
    assert (run.state, run.status()["step"]) == ("done", 12)
    steps = run.history().query("kind == 'step'")
    assert steps["step"].tolist() == list(range(1, 13))
    assert steps["loss"].tolist()[:4] == first.query("kind == 'step'")["loss"].tolist()
    assert run.metrics("test")["examples"] == 6


def test_a_run_goes_on_whose_reading_says_what_its_task_has_no_choice_in(tiny_recipe, tmp_path):
    """Earlier code took control_tokens without effect; of what is new it is refused."""
    recipe = tiny_recipe.replace(max_steps=2, checkpoint_every=1)
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    recipe = recipe.replace(reading={"control_tokens": True})
    (run.path / "recipe.yaml").write_text(recipe.to_yaml())
    stop(run)
    assert wb.fine_tune(recipe, run.path, progress=False).state == "done"
    for begin in (wb.fine_tune, wb.start):
        with pytest.raises(RecipeError, match="control tokens that texts spell out always are"):
            begin(recipe, tmp_path / "new")
    assert not (tmp_path / "new").exists()
    found = wb.check(recipe).found
    assert any("control tokens that texts spell out always are" in one.what for one in found)
