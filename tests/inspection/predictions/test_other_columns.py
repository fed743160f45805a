"""Predictions are read by what their task says they hold, whatever else stands in the table."""

from pathlib import Path

import pandas as pd
import pytest

import workbench as wb
from workbench import inspection, task_words
from workbench.errors import DataError
from workbench.inspection.predictions.kinds import task_for

FOLDER = Path(__file__).parents[2] / "fixtures" / "runs_of_before"
TASKS = ["text-classification", "multi-label-classification", "regression",
         "token-classification", "question-answering"]  # fmt: skip
#: What the predictions of some task hold, and what a person may add or call them.
MORE = {
    "label": "zzz", "pair": "p", "score": "high", "predicted": "zzz", "target": "t", "kind": "k",
    "tokens": ["a"], "tags": ["O"], "labels": ["x"], "entities": [], "residual": 0.5, "f1": 1.0,
    "exact_match": 1.0, "question": "q", "context": "c", "answers": ["c"], "answer_start": 3,
    "n_best": [], "no_answer_score": 0.1, "ended": True,
}  # fmt: skip


@pytest.fixture(params=TASKS)
def table(request):
    return wb.open_run(FOLDER / request.param).predictions()


def more_columns(table: pd.DataFrame) -> pd.DataFrame:
    """The columns the other way round, and others' columns beside them."""
    found = table[list(table.columns)[::-1]].copy()
    for name, value in MORE.items():
        if name not in table.columns:
            found[name] = [value] * len(table)
    return found


def read(table: pd.DataFrame) -> dict:
    """What the functions that go by the task say of a table."""
    task = task_for(table)
    wrong, distance = task.wrong(table), task.distance(table)
    return {
        "kind": inspection.kind_of(table),
        "metrics": inspection.metric_intervals(table, resamples=2).set_index("metric")["value"],
        "wrong": None if wrong is None else wrong.tolist(),
        "distance": None if distance is None else distance.tolist(),
        "top": inspection.top_losses(table).index.tolist(),
        "texts": task.texts(table),
        "said": task.readable(table)[["text", "prediction"]].to_numpy().tolist(),
        "compared": inspection.compare_runs(table, table, resamples=2).metrics["first"].tolist(),
        "sliced": len(inspection.slice_examples(table, "words > 2")),
        "classes": sorted(inspection.class_names(table)),
    }


def test_order_and_further_columns_change_nothing(table):
    plain, other = read(table), read(more_columns(table))
    pd.testing.assert_series_equal(plain.pop("metrics"), other.pop("metrics"))
    assert plain == other


@pytest.mark.parametrize("function", [
    "metric_intervals", "class_report", "find_slices", "compare_runs", "kind_of",
])  # fmt: skip
def test_predictions_under_another_name_are_asked_for(function, table):
    other = table.rename(columns={"prediction": "predicted"})
    arguments = (other, other) if function == "compare_runs" else (other,)
    with pytest.raises(DataError) as refused:
        getattr(inspection, function)(*arguments)
    task = task_words.called(table.attrs["task"])
    assert f"no column 'prediction', which predictions of {task} have" in refused.value.message
    assert "rename" in refused.value.remedy


def test_texts_under_another_name_are_asked_for(table):
    name = "question" if "question" in table.columns else "text"
    other = table.rename(columns={name: "said"})
    with pytest.raises(DataError, match=f"no column '{name}'"):
        inspection.compare_runs(other, other)
    if "tokens" not in table.columns:  # a sentence is its words
        with pytest.raises(DataError, match=f"no column '{name}'"):
            inspection.slice_examples(other, "words > 2")
