"""Lists and objects written as text are read whole or not at all, and nothing of them is run."""

import json
import random

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.data.columns.mixed_values import settled
from workbench.data.columns.written_values import DEEP, read, read_unquoted
from workbench.data.multi_label import load_label_sets
from workbench.data.reading.sources import opened
from workbench.data.tags.tagged import load_tagged

LABELS = [["tax", "trade"], ["war"], [], ["tax"]]


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("['tax', 'it\\'s']", ["tax", "it's"]),
        ('["tax", "it\'s"]', ["tax", "it's"]),
        ("['tax', \"it's\"]", ["tax", "it's"]),
        ("[u'tax', u'war']", ["tax", "war"]),
        ("['tax' 'war']", ["tax", "war"]),
        ("['tax'\n 'war']", ["tax", "war"]),
        ("('tax',)", ["tax"]),
        ("{'war', 'tax'}", ["tax", "war"]),
        ("set()", []),
        ("[ ]", []),
        ("[np.str_('tax'), np.int64(3)]", ["tax", 3]),
        ("array(['tax'], dtype=object)", None),
        ("[0 1 0]", [0, 1, 0]),
        ("[0., 1.]", [0.0, 1.0]),
        ("[nan, None, null]", [None, None, None]),
        ("[True, false]", [True, False]),
        ("['caf\\xe9', '\\u5317']", ["café", "北"]),
        ("{'text': array(['Ada'], dtype=object), 'answer_start': array([7])}",
         {"text": ["Ada"], "answer_start": [7]}),
        ('{"text": ["Ada"], "answer_start": [7]}', {"text": ["Ada"], "answer_start": [7]}),
        ("[{'text': 'Ada'}]", [{"text": "Ada"}]),
        ("['tax' ... 'war']", None),
        ("['tax', 'war'", None),
        ("['tax'] and ['war']", None),
        ("[tax]", None),
        ("[__import__('os').getcwd()]", None),
        ("(laughs)", None),
        ("[" * (DEEP + 2) + "'a'" + "]" * (DEEP + 2), None),
        ("[" * 100_000 + "]" * 100_000, None),
    ],
    ids=[
        "escape", "json", "both-quotes", "python2", "numpy", "numpy-lines", "tuple", "set",
        "empty-set", "empty", "numpy2", "bare-array", "ints", "floats", "missing", "truth",
        "escapes", "object-of-arrays", "json-object", "list-of-objects", "cut-off", "open",
        "two-lists", "no-quotes", "code", "words", "deep", "very-deep",
    ],
)  # fmt: skip
def test_what_is_written_is_read(text, value):
    if value is None:
        with pytest.raises(ValueError):
            read(text)
    else:
        assert read(text) == value


def test_whatever_python_writes_is_read_back():
    rng = random.Random(4)
    signs = "ab'\"\\,[]{}() \n\té北٣"
    for _ in range(500):
        names = ["".join(rng.choices(signs, k=rng.randint(1, 6))) for _ in range(rng.randint(0, 4))]
        assert read(repr(names)) == names and read(json.dumps(names)) == names
        if names and all("\\" not in name and "\n" not in name for name in names):
            assert read(str(np.asarray(names, dtype=object))) == names


def test_names_without_quotes():
    assert read_unquoted("[tax, foreign trade]") == ["tax", "foreign trade"]
    with pytest.raises(ValueError):
        read_unquoted("['tax', war]")


def column(path):
    splits, reports = opened(path)
    return list(splits["train"]["label"]), [n for r in reports for n in r.notes]


@pytest.mark.parametrize(
    "write",
    [repr, json.dumps, lambda v: str(np.asarray(v, dtype=object)), lambda v: f"[{', '.join(v)}]",
     lambda v: "['" + "','".join(v) + "']" if v else "[]"],
    ids=["python", "json", "numpy", "unquoted", "tight"],
)  # fmt: skip
def test_a_csv_of_written_lists_trains_on_their_labels(tmp_path, write):
    frame = pd.DataFrame({
        "text": [f"story {n} of the town" for n in range(60)],
        "label": [write(LABELS[n % 4]) for n in range(60)],
    })  # fmt: skip
    frame.to_csv(tmp_path / "labels.csv", index=False)
    values, notes = column(tmp_path / "labels.csv")
    assert values == [LABELS[n % 4] for n in range(60)]
    assert [n.check for n in notes] == ["lists"] and notes[0].count == 60
    recipe = wb.Recipe(task="multi-label-classification", dataset=str(tmp_path / "labels.csv"))
    assert load_label_sets(recipe).label_names == ["tax", "trade", "war"]
    in_memory = recipe.replace(dataset=frame)  # a table that was read by pandas
    assert load_label_sets(in_memory).fingerprint == load_label_sets(recipe).fingerprint


def test_words_and_tags_of_a_csv_file(tmp_path):
    words, tags = ["Mira", "it's", "Oslo", ","], ["B-PER", "O", "B-LOC", "O"]
    frame = pd.DataFrame({"tokens": [repr(words)] * 30, "ner_tags": [json.dumps(tags)] * 30})
    frame.to_csv(tmp_path / "tags.csv", index=False)
    recipe = wb.Recipe(task="token-classification", dataset=str(tmp_path / "tags.csv"))
    train = load_tagged(recipe).splits["train"]
    assert list(train["tokens"][0]) == words and list(train["tags"][0]) == tags


@pytest.mark.parametrize(
    "texts",
    [
        ["[deleted]", "[removed] by whom", "fine"],
        ["(laughs)", "(sighs)"],
        ["[1] is cited", "[2] too"],
        ["{name} is missing", "{city}"],
        ["plain", "texts", "['a']"],
    ],
    ids=["notes", "stage", "citations", "gaps", "mostly-plain"],
)
def test_texts_in_brackets_stay_texts(tmp_path, texts):
    pd.DataFrame({"label": texts, "text": "x"}).to_csv(tmp_path / "t.csv", index=False)
    assert column(tmp_path / "t.csv")[0] == texts


def test_a_list_that_cannot_be_read_is_said_and_the_column_stays_text(tmp_path):
    texts = ["['a', 'b']", "['a' ... 'b']", "['b']"]
    pd.DataFrame({"label": texts}).to_csv(tmp_path / "t.csv", index=False)
    values, notes = column(tmp_path / "t.csv")
    assert values == texts and "cannot be read" in notes[0].what and "..." in notes[0].what


def test_prose_that_is_named_so_is_never_a_list(tmp_path):
    pd.DataFrame({"text": ["['a']", "['b']"]}).to_csv(tmp_path / "t.csv", index=False)
    assert list(opened(tmp_path / "t.csv")[0]["train"]["text"]) == ["['a']", "['b']"]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (["0", 1, 1.0, None], ["0", "1", "1", None]),
        ([True, "yes"], ["true", "yes"]),
        ([1.5, "a"], ["1.5", "a"]),
        ([["a"], "b", None, ""], [["a"], ["b"], None, []]),
        ([["a"], [1]], [["a"], ["1"]]),
        ([float("nan"), "a"], [None, "a"]),
        ([{"a": 1}, "b"], None),
        ([{"a": 1}, ["b"]], None),
    ],
    ids=["numbers", "truth", "fraction", "lists", "inner", "nan", "object", "object-list"],
)
def test_values_of_several_kinds_are_brought_to_one(values, found):
    answer = settled(values)
    assert (answer and answer[0]) == found


def test_json_lines_whose_kind_changes_after_many_rows(tmp_path, monkeypatch):
    monkeypatch.setattr("workbench.data.reading.records.ROWS", 10)
    rows = [{"text": f"story {n}", "label": n % 2 if n < 25 else str(n % 2)} for n in range(40)]
    path = tmp_path / "late.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    values, notes = column(path)
    assert values == [str(n % 2) for n in range(40)]
    assert [n.check for n in notes] == ["mixed types"]


@pytest.mark.parametrize(
    ("written", "value"),
    [("datetime.date(2020, 5, 1)", "2020-05-01"),
     ("datetime.datetime(2020, 5, 1, 9, 30)", "2020-05-01T09:30:00"),
     ("Timestamp('2020-05-01 09:30:00')", "2020-05-01 09:30:00"), ("Decimal('1.5')", "1.5"),
     ("set([2, 10, 'b', 'a'])", [2, 10, "a", "b"]), ("frozenset({10, 2})", [2, 10]),
     ("datetime.date(2020, 13, 1)", None), ("datetime.date(2020, 1, 9000000000000000000000)", None),
     ("datetime.timedelta(1, 30)", None), ("Fraction(1, 3)", None)],
    ids=["date", "time", "stamp", "decimal", "set of two kinds", "frozen set", "no month",
         "too large", "of days and seconds", "of two numbers"],
)  # fmt: skip
def test_what_is_made_of_several_values_is_read_whole_or_not_at_all(written, value):
    text = f"{{'a': {written}}}"
    if value is None:
        with pytest.raises(ValueError, match=r"several values|month|out of range|too large"):
            read(text)
    else:
        assert read(text) == {"a": value}
