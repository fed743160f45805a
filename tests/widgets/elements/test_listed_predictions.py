"""What is marked as wrong in a list is what the task calls wrong, not what reads differently."""

import pandas as pd
import pytest

from workbench import inspection
from workbench.widgets.elements.examples_table import ExamplesTable
from workbench.widgets.elements.listed_examples import ListedExamples
from workbench.widgets.views.answers import AnswersView
from workbench.widgets.views.map import _coloured, _colours

QUESTIONS = inspection.of_task(pd.DataFrame({
    "question": ["Who sang?", "Where?", "When?"], "context": ["Ann, or Ann Lee, sang."] * 3,
    "answers": [["Ann", "Ann Lee"], ["Rome"], []], "answer_start": [0, 3, -1],
    "prediction": ["Ann Lee", "Rom", ""], "exact_match": [1.0, 0.0, 1.0], "f1": [1.0, 0.0, 1.0],
    "loss": [0.1, 0.9, 0.2], "score": [0.9, 0.4, 0.8], "no_answer_score": [0.0, 0.1, 0.9],
    "start": [8, 0, -1], "end": [15, 3, -1],
    "n_best": [[{"text": "Ann Lee", "score": 0.9}], [], []],
}), "question-answering")  # fmt: skip

TABLES = {
    "text-classification": {"label": ["a", "b"], "prediction": ["a", "a"], "loss": [0.1, 2.0]},
    "multi-label-classification": {"label": [["a"], ["b", "a"]], "prediction": [["a"], ["b"]],
                                   "loss": [0.1, 2.0]},
    "token-classification": {"tokens": [["Ann"], ["Rome"]], "label": [["B-p"], ["B-l"]],
                             "prediction": [["B-p"], ["B-p"]], "loss": [0.1, 2.0]},
}  # fmt: skip


def of(task: str) -> pd.DataFrame:
    table = pd.DataFrame({"text": ["Ann", "Rome"], **TABLES[task]})
    return inspection.of_task(table, task)


@pytest.mark.parametrize("task", TABLES)
def test_errors_are_marked(task):
    listed = ListedExamples()
    listed.list(of(task), "all")
    assert listed.judged and listed.wrongs == [False, True]


def test_any_of_several_right_answers_is_right():
    listed = ListedExamples()
    listed.list(QUESTIONS, "all")
    assert listed.wrongs == [False, True, False]
    view = AnswersView()
    view.errors, view.groups.by = inspection.answer_errors(QUESTIONS), "kind"
    view.groups.selected = "right"
    assert [row[1] for row in view.examples.rows] == ["When?", "Who sang?"]
    assert view.examples.wrongs == [False, False]


def test_numbers_are_only_near():
    numbers = inspection.of_task(pd.DataFrame({
        "text": ["x", "y"], "label": [1.0, 2.0], "prediction": [1.5, 2.0], "loss": [0.25, 0.0],
    }), "regression")  # fmt: skip
    listed = ListedExamples()
    listed.list(numbers, "all")
    assert not listed.judged and listed.wrongs == []
    assert listed.rows[0][3:5] == ["1.00", "1.50"]
    assert _colours(numbers) == ("label", "loss")
    shades, ends = _coloured(numbers, "label")[3:]
    assert shades.tolist() == [0.0, 1.0] and ends == [1.0, pytest.approx(1.98)]


def test_a_plain_table_goes_by_what_differs():
    table = ExamplesTable(pd.DataFrame({"text": ["x"], "label": ["a"], "prediction": ["b"]}))
    assert table.wrongs == [] and table.judged
