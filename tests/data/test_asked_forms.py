"""What can be given to be predicted, and what is refused and never taken for a text."""

from pathlib import Path

import datasets as hf
import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench import tasks
from workbench.data.asked import asked_for
from workbench.errors import WorkbenchError

RECIPE = wb.Recipe(columns={"text": "review", "label": "stars"})
PAIRS = wb.Recipe(columns={"text": "one", "pair": "two", "label": "same"})


def asked(data, recipe=RECIPE):
    """The frame that the model would see."""
    return tasks.get(recipe.task).asked(asked_for(data, recipe), recipe)


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


TWO = ["good film", "dull film"]


@pytest.mark.parametrize(
    "data",
    [
        TWO, tuple(TWO), np.asarray(TWO), pd.Series(TWO), iter(TWO),
        pd.DataFrame({"review": TWO, "id": [1, 2]}), {"review": TWO, "id": [1, 2]},
        {"review": np.asarray(TWO)}, [{"review": text, "id": 1} for text in TWO],
        pd.DataFrame({"text": TWO, "id": [1, 2]}), pd.DataFrame({"anything": TWO}),
        hf.Dataset.from_dict({"review": TWO}),
        hf.DatasetDict({"test": hf.Dataset.from_dict({"review": TWO})}),
    ],
    ids=["list", "tuple", "array", "series", "iterator", "frame", "columns", "arrays", "rows",
         "role", "one-column", "dataset", "splits"],
)  # fmt: skip
def test_the_same_texts_in_every_form(data):
    assert list(asked(data)["text"]) == TWO


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("no/such/file.csv", "There is no file 'no/such/file.csv'"),
        ("nothing.JSONL", "There is no file"),
        (Path("nothing"), "There is no file 'nothing'"),
        ("./", "is a folder"),
        ({}, "has no columns"),
        ({"review": TWO, "id": [1]}, "differ in length: 'review' 2, 'id' 1"),
        ({"other": TWO, "id": [1, 2]}, "There is no column 'review' to predict"),
        (pd.DataFrame({"a": TWO, "b": TWO}), "There is no column 'review' to predict"),
        ([{"a": "x", "b": "y"}], "There is no column 'review' to predict"),
        (["fine", 7], "Text 1 is 7, which is no text"),
        (["fine", None], "Text 1 is None"),
        (7, "cannot be predicted"),
        (None, "cannot be predicted"),
        (b"bytes", "cannot be predicted"),
        (object(), "cannot be predicted"),
        (hf.DatasetDict({n: hf.Dataset.from_dict({"review": TWO}) for n in ("a", "b")}),
         "holds several splits: a, b"),
    ],
    ids=["path", "name", "path-object", "folder-text", "empty-dict", "lengths",
         "other-columns", "frame", "rows", "number-among", "none-among", "number", "none", "bytes",
         "object", "two-splits"],
)  # fmt: skip
def test_what_is_refused(data, says):
    with pytest.raises(WorkbenchError, match=says) as caught:
        asked(data)
    assert caught.value.remedy and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["a good film", "see train.csv for more", "and/or", "3.5", "e.g.", "one\ntwo.csv",
     "good" * 400],
    ids=["sentence", "file-inside", "slash", "number", "dots", "lines", "long"],
)  # fmt: skip
def test_texts_stay_texts(text):
    assert list(asked(text)["text"]) == [text]
    assert list(asked(["train.csv"])["text"]) == ["train.csv"]  # in a list it is a text


def test_pairs():
    for data in (
        [("a b", "c d"), ("e", "f")], [["a b", "c d"], ["e", "f"]],
        {"one": ["a b", "e"], "two": ["c d", "f"]}, [{"one": "a b", "two": "c d"},
                                                     {"one": "e", "two": "f"}],
    ):  # fmt: skip
        frame = asked(data, PAIRS)
        assert list(frame["text"]) == ["a b", "e"] and list(frame["pair"]) == ["c d", "f"]
    assert list(asked({"one": "a", "two": "b"}, PAIRS)["pair"]) == ["b"]
    with pytest.raises(WorkbenchError, match="trained on pairs"):
        asked(["a single text"], PAIRS)


def test_questions():
    recipe = wb.Recipe(task="question-answering", columns={"question": "q", "context": "c"})
    for data in ([{"question": "Who?", "context": "Ada."}], {"question": "Who?", "context": "Ada."},
                 {"q": ["Who?"], "c": ["Ada."]}, [{"q": "Who?", "c": "Ada."}]):  # fmt: skip
        frame = asked(data, recipe)
        assert (frame["text"][0], frame["pair"][0]) == ("Who?", "Ada.")


def test_a_file_is_read_as_the_recipes_was(tmp_path):
    recipe = RECIPE.replace(dataset="train.csv", reading={"delimiter": "~"})
    Path("new.csv").write_text("id~review\n1~good, warm film\n2~dull, cold film\n")
    assert list(asked("new.csv", recipe)["text"]) == ["good, warm film", "dull, cold film"]
    assert list(asked(Path("new.csv"), recipe)["text"]) == ["good, warm film", "dull, cold film"]
    Path("new.jsonl").write_text('{"review": "good film"}\n')
    assert list(asked("new.jsonl", recipe)["text"]) == ["good film"]  # of another kind
    Path("new.txt").write_text("good film\ndull film\n")
    assert list(asked("new.txt", recipe)["text"]) == TWO  # a text a line
