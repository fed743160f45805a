"""Crosses and empty cells, lists of objects with a name, and what could as well be the label."""

from __future__ import annotations

import pandas as pd
import pytest

import workbench as wb
from workbench.data.columns import mapping
from workbench.data.columns.placeholders import placeholders
from workbench.data.loading import rehearsed
from workbench.data.reading import sources

TEXTS = [f"a quiet story of house {n}" for n in range(24)]
SETS = [("tax",), ("tax", "trade"), ("war",), ("trade", "war")] * 6
NAMES = ("tax", "trade", "war")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))


def marked(mark, columns=NAMES):
    table = {name: [mark if name in labels else None for labels in SETS] for name in columns}
    return pd.DataFrame({"text": TEXTS, **table})


@pytest.mark.parametrize("mark", ["x", "X", "✓", "1", 1, "yes", "ja"])
def test_a_mark_or_nothing_is_yes_or_no(tmp_path, mark):
    path = tmp_path / "a.csv"
    marked(mark).to_csv(path, index=False)
    check = wb.check(path)
    assert check.mapping.columns["label"] == "tax, trade, war" and check.ok
    (said,) = [finding for finding in check.found if finding.check == "marks"]
    assert (said.severity, said.count) == ("warning", 3)
    found = pd.concat(rehearsed(check.recipe).splits.values()).sort_values("row")
    assert list(zip(found["text"], found["labels"], strict=True)) == list(
        zip(TEXTS, SETS, strict=True)
    )


@pytest.mark.parametrize("columns", [("tax",), ("tax", "war")], ids=["one", "two"])
def test_one_or_two_of_them_are_left_as_they_are(columns):
    splits, reports = sources.opened(marked("x", columns))
    assert splits["train"]["tax"][:3] == ["x", "x", None] and not reports


def test_marks_that_are_none_in_one_split_are_still_marks(tmp_path):
    whole = marked("x")
    for name, part in (("train", whole[:16]), ("test", whole[16:].assign(tax=None))):
        part.to_csv(tmp_path / f"{name}.csv", index=False)
    splits, _ = sources.opened(tmp_path)
    assert set(splits["test"]["tax"]) == {False} and set(splits["train"]["tax"]) == {True, False}


@pytest.mark.parametrize(
    "one", [lambda x: {"name": x}, lambda x: {"id": 7, "name": x, "color": "red"},
            lambda x: {"label": x, "score": 0.5}],
    ids=["name", "more", "score"],
)  # fmt: skip
def test_lists_of_objects_with_a_name_are_lists_of_names(one):
    frame = pd.DataFrame({"text": TEXTS, "labels": [[one(x) for x in labels] for labels in SETS]})
    splits, reports = sources.opened(frame)
    assert splits["train"]["labels"][:] == [list(labels) for labels in SETS]
    assert "is read" in reports[0].notes[0].what
    assert mapping.infer(splits).task == "multi-label-classification"


@pytest.mark.parametrize("gone", [None, []], ids=["missing", "empty"])
def test_rows_without_such_a_list_keep_their_place(gone):
    values = [gone if n == 3 else [{"name": "tax"}] for n in range(24)]
    splits, _ = sources.opened(pd.DataFrame({"text": TEXTS, "labels": values}))
    assert splits["train"]["labels"][2:5] == [["tax"], gone, ["tax"]]


def test_spans_stay_objects():
    spans = [[{"start": 0, "end": 3, "label": "x"}]] * 3
    splits, _ = sources.opened(pd.DataFrame({"text": TEXTS[:3], "spans": spans}))
    assert splits["train"]["spans"][:] == spans


@pytest.mark.parametrize("name", ["text", "contents", "passage", "body"])
def test_passages_with_a_title_stay_objects(name):
    passages = [[{"id": "7", "title": "Tax", name: "It is paid."}]] * 3
    splits, _ = sources.opened(pd.DataFrame({"text": TEXTS[:3], "found": passages}))
    assert splits["train"]["found"][:] == passages


def test_what_is_not_understood_beside_texts_is_said():
    frame = pd.DataFrame({"text": TEXTS, "marks": [{"a": [1, 2], "b": [3]}] * 24})
    (said,) = [one for one in wb.check(frame).found if one.check == "nothing learnt"]
    assert said.severity == "warning" and "'marks'" in said.what


def test_texts_that_are_not_read_are_named():
    titles = [f"What house {n} was like" for n in range(24)]
    frame = pd.DataFrame({"title": titles, "body": TEXTS, "label": ["a", "b"] * 12})
    (said,) = [one for one in wb.check(frame).found if one.check == "unread texts"]
    assert "'title'" in said.what


@pytest.mark.parametrize(
    ("name", "words"), [("stars", ("yes", "no")), ("Sterne", ("ja", "nein")), ("rating", (1, 0))],
    ids=["stars", "Sterne", "rating"],
)  # fmt: skip
def test_a_yes_or_no_beside_a_grade_is_its_rival(name, words):
    frame = pd.DataFrame({
        "text": TEXTS, name: [n * 7 % 5 + 1 for n in range(24)],
        "recommended": [words[n % 2] for n in range(24)],
    })  # fmt: skip
    assert mapping.infer(sources.opened(frame)[0]).rivals["label"] == ("recommended",)


@pytest.mark.parametrize("name", ["—", "–", "<empty>", "k.A.", "Keine Angabe", "#N/A", "未标注"])
def test_more_ways_to_say_that_there_is_none(name):
    assert placeholders(["good", "bad", name]) == ([name], [])


def test_minus_one_among_names_is_none_and_among_numbers_is_left_to_be_asked():
    assert placeholders(["good", "bad", "-1"])[0] == ["-1"]
    assert placeholders(["0", "1", "2", "-1"])[0] == []
    assert placeholders(["good", "-1"])[0] == []


@pytest.mark.parametrize(
    "one", [{"speaker": "Ann", "text": "hello"}, {"sender": "Bo", "message": "hi", "name": "b"},
            {"title": "Piers", "text": "A pier is long."}, {"label": "A", "text": "Paris"},
            {"text": "Ada", "label": "PER"}, {"name": "colour", "value": "red"}],
    ids=["turns", "messages", "passages", "choices", "entities", "facts"],
)  # fmt: skip
def test_objects_with_more_than_a_name_stay_objects(one):
    splits, reports = sources.opened(pd.DataFrame({"id": TEXTS, "parts": [[one, one]] * 24}))
    assert splits["train"]["parts"][0] == [one, one] and not reports
