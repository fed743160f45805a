"""Run folders that earlier code wrote open, predict and go on."""

import math
import shutil
from pathlib import Path

import pytest

import workbench as wb
from tests.waiting import PATIENCE
from workbench import cli
from workbench.errors import UnknownName, WorkbenchError
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


def test_one_whose_task_is_not_installed_opens_and_says_so(before, capsys):
    folder = before / "regression"
    recipe = (folder / "recipe.yaml").read_text()
    recipe = recipe.replace("task: regression", "task: headlines")
    (folder / "recipe.yaml").write_text(recipe.replace("best_metric: null", "best_metric: overlap"))
    run = wb.open_run(folder)
    assert (run.state, run.recipe.task, run.damage()) == ("done", "headlines", [])
    assert len(run.predictions("test")) == 6 and run.metrics("test")["pearson"]
    assert wb.runs(before).set_index("run").loc["regression", "task"] == "headlines"
    for use in (lambda: run.predict(["a film"]), run.pipeline, run.calibrate):
        with pytest.raises(WorkbenchError) as refused:
            use()
        assert "\n" not in str(refused.value)
    with pytest.raises(UnknownName, match="There is no task 'headlines'"):
        run.predict(["a film"])
    assert cli.main(["show", str(folder)]) == 0 and "headlines" in capsys.readouterr().out
    for panel in (TrainPanel(run), InspectPanel(run)):
        assert "headlines" in panel.notice.message or not panel.notice.message
        assert "Traceback" not in panel.notice.message
        panel.close()
    assert "Traceback" not in static_summary(run)


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
