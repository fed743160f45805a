"""What each task says of its own predictions, counted by hand."""

import json

import pandas as pd
import pytest

import workbench as wb
from workbench import tasks
from workbench.errors import DataError

CLASSES = pd.DataFrame({
    "text": ["a", "b", "c", "d"], "label": ["x", "x", "y", "y"], "prediction": ["x", "y", "y", "x"],
    "loss": [0.1, 1.0, 0.2, 2.0], "score_x": [0.9, 0.4, 0.2, 0.8], "score_y": [0.1, 0.6, 0.8, 0.2],
})  # fmt: skip
SETS = pd.DataFrame({
    "text": ["a", "b", "c"], "label": [["x", "y"], [], ["y"]],
    "prediction": [["y", "x"], [], ["x"]], "loss": [0.1, 0.1, 1.0],
    "score_x": [0.9, 0.1, 0.8], "score_y": [0.7, 0.1, 0.2],
})  # fmt: skip
NUMBERS = pd.DataFrame({
    "text": ["a", "b", "c"], "label": [1.0, 2.0, 4.0], "prediction": [1.5, 2.0, 2.0],
    "residual": [0.5, 0.0, -2.0], "loss": [0.25, 0.0, 4.0],
})  # fmt: skip
TAGS = pd.DataFrame({
    "text": ["Ann left", "in Rome", "Bo"], "tokens": [["Ann", "left"], ["in", "Rome"], ["Bo"]],
    "label": [["B-per", "O"], ["O", "B-loc"], ["B-per"]],
    "prediction": [["B-per", "O"], ["O", "B-per"], ["O"]], "loss": [0.1, 1.0, 2.0],
    "score": [0.9, 0.6, 0.5],
})  # fmt: skip
ANSWERS = pd.DataFrame({
    "id": ["1", "2"], "question": ["Who?", "When?"], "context": ["Ann sang", "Ann sang"],
    "answers": [["Ann"], []], "answer_start": [0, -1], "prediction": ["Ann", "sang"],
    "exact_match": [1.0, 0.0], "f1": [1.0, 0.0], "loss": [0.1, 3.0], "score": [0.9, 0.4],
    "start": [0, 4], "end": [3, 8], "n_best": [[{"text": "Ann", "score": 0.9}], []],
})  # fmt: skip
TABLES = {
    "text-classification": CLASSES, "multi-label-classification": SETS, "regression": NUMBERS,
    "token-classification": TAGS, "question-answering": ANSWERS,
}  # fmt: skip


@pytest.mark.parametrize(("task", "wrong"), [
    ("text-classification", [False, True, False, True]),
    ("multi-label-classification", [False, False, True]),  # a set has no order
    ("token-classification", [False, True, True]),
    ("question-answering", [False, True]),
    ("regression", None),
])  # fmt: skip
def test_which_rows_are_wrong(task, wrong):
    said = tasks.get(task).wrong(TABLES[task])
    assert (said if said is None else said.tolist()) == wrong


@pytest.mark.parametrize("task", TABLES)
def test_where_nobody_said_what_is_right_nothing_is_wrong(task):
    one = tasks.get(task)
    asked = TABLES[task].drop(
        columns=[one.spec.prediction_table.truth, "loss", "residual", "exact_match", "f1"],
        errors="ignore",
    )
    assert not one.labelled(asked) and one.labelled(TABLES[task])
    assert one.wrong(asked) is None and one.distance(asked) is None
    assert len(one.readable(asked)) == len(asked) and len(one.texts(asked)) == len(asked)


def test_how_far_a_number_is_off():
    assert tasks.get("regression").distance(NUMBERS).tolist() == [0.5, 0.0, 2.0]
    assert tasks.get("text-classification").distance(CLASSES).tolist() == [0.1, 1.0, 0.2, 2.0]


@pytest.mark.parametrize(("task", "values"), [
    ("text-classification", {"accuracy": 0.5, "macro_f1": 0.5}),
    # x: 1 right of 1, 2 predicted; y: 1 right of 2, 1 predicted
    ("multi-label-classification",
     {"macro_f1": 2 / 3, "micro_f1": 2 / 3, "subset_accuracy": 2 / 3, "hamming_loss": 2 / 6}),
    ("regression", {"mae": 2.5 / 3, "rmse": (4.25 / 3) ** 0.5}),
    ("token-classification", {"f1": 2 * 1 / (3 + 2), "precision": 1 / 2, "recall": 1 / 3}),
    ("question-answering", {"f1": 0.5, "exact_match": 0.5}),
])  # fmt: skip
def test_its_metrics_with_intervals(task, values):
    one = tasks.get(task)
    table = one.intervals(TABLES[task], resamples=100).set_index("metric")
    for name, value in values.items():
        assert table.loc[name, "value"] == pytest.approx(value), name
        assert table.loc[name, "low"] <= value + 1e-12 and value <= table.loc[name, "high"] + 1e-12
    sums = one.sums(TABLES[task])
    figures = sums.figures(sums.parts.sum(axis=0)[None], len(sums.parts))
    for name in {*values} & {*figures}:
        assert figures[name][0] == pytest.approx(values[name]), name
    names = ["O", "B-per", "I-per", "B-loc", "I-loc"] if "tokens" in TABLES[task] else ["x", "y"]
    measured = one.metrics(TABLES[task], names)
    for name in {*values} & {*measured}:
        assert measured[name] == pytest.approx(values[name]), name


@pytest.mark.parametrize(("task", "label", "prediction"), [
    ("text-classification", "x", "x"), ("multi-label-classification", "x, y", "y, x"),
    ("regression", "1.00", "1.50"), ("question-answering", "Ann", "Ann"),
])  # fmt: skip
def test_how_a_person_reads_a_row(task, label, prediction):
    row = tasks.get(task).readable(TABLES[task].head(1)).iloc[0]
    assert (row["label"], row["prediction"]) == (label, prediction)


def test_how_a_person_reads_tags_and_questions():
    said = tasks.get("token-classification").readable(TAGS)
    assert "Rome" in said["label"][1] and said["label"][1] != said["prediction"][1]
    assert said["prediction"][2] == "none"
    assert said["text"].tolist() == TAGS["text"].tolist()
    bare = tasks.get("token-classification").readable(TAGS.drop(columns="text"))
    assert bare["text"].tolist() == ["Ann left", "in Rome", "Bo"]
    said = tasks.get("question-answering").readable(ANSWERS)
    assert said["text"].tolist() == ["Who?", "When?"] and said["label"][1] == "no answer"


def test_cells_of_a_file_are_texts_and_numbers():
    flat = tasks.get("multi-label-classification").flat(SETS, "|")
    assert flat["prediction"].tolist() == ["y|x", "", "x"]
    entity = [{"type": "per", "text": "Ann", "start": 0, "end": 3}]
    flat = tasks.get("token-classification").flat(TAGS.assign(entities=[entity, [], []]), "|")
    assert flat["tokens"].tolist() == ["Ann left", "in Rome", "Bo"]
    assert flat["entities"].tolist() == [
        '[{"type": "per", "text": "Ann", "start": 0, "end": 3}]', "[]", "[]"]
    flat = tasks.get("question-answering").flat(ANSWERS)
    assert "n_best" not in flat and flat["answers"].tolist() == ["Ann", ""]
    assert tasks.get("regression").flat(NUMBERS).equals(NUMBERS)


def test_one_typed_text_is_asked_in_the_columns_of_the_recipe():
    pairs = wb.Recipe(columns={"text": "first", "pair": "second"})
    asked = tasks.get("text-classification").question("a", None, pairs)
    assert asked.to_dict("list") == {"first": ["a"], "second": [""]}
    asked = tasks.get("regression").question("a", "b", wb.Recipe())
    assert asked.to_dict("list") == {"text": ["a"]}
    assert tasks.get("token-classification").question("a b", None, wb.Recipe()) == ["a b"]
    answering = wb.Recipe(task="question-answering", columns={"question": "q"})
    asked = tasks.get("question-answering").question("Who?", "Ann sang", answering)
    assert asked.to_dict("list") == {"q": ["Who?"], "context": ["Ann sang"]}
    for nothing in (None, "", "  "):
        with pytest.raises(DataError, match="The question has no context"):
            tasks.get("question-answering").question("Who?", nothing, answering)


@pytest.mark.parametrize(
    ("task", "lists", "told"),
    [
        ("multi-label-classification", [["tax", "war"], []], ["tax;war", ""]),
        ("multi-label-classification", [["a;b", "c"], ["d"]], ['["a;b", "c"]', '["d"]']),
        ("token-classification", [["Ada", "left"]], ["Ada left"]),
        ("token-classification", [["New York", "is"]], ['["New York", "is"]']),
        ("token-classification", [["10\u00a0000", "é"]], ['["10\u00a0000", "é"]']),
    ],
    ids=["labels", "separator-in-a-label", "words", "blank-in-a-word", "no-break-blank"],
)
def test_a_list_in_a_cell_can_be_read_again(task, lists, told):
    table = pd.DataFrame({"text": ["x"] * len(lists), "prediction": lists})
    assert tasks.get(task).flat(table, ";")["prediction"].tolist() == told
    assert [json.loads(one) for one in told if one[:1] == "["] in ([], lists)
