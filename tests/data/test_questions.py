"""Questions read from every shape, answers placed, articles kept together."""

import json
from collections import Counter

import numpy as np
import pandas as pd
import pytest
import transformers

import workbench as wb
from workbench import tasks
from workbench.data.questions import answers_of, inside_word, load_questions, placed, question_word
from workbench.errors import DataError, RecipeError

TASK = tasks.get("question-answering")
CONTEXT = "Ada Lovelace met Charles Babbage in London in 1833. London was large."


def rows(n=60, **columns):
    """Questions on one sentence an article, ten articles."""
    frame = pd.DataFrame({
        "id": [f"q{i}" for i in range(n)], "title": [f"t{i % 10}" for i in range(n)],
        "context": [f"{CONTEXT} It was text {i % 10}." for i in range(n)],
        "question": ["Who met Babbage?" if i % 2 else "When did they meet?" for i in range(n)],
        "answers": [{"text": ["Ada Lovelace"], "answer_start": [0]} if i % 2 else
                    {"text": ["1833", "in 1833"], "answer_start": [46, 43]} for i in range(n)],
    })  # fmt: skip
    return frame.assign(**columns)


@pytest.fixture
def recipe():
    return wb.Recipe(task="question-answering", dataset=rows())


def as_squad(frame):
    """The nested articles of the original files."""
    articles = []
    for title, part in frame.groupby("title", sort=False):
        paragraphs = [
            {"context": context, "qas": [
                {"id": r["id"], "question": r["question"],
                 "is_impossible": not r["answers"]["text"],
                 "answers": [{"text": t, "answer_start": s} for t, s in
                             zip(r["answers"]["text"], r["answers"]["answer_start"], strict=True)]}
                for r in group.to_dict("records")]}
            for context, group in part.groupby("context", sort=False)
        ]  # fmt: skip
        articles.append({"title": title, "paragraphs": paragraphs})
    return {"version": "v2.0", "data": articles}


def all_of(examples):
    return pd.concat(examples.splits.values()).sort_values("id", ignore_index=True)


def test_articles_are_never_in_two_splits(recipe):
    examples = load_questions(recipe)
    titles = {split: set(frame["title"]) for split, frame in examples.splits.items()}
    assert sum(map(len, titles.values())) == 10 and all(titles.values())
    assert any("one article are in one split" in note for note in examples.notes)
    assert any("30 questions have several different answers" in note for note in examples.notes)
    assert examples.balance("train") == dict(
        Counter("who" if "Who" in q else "when" for q in examples.splits["train"]["text"])
    )
    at_random = load_questions(recipe.replace(split="random"))
    assert sum(len(set(f["title"])) for f in at_random.splits.values()) > 10
    untitled = load_questions(recipe.replace(dataset=rows().drop(columns="title")))
    contexts = [set(frame["pair"]) for frame in untitled.splits.values()]
    assert sum(map(len, contexts)) == 10
    assert load_questions(recipe).fingerprint == examples.fingerprint


def test_every_shape_gives_the_same_questions(recipe, tmp_path):
    frame = rows()
    wanted = all_of(load_questions(recipe))[["text", "pair", "answers", "starts", "title"]]
    nested, lines = tmp_path / "squad.json", tmp_path / "rows.jsonl"
    nested.write_text(json.dumps(as_squad(frame)))
    lines.write_text("\n".join(map(json.dumps, frame.to_dict("records"))))
    for path in (nested, lines):
        found = all_of(load_questions(recipe.replace(dataset=str(path))))
        assert found[wanted.columns].map(str).equals(wanted.map(str)), path
    table = frame.assign(answers=frame["answers"].map(json.dumps))
    table.to_csv(tmp_path / "rows.csv", index=False)
    found = all_of(load_questions(recipe.replace(dataset=str(tmp_path / "rows.csv"))))
    assert found["starts"].map(list).tolist() == wanted["starts"].map(list).tolist()


def test_plain_answers_are_looked_up(recipe, tmp_path):
    frame = rows().rename(columns={"question": "frage", "context": "text"})
    frame["answer"] = ["Ada Lovelace" if i % 2 else "London" for i in range(len(frame))]
    path = tmp_path / "mine.csv"
    frame.drop(columns="answers").to_csv(path, index=False)
    mine = recipe.replace(dataset=str(path), columns={"question": "frage", "context": "text"})
    examples = load_questions(mine)
    found = all_of(examples)
    assert found["starts"].map(lambda s: s[0]).isin([0, CONTEXT.index("London")]).all()
    assert any("30 answers stand at several places" in note for note in examples.notes)
    frame = frame.assign(answer="London", answer_start=CONTEXT.rindex("London"))
    frame.drop(columns="answers").to_csv(path, index=False)
    assert {s[0] for s in all_of(load_questions(mine))["starts"]} == {CONTEXT.rindex("London")}
    assert wb.check(mine).ok


def test_questions_without_answer(recipe, tmp_path):
    none = {"text": [], "answer_start": []}
    frame = rows(answers=[none if i % 3 == 0 else {"text": ["1833"], "answer_start": [46]}
                          for i in range(60)])  # fmt: skip
    path = tmp_path / "squad2.json"
    path.write_text(json.dumps(as_squad(frame)))
    examples = load_questions(recipe.replace(dataset=str(path)))
    assert (all_of(examples)["answers"].map(len) == 0).sum() == 20
    assert any("20 questions have no answer in their context" in n for n in examples.notes)
    with pytest.raises(DataError, match="no question with an answer"):
        load_questions(recipe.replace(dataset=rows(answers=[None] * 60)))


def test_what_is_wrong_is_counted_and_said(recipe):
    frame = rows()
    frame.at[0, "answers"] = {"text": ["1833"], "answer_start": [44]}  # two too early
    frame.at[2, "answers"] = {"text": ["Paris"], "answer_start": [3]}  # not there at all
    frame.at[4, "answers"] = {"text": ["lace"], "answer_start": [8]}  # inside a word
    frame.at[6, "context"] = "  "
    frame.at[8, "question"] = None
    examples = load_questions(recipe.replace(dataset=frame))
    notes = " ".join(examples.notes)
    assert "1 answers are not where their start says" in notes
    assert "1 questions have no answer that is in their context; they are left out" in notes
    assert "1 answers start inside a word" in notes
    assert "1 rows have an empty context" in notes and "1 rows have no question" in notes
    found = all_of(examples)
    assert len(found) == 57 and found.loc[found["id"] == "q0", "starts"].iloc[0] == [46]
    check = wb.check(recipe.replace(dataset=frame))
    said = {f.check: f.count for f in check.found if f.severity != "info" or "word" in f.check}
    assert said["answers outside their context"] == said["answers misplaced"] == 1
    assert said["answers inside a word"] == 1 and said["empty context"] == 1
    assert check.ok  # training goes on without them


def test_bad_columns_and_settings(recipe):
    with pytest.raises(DataError, match="no column 'passage' for the context"):
        load_questions(recipe.replace(columns={"context": "passage"}))
    with pytest.raises(DataError, match="Row 0 of 'train' has 'True' as its answers"):
        load_questions(recipe.replace(dataset=rows(answers=[True] * 60)))
    with pytest.raises(DataError, match="Row 0 of 'train' has 7 as its question"):
        load_questions(recipe.replace(dataset=rows(question=[7] * 60)))
    for name, value in (("class_weights", "balanced"), ("label_smoothing", 0.1)):
        with pytest.raises(RecipeError, match=name):
            load_questions(recipe.replace(**{name: value}))


def test_few_contexts_are_said(recipe):
    examples = load_questions(recipe.replace(dataset=rows(title="one", context=CONTEXT)))
    assert any("too few contexts" in note for note in examples.notes)
    assert all(len(frame) for frame in examples.splits.values())


def test_answers_and_places_by_hand():
    assert answers_of('{"text": ["x"], "answer_start": [3]}') == (["x"], [3])
    assert answers_of(["x", "y"]) == (["x", "y"], [None, None])
    assert answers_of({"text": "x", "answer_start": 3}) == (["x"], [3])
    assert answers_of("x", 2.0) == (["x"], [2])
    assert answers_of("[not json]") == (["[not json]"], [None])
    assert answers_of(float("nan")) == ([], []) and answers_of({"text": [" "]}) == ([], [])
    assert placed("abc", "x", 0) == (-1, "absent") and placed("abc", "c", None) == (2, "found")
    assert placed("abab", "ab", -1) == (0, "moved")
    assert inside_word("Washington", 7) and not inside_word("a b", 2)
    assert not inside_word("昨天北京", 2) and not inside_word("x", 0)
    assert question_word("By whom was it made?") == "who" and question_word("") == "other"


def test_two_hundred_questions_of_squad(require_sample):
    """Every answer can be said: labels as logits give each question its first answer back."""
    require_sample("minilm-l6")
    require_sample("squad-dev")
    recipe = wb.Recipe(task="question-answering", dataset="sample:squad-dev",
                       max_train_examples=200, max_eval_examples=200)  # fmt: skip
    examples = TASK.load_examples(recipe)
    titles = {split: set(frame["title"]) for split, frame in examples.splits.items()}
    assert not titles["train"] & titles["test"] and not titles["train"] & titles["validation"]
    tokenizer = transformers.AutoTokenizer.from_pretrained(
        wb.catalog.model_folder("sample:minilm-l6")
    )
    frame = examples.splits["test"]
    encoded = TASK.encode(tokenizer, frame, 192)
    outputs = np.zeros((int(encoded.offsets[-1]), 2), np.float32)
    for begin, (first, last) in zip(encoded.offsets[:-1], encoded.labels, strict=True):
        outputs[begin + first, 0] = outputs[begin + last, 1] = 9
    table = TASK.predictions(frame, encoded, outputs, examples.label_names)
    exact = (table["prediction"] == table["answers"].map(lambda a: a[0])).mean()
    assert exact > 0.97 and TASK.metrics(table, [])["f1"] > 0.97
    assert set(table["answer_start"] - table["start"]) - {0} <= set(range(-9, 10))
    assert TASK.baselines(examples)["question_word"]["f1"] > 0.15
