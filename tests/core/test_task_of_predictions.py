"""A table of predictions says which task it is of, and goes on saying it."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

import workbench as wb
from workbench.run_folder import RunFolder, create_run_folder
from workbench.score_columns import plain_title, score_column, scored_names
from workbench.task_of_predictions import (
    like,
    of_task,
    said_task,
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
    (run.path / "recipe.yaml").unlink()
    assert said_task(RunFolder(run.path).predictions()) is None


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
