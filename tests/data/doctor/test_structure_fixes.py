"""Fixes for words with tags and for questions: offered, recorded, and trained with."""

import pandas as pd
import pytest

import workbench as wb
from workbench.data.questions import load_questions
from workbench.data.tags.tagged import joined, load_tagged
from workbench.errors import DataError, RecipeError

CITIES = "Rome Oslo Bonn Lima Cairo Paris Delhi Quito Tunis Minsk Sofia Riga".split()


def tagged(*more):
    rows = [(["Ada", "lives", "in", city, str(n)], ["B-per", "O", "O", "B-loc", "O"])
            for n, city in enumerate(CITIES)]
    return pd.DataFrame([*rows, *more], columns=["tokens", "tags"])


def asked(*more):
    rows = [(f"Who lives in {city}?", f"Ada {n} lives in {city} since {n}.", f"Ada {n}")
            for n, city in enumerate(CITIES)]
    return pd.DataFrame([*rows, *more], columns=["question", "context", "answers"])


def fixes_of(check):
    return {f.check: f.fix.get("fixes") for f in check.found if f.fix}


def test_tags_that_are_not_one_a_word():
    data = tagged((["a", "b"], ["O"]), (["c", "d"], ["O", "O", "O"]))
    check = wb.check(data, task="token-classification")
    assert fixes_of(check)["tags not aligned"] == ["drop_unaligned"]
    with pytest.raises(DataError, match=r"Row 12.*2 words and 1 tags.*drop_unaligned"):
        load_tagged(check.recipe)
    mended = check.fix("tags not aligned")
    assert "tags not aligned" not in {f.check for f in mended.found}
    examples = load_tagged(mended.recipe)
    assert sum(len(frame) for frame in examples.splits.values()) == 12
    said = "drop_unaligned: 2 rows whose words have not one tag each were left out."
    assert said in examples.notes


def test_sentences_that_are_there_twice_and_at_odds():
    first = (["Ada", "lives", "in", "Rome", "0"], ["B-per", "O", "O", "B-loc", "O"])
    other = (["Ada", "lives", "in", "Oslo", "1"], ["B-per", "O", "O", "O", "O"])
    check = wb.check(tagged(first, other), task="token-classification")
    found = fixes_of(check)
    assert found["duplicates"] == ["drop_duplicates"]
    assert found["conflicting labels"] == ["drop_conflicts"]
    examples = load_tagged(check.fix("duplicates", "conflicting labels").recipe)
    kept = pd.concat(examples.splits.values())
    assert len(kept) == 11 and kept["text"].is_unique  # Oslo, tagged in two ways, is gone
    assert not kept["text"].str.contains("Oslo").any()


def test_questions_that_are_there_twice():
    data = asked(("Who lives in Rome?", "Ada 0 lives in Rome since 0.", "Ada 0"),
                 ("Who lives in Oslo?", "Ada 1 lives in Oslo since 1.", "Oslo"))
    check = wb.check(data, task="question-answering")
    found = fixes_of(check)
    assert found["duplicates"] == ["drop_duplicates"]
    assert found["conflicting labels"] == ["drop_conflicts"]
    assert "near duplicates" not in {f.check for f in check.found}
    mended = check.fix("duplicates", "conflicting labels")
    assert not {"duplicates", "conflicting labels"} & {f.check for f in mended.found}
    examples = load_questions(mended.recipe)
    kept = pd.concat(examples.splits.values())
    assert len(kept) == 11 and not kept["text"].str.contains("Oslo").any()
    assert any(note.startswith("drop_conflicts: 2 rows") for note in examples.notes)


def test_fixes_that_are_for_classes_are_refused():
    recipe = wb.check(tagged(), task="token-classification").recipe
    with pytest.raises(RecipeError, match="'merge_labels', which is not for token-classification"):
        load_tagged(recipe.replace(fixes=["merge_labels"]))
    recipe = wb.check(asked(), task="question-answering").recipe
    for fix in ("drop_unaligned", "drop_near_duplicates"):
        with pytest.raises(RecipeError, match=f"'{fix}', which is not for question-answering"):
            load_questions(recipe.replace(fixes=[fix]))


def test_one_row_is_said_in_the_singular():
    check = wb.check(tagged((["a", "b"], ["O"])), task="token-classification")
    said = next(f.what for f in check.found if f.check == "tags not aligned")
    assert said == "1 row has another number of tags than of tokens."


def splits(folder, column, **tables):
    for name, rows in tables.items():
        pd.DataFrame(rows, columns=column).to_json(folder / f"{name}.jsonl", orient="records",
                                                   lines=True)
    return str(folder)


def test_types_of_one_split_alone(tmp_path):
    rows = tagged().to_dict("records")
    other = [{"tokens": ["Nokia", str(n)], "tags": ["B-org", "O"]} for n in range(5)]
    data = splits(tmp_path, ["tokens", "tags"], train=rows, test=other)
    check = wb.check(data, task="token-classification")
    found = next(f for f in check.found if f.check == "types not in train")
    assert (found.severity, found.examples) == ("warning", ("'org'",))
    notes = load_tagged(check.recipe).notes
    assert "The training split has no entity of the type 'org'." in notes


def test_classes_of_one_split_alone(tmp_path):
    some = [(f"good {n}", "a") for n in range(20)] + [(f"bad {n}", "b") for n in range(20)]
    data = splits(tmp_path, ["text", "label"], train=some, test=[*some[:8], ("film", "c")])
    said = next(f.what for f in wb.check(data).found if f.check == "classes not in train")
    assert said == "The test split has 1 class that training never sees."
    with pytest.raises(DataError, match="training split has no example of the class 'c'"):
        wb.fine_tune(wb.Recipe(dataset=data), progress=False)


def test_near_duplicates_of_tagged_sentences():
    words = "the old city of Rome has seen more than twenty five centuries go by".split()
    tags = ["B-loc" if word == "Rome" else "O" for word in words]
    data = tagged((words, tags), ([*words, "now"], [*tags, "O"]))
    check = wb.check(data, task="token-classification")
    assert fixes_of(check)["near duplicates"] == ["drop_near_duplicates"]
    kept = load_tagged(check.fix("near duplicates").recipe)
    assert sum(len(frame) for frame in kept.splits.values()) == 13


def test_words_as_a_text():
    assert joined(["Ada", "Lovelace", "."]) == "Ada Lovelace ."
    assert joined(list("江泽民在北京。")) == "江泽民在北京。"
    assert joined(["BERT", "在", "NLP", "中"]) == "BERT在NLP中"
