"""Answers that are nearly right are found; what cannot be found is left out with a count."""

import json
import unicodedata

import pandas as pd
import pytest

import workbench as wb
from workbench.data.answers import answers_of, located
from workbench.data.questions import load_questions
from workbench.data.reading.sources import load

CONTEXT = "In 1833 José met Ada\u00a0Lovelace at the King’s ball; Ada was 17 – and tall."


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize(
    ("text", "start", "found"),
    [
        ("José", 8, (8, "José", "")),
        ("José ", 8, (8, "José ", "")),
        ("ball ", 44, (44, "ball", "spelt")),
        (" José", 7, (7, " José", "")),
        (" José", 8, (8, "José", "spelt")),
        ("josé", 8, (8, "José", "spelt")),
        (unicodedata.normalize("NFD", "José"), 8, (8, "José", "spelt")),
        (unicodedata.normalize("NFD", "José"), None, (8, "José", "spelt")),
        ("Ada Lovelace", 17, (17, "Ada\u00a0Lovelace", "spelt")),
        ("Ada  Lovelace", 17, (17, "Ada\u00a0Lovelace", "spelt")),
        ("the King's ball", 33, (33, "the King’s ball", "spelt")),
        ("17 - and", 58, (58, "17 – and", "spelt")),
        ("JOSÉ", 20, (8, "José", "moved")),
        ("Ada", None, (17, "Ada", "first")),
        ("ada", 50, (50, "Ada", "spelt")),
        ("Ada", 45, (50, "Ada", "moved")),
        ("1833", None, (3, "1833", "found")),
        ("Jose", 8, (-1, "Jose", "absent")),
        ("Babbage", 8, (-1, "Babbage", "absent")),
    ],
    ids=[
        "exact", "blank-behind-that-is-there", "blank-behind", "blank-before-that-is-there",
        "blank-before", "case", "nfd",
        "nfd-no-start", "no-break-blank", "two-blanks", "apostrophe", "dash", "case-moved",
        "first", "case-second", "nearest", "looked-up", "accent-left-out", "absent",
    ],
)  # fmt: skip
def test_where_an_answer_stands(text, start, found):
    assert located(CONTEXT, text, start) == found
    if found[0] >= 0:
        assert CONTEXT[found[0] :].startswith(found[1])


def test_no_half_of_a_sign_is_taken():
    context = "Jose\u0301 came"  # the accent is a sign of its own
    assert located(context, "Jos", 0) == (0, "Jos", "")  # letter by letter it is there
    assert located(context, "JOSE", None)[2] == "absent"
    assert located(context, "josé", 0) == (0, "Jose\u0301", "spelt")
    assert located("Straße", "STRASSE", 0) == (0, "Straße", "spelt")
    assert located("Straße", "STRAS", 0)[2] == "absent"


@pytest.mark.parametrize(
    ("value", "start", "found"),
    [
        ("{'text': ['Ada'], 'answer_start': [3]}", None, (["Ada"], [3])),
        ("{'text': array(['Ada'], dtype=object), 'answer_start': array([3], dtype=int32)}", None,
         (["Ada"], [3])),
        ('{"text": "Ada", "answer_start": 3}', None, (["Ada"], [3])),
        ("[{'text': 'Ada', 'answer_start': 3}]", None, (["Ada"], [3])),
        ("{'text': [], 'answer_start': []}", None, ([], [])),
        ("['Ada', 'Lovelace']", "[3, 7]", (["Ada", "Lovelace"], [3, 7])),
        ("Ada", "3", (["Ada"], [3])),
        ("Ada", 3.0, (["Ada"], [3])),
        ("Ada", -1, (["Ada"], [None])),
        ("Ada", float("nan"), (["Ada"], [None])),
        ("[sic]", None, (["[sic]"], [None])),
        ({"text": ["Ada"], "answer_start": [None]}, None, (["Ada"], [None])),
        (["Ada"], [3], (["Ada"], [3])),
        ("", None, ([], [])),
    ],
    ids=[
        "python", "arrays", "one", "list-of-objects", "empty", "lists", "text-start", "float-start",
        "minus-one", "no-start", "brackets", "null-start", "columns", "blank",
    ],
)  # fmt: skip
def test_forms_of_answers(value, start, found):
    assert answers_of(value, start) == found


def rows(n=30):
    made = []
    for number in range(n):
        context = f"In {1900 + number} the mill was built by {('Mira', 'José', 'Lea')[number % 3]}."
        answer = ("Mira", "José", "Lea")[number % 3]
        made.append((f"Who built it in {1900 + number}?", context, answer, context.index(answer)))
    return made


def layers(form):
    """The same questions without their outer layers."""
    def asked(number, question, answer, start):
        answers = [{"text": answer, "answer_start": start}]
        return {"id": str(number), "question": question, "answers": answers}

    paragraphs = [{"context": c, "qas": [asked(n, q, a, s)]} for n, (q, c, a, s) in
                  enumerate(rows())]  # fmt: skip
    articles = [{"title": f"t{n}", "paragraphs": [p]} for n, p in enumerate(paragraphs)]
    return {
        "data.json": json.dumps({"version": "2", "data": articles}),
        "articles.json": json.dumps(articles),
        "articles.jsonl": "\n".join(map(json.dumps, articles)),
        "one.json": json.dumps({"title": "t", "paragraphs": paragraphs}),
        "paragraphs.json": json.dumps(paragraphs),
        "paragraphs.jsonl": "\n".join(map(json.dumps, paragraphs)),
        "starts.json": json.dumps(articles).replace('"answer_start"', '"begin"'),
    }[form]


@pytest.mark.parametrize(
    "form",
    ["data.json", "articles.json", "articles.jsonl", "one.json", "paragraphs.json",
     "paragraphs.jsonl", "starts.json"],
)  # fmt: skip
def test_squad_without_some_of_its_layers(tmp_path, form):
    path = tmp_path / form
    path.write_text(layers(form), "utf-8")
    examples = load_questions(wb.Recipe(task="question-answering", dataset=str(path)))
    found = pd.concat(examples.splits.values()).sort_values("pair")
    wanted = sorted(rows(), key=lambda row: row[1])
    assert list(found["text"]) == [q for q, _, _, _ in wanted]
    assert [list(a) for a in found["answers"]] == [[a] for _, _, a, _ in wanted]
    assert [list(s) for s in found["starts"]] == [[s] for _, _, _, s in wanted]


def test_columns_for_the_answer_and_its_start(tmp_path):
    frame = pd.DataFrame(rows(), columns=["question", "context", "answer_text", "answer_start"])
    frame["context"] = frame["answer_text"] + " rests. " + frame["context"]
    frame["answer_start"] = [c.rindex(a) for c, a in zip(frame["context"], frame["answer_text"],
                                                        strict=True)]  # fmt: skip
    frame.to_csv(tmp_path / "qa.csv", index=False)
    check = wb.check(str(tmp_path / "qa.csv"))
    assert check.ok and check.recipe.columns == {"answers": "answer_text"}
    found = pd.concat(load_questions(check.recipe).splits.values())
    assert all(starts[0] > 7 for starts in found["starts"])  # the second place, as the column says


def test_what_is_spelt_otherwise_is_counted_and_what_is_absent_left_out():
    frame = pd.DataFrame({
        "question": [q for q, *_ in rows()], "context": [c for _, c, *_ in rows()],
        "answers": [{"text": [a.upper() if n < 10 else a], "answer_start": [s]}
                    for n, (_, _, a, s) in enumerate(rows())],
    })  # fmt: skip
    frame.at[29, "answers"] = {"text": ["nobody"], "answer_start": [3]}
    check = wb.check(frame)
    assert check.ok
    (spelt,) = [f for f in check.found if f.check == "answers spelt otherwise"]
    assert spelt.count == 10 and "'MIRA' is 'Mira' there" in spelt.examples[0]
    examples = load_questions(check.recipe)
    assert sum(map(len, examples.splits.values())) == 29
    assert any(note.startswith("10 answers are spelt otherwise") for note in examples.notes)
    assert "MIRA" not in {a for f in examples.splits.values() for row in f["answers"] for a in row}


def test_a_title_that_nothing_has_groups_nothing(tmp_path):
    path = tmp_path / "p.jsonl"
    path.write_text(layers("paragraphs.jsonl"), "utf-8")
    assert "title" not in load(path)["train"].column_names


def test_numbers_are_answers_too(tmp_path):
    context = "The tower of 1889 has 3 floors and weighs 10.5 thousand tons."
    rows = [("1889", 13), ("3", 22), ("10.5", 42), ("1889", 13)] * 10
    lines = [f'"q {n}?","{context} {n}",{text},{at}' for n, (text, at) in enumerate(rows)]
    path = tmp_path / "years.csv"
    path.write_text("question,context,answer,answer_start\n" + "\n".join(lines) + "\n")
    check = wb.check(path)
    assert "answers of another kind" not in set(check.findings["check"])
    splits = load_questions(check.recipe).splits.values()
    read = {a for frame in splits for one in frame["answers"] for a in one}
    assert read == {"10.5", "1889", "3"}
    assert {s for frame in splits for one in frame["starts"] for s in one} == {13, 22, 42}

    assert answers_of([1889, "Rome"]) == (["1889", "Rome"], [None, None])
    assert answers_of(float("nan")) == ([], []) and answers_of([float("nan")]) == ([], [])
    with pytest.raises(ValueError, match="no answer"):
        answers_of(True)
