"""A table of predictions says which task it is of, and goes on saying it."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

import workbench as wb
from workbench import inspection
from workbench.errors import DataError, RunError, SpecError, UnknownName
from workbench.prediction_columns import PredictionTable
from workbench.run_folder.folder import RunFolder
from workbench.run_folder.folders import create_run_folder
from workbench.score_columns import plain_title, score_column, scored_names
from workbench.task_of_predictions import (
    like,
    of_task,
    said_task,
    spec_of,
    task_of_file,
    write_predictions,
)


@pytest.fixture
def table():
    return pd.DataFrame({
        "text": ["warm", "cold", "mild"], "label": ["a", "b", "a"], "prediction": ["a", "b", "b"],
        "loss": [0.1, 0.2, 1.5], "score_a": [0.9, 0.2, 0.2], "score_b": [0.1, 0.8, 0.8],
    })  # fmt: skip


@pytest.mark.parametrize("change", [
    pytest.param(lambda t: t.head(1), id="the first rows"),
    pytest.param(lambda t: t[t["loss"] > 1], id="chosen rows"),
    pytest.param(lambda t: t.iloc[[2, 0]], id="rows in another order"),
    pytest.param(lambda t: t.sort_values("loss").reset_index(drop=True), id="sorted"),
    pytest.param(lambda t: t.assign(right=True), id="a further column"),
    pytest.param(lambda t: t.drop(columns="loss"), id="a column less"),
    pytest.param(lambda t: pd.concat([t, t], ignore_index=True), id="two parts"),
    pytest.param(lambda t: t.iloc[0], id="one row"),
    pytest.param(lambda t: t.iloc[0].to_frame().T, id="one row as a table"),
    pytest.param(lambda t: like(t.merge(pd.DataFrame({"text": ["cold"]}), on="text"), t),
                 id="merged, and said again"),
])  # fmt: skip
def test_what_is_made_of_a_table_says_its_task(table, change):
    assert said_task(change(of_task(table, "text-classification"))) == "text-classification"


@pytest.mark.parametrize("said", [None, "", 7, ["regression"]],
                         ids=["nothing", "an empty text", "a number", "a list"])
def test_what_is_no_name_is_no_task(table, said):
    table.attrs["task"] = said
    assert said_task(table) is None and said_task(of_task(table, None)) is None
    assert said_task("no table") is None


def test_a_file_says_the_task_to_whoever_reads_it(table, tmp_path):
    path = tmp_path / "test.parquet"
    write_predictions(of_task(table, "text-classification"), path)
    assert task_of_file(parquet.read_schema(path)) == "text-classification"
    pd.testing.assert_frame_equal(pd.read_parquet(path), table)
    table.attrs.clear()
    write_predictions(table, path)
    assert task_of_file(parquet.read_schema(path)) is None
    assert task_of_file(pa.schema([])) is None


def written(recipe: wb.Recipe, table: pd.DataFrame):
    folder = create_run_folder(recipe)
    (folder / "predictions").mkdir()
    write_predictions(table, folder / "predictions" / "test.parquet")
    return wb.open_run(folder)


def test_a_run_gives_tables_that_say_their_task(runs_folder, table):
    run = written(wb.Recipe(), of_task(table, "text-classification"))
    assert run.predictions().attrs == {"task": "text-classification"}


def test_an_older_file_takes_the_task_of_the_recipe(runs_folder, table):
    run = written(wb.Recipe(), table)
    assert said_task(run.predictions()) == wb.Recipe().task
    (run.path / "recipe.yaml").unlink()  # nothing says it any more: its looks are left
    assert said_task(RunFolder(run.path).predictions()) == "text-classification"


def test_a_file_of_another_task_is_no_file_of_the_run(runs_folder, table):
    run = written(wb.Recipe(task="regression"), of_task(table, "text-classification"))
    said = "predictions of Text classification, and the run's task is Regression"
    with pytest.raises(RunError, match=said):
        run.predictions()


def test_a_file_of_a_task_that_is_not_installed_is_kept(runs_folder, table):
    run = written(wb.Recipe(), of_task(table, "acme-tagging"))
    (run.path / "recipe.yaml").unlink()
    found = RunFolder(run.path).predictions()
    assert said_task(found) == "acme-tagging" and len(found) == 3
    with pytest.raises(UnknownName, match="no task 'acme-tagging'"):
        spec_of(found)


TEXTS = {"text": ["a", "b"], "label": ["x", "y"], "prediction": ["x", "x"]}
SPANS = [[{"text": "a", "score": 1.0}], []]


@pytest.mark.parametrize(("columns", "task"), [
    (TEXTS, "text-classification"),
    ({**TEXTS, "score_x": [1.0, 0.7], "score_y": [0.0, 0.3]}, "text-classification"),
    ({"prediction": [None, "x"]}, "text-classification"),
    ({"label": [1, 0], "prediction": [1, 1], "score_0": [0.1, 0.2], "score_1": [0.9, 0.8]},
     "text-classification"),
    ({"prediction": [["x"], []], "score_x": [0.7, 0.2]}, "multi-label-classification"),
    ({"prediction": [[], ["x", "y"]]}, "multi-label-classification"),
    ({"label": [1.0, 2.0], "prediction": [1.5, 2.5]}, "regression"),
    ({"label": [1, 2], "prediction": [1, 3], "residual": [0, 1]}, "regression"),
    ({"tokens": [["a", "b"], ["c"]], "prediction": [["O", "B-x"], ["O"]]}, "token-classification"),
    ({**TEXTS, "exact_match": [1.0, 0.0]}, "question-answering"),
    ({"prediction": ["a", ""], "n_best": SPANS}, "question-answering"),
    ({"question": ["?", "?"], "context": ["c", "d"], "prediction": ["c", ""]},
     "question-answering"),
    ({"prediction": [1, 2]}, None),
    ({"text": ["a", "b"]}, None),
    ({"prediction": [{"a": 1}, {}]}, None),
    ({"prediction": [1.0, 2.0], "score_x": [1.0, 0.0]}, None),
], ids=["classes", "classes with scores", "a missing one", "numbered classes", "sets with scores",
        "sets", "numbers", "whole numbers", "tags", "judged answers", "answers and the next best",
        "questions on contexts", "whole numbers alone", "no prediction", "objects",
        "numbers with scores of classes"])  # fmt: skip
def test_a_table_made_by_hand_is_known_by_its_columns_or_asked_for(columns, task):
    frame = pd.DataFrame(columns)
    if task is not None:
        assert spec_of(frame).name == task
        return
    with pytest.raises(DataError, match="does not say which task") as refused:
        spec_of(frame)
    assert "inspection.of_task(table, task=...)" in refused.value.remedy
    said = inspection.of_task(frame, task="regression")
    assert said_task(said) == "regression" and frame.attrs == {}


def test_what_a_table_says_counts_more_than_its_looks(table):
    assert inspection.kind_of(inspection.of_task(table, "regression")) == "number"
    with pytest.raises(UnknownName, match="no task 'regresion'"):
        inspection.of_task(table, "regresion")


def test_a_guess_is_said(table, caplog):
    with caplog.at_level("INFO", logger="workbench"):
        spec_of(table)
    assert "it is taken for text-classification" in caplog.text


@pytest.mark.parametrize(("fields", "says"), [
    ({"columns": {"prediction": "text", "label": "words"}}, "of the kind 'words'"),
    ({"told_by": ({"prediction": 3},)}, "of the kind 3"),
    ({"columns": {"label": "text"}}, "without their column 'prediction'"),
    ({"truth": "answers"}, "without their column 'answers'"),
], ids=["no kind", "a kind that is no text", "no prediction", "no right answer"])
def test_a_declaration_that_contradicts_itself_is_refused(fields, says):
    with pytest.raises(SpecError, match=says):
        PredictionTable(**fields)


def test_what_a_file_lacks_is_said_by_the_columns_of_its_task(runs_folder, table):
    for change, says in (
        (table.drop(columns="loss"), "no column 'loss'"),
        (table.assign(loss="much"), "'loss' does not hold numbers"),
        (table.drop(columns=["score_a", "score_b"]), "no scores"),
        (table.assign(label=[None, "a", "b"]), "'label' has empty cells"),
        (table.assign(prediction="c"), "prediction 'c' has no scores"),
    ):
        with pytest.raises(RunError, match=says):
            written(wb.Recipe(), change).predictions()


@pytest.mark.parametrize(("columns", "names"), [
    (["text", "score_a", "score_b"], ["a", "b"]),
    (["score_score_", "score_", "score", "no_answer_score", 3], ["score_", ""]),
    ([], []),
], ids=["classes", "names that look alike", "no column"])  # fmt: skip
def test_scores_are_told_by_their_column(columns, names):
    assert scored_names(columns) == names
    assert all(score_column(name) in columns for name in names)


def test_titles_of_columns_lose_the_prefix():
    assert [plain_title(c) for c in ("score_tax", "text", 3)] == ["tax", "text", "3"]
