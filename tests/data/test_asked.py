"""What is to be predicted, splits without labels, corrections: read as training reads."""

from __future__ import annotations

import warnings
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from tests.warned import warned
from workbench.cli import main
from workbench.data import corrections
from workbench.data.asked import asked_for
from workbench.data.labelled import label_texts, labelled_tables
from workbench.data.reading import sources
from workbench.errors import DataError, UnknownName
from workbench.recipe import Recipe
from workbench.tasks.shared.asking import asked_texts

WORDS = "river stone garden letter window bread castle violin".split()
ROWS = [(f"{WORDS[n % 8]} {WORDS[(n * 3 + 1) % 8]} number {n}", "ab"[n % 2]) for n in range(20)]
FRAME = pd.DataFrame(ROWS, columns=["text", "label"])


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


# --- to be predicted -----------------------------------------------------------------------------


def asked(data, **fields):
    recipe = Recipe(dataset="train.csv", **fields)
    return asked_texts(asked_for(data, recipe), recipe)["text"].tolist()


def test_a_file_is_read_as_training_read_its_own():
    Path("new.csv").write_bytes('sätze;x\n"gut;1\nschlecht;2\n'.encode("cp1252"))
    reading = {"quotes": False, "encoding": "cp1252", "delimiter": ";"}
    columns = {"text": "sätze"}
    assert asked("new.csv", reading=reading, columns=columns) == ['"gut', "schlecht"]
    Path("new.txt").write_text("one text; really\nanother\n")  # of another kind: found out
    assert asked("new.txt", reading=reading, columns=columns) == ["one text; really", "another"]


def test_a_file_of_short_texts_loses_none():
    Path("new.csv").write_text("good\nbad\nfine\n")
    with warned("no header row"):
        assert asked(Path("new.csv"), columns={"text": "review"}) == ["good", "bad", "fine"]
    FRAME[["text"]].rename(columns={"text": "anything"}).to_csv("one.csv.gz", index=False)
    assert asked("one.csv.gz") == [text for text, _ in ROWS]


MISSING = ["none.csv", "folder/none.jsonl", "my reviews/none.txt", Path("none"), Path("none.csv")]


@pytest.mark.parametrize("data", MISSING, ids=["csv", "folder", "blanks", "no ending", "path"])
def test_a_file_that_is_not_there_is_no_text(data):
    with pytest.raises(UnknownName, match="There is no file"):
        asked(data)


TEXTS = ["a fine day", "see news.csv for more", "https://example.org/a.csv", "", "so\nso.csv",
         "a" * 2000, "~nobody/a day", "end. txt", "a\0b"]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_text_stays_a_text(text):
    assert asked(text) == [text]


def test_folders_and_objects():
    Path("data").mkdir()
    with pytest.raises(DataError, match="'data' is a folder") as caught:
        asked("data")
    assert "['data']" in caught.value.remedy and asked(["data"]) == ["data"]
    FRAME.to_csv("data/test.csv", index=False)
    assert len(asked(Path("data"))) == 20
    FRAME.to_csv("data/train.csv", index=False)
    with pytest.raises(DataError, match="several splits: train, test"):
        asked(Path("data"))
    assert asked({"text": ["one", "two"], "x": [1, 2]}) == ["one", "two"]
    assert asked({"text": "one", "x": 1}) == ["one"]
    with pytest.raises(DataError, match="no column 'text'"):
        asked({"words": ["one"], "x": [2]})
    with pytest.raises(DataError, match="differ in length"):
        asked({"text": ["one"], "x": [2, 3]})
    question = {"question": "who?", "context": "Ada."}
    assert asked_for(question, Recipe(task="question-answering")) == [question]


# --- splits without labels -----------------------------------------------------------------------

SECRET = {
    "no column": FRAME[["text"]],
    "minus one": FRAME.assign(label=-1),
    "a sign": FRAME.assign(label="?"),
    "empty": FRAME.assign(label=None),
}


@pytest.mark.parametrize("name", SECRET)
def test_a_split_without_labels_is_left_out_and_said(name):
    Path("kaggle").mkdir()
    FRAME.to_csv("kaggle/train.csv", index=False)
    SECRET[name].to_csv("kaggle/test.csv", index=False)
    recipe = Recipe(dataset="kaggle")
    tables, notes = labelled_tables(recipe, label_texts)
    assert list(tables) == ["train"]
    assert len(notes) == 1 and "'test' (20 rows)" in notes[0] and "left out" in notes[0]
    check = wb.check("kaggle")
    said = [finding for finding in check.found if finding.check == "no labels"]
    assert [(one.severity, one.count) for one in said] == [("warning", 20)] and said[0].remedy
    assert not [finding for finding in check.found if finding.severity == "error"]


def test_a_split_with_labels_is_kept():
    Path("d").mkdir()
    FRAME.assign(label=[-1, 1] * 10).to_csv("d/train.csv", index=False)
    FRAME[:4].assign(label=-1).to_csv("d/test.csv", index=False)
    assert set(labelled_tables(Recipe(dataset="d"), label_texts)[0]) == {"train", "test"}


# --- corrections ---------------------------------------------------------------------------------

ODD = st.text("a \r\n\t,;\"'é", max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.lists(ODD, min_size=1, max_size=4, unique=True))
def test_corrections_are_read_back_as_they_were_written(tmp_path_factory, texts):
    table = pd.DataFrame({"text": texts, "pair": "", "label": "a", "action": "accept"})
    table["new_label"] = ""
    path = corrections.save(table, tmp_path_factory.mktemp("corrections"))
    assert corrections.read(path)["text"].tolist() == texts


def test_corrections_that_a_spreadsheet_saved_again(tmp_path):
    rows = 'text,pair,label,action,new_label\r\nfine,,a,relabel,b\r\n"so, so",,a,drop,\r\n'
    (tmp_path / "c.csv").write_bytes(b"\xef\xbb\xbf" + rows.encode())
    found = corrections.read(tmp_path / "c.csv")
    assert found["text"].tolist() == ["fine", "so, so"] and found["new_label"][0] == "b"


# --- how a file is read, said on the command line ------------------------------------------------


def test_the_command_takes_how_a_file_is_read(capsys):
    Path("a.tsv").write_text("".join(f'"{text}"\t{label}\n' for text, label in ROWS))
    out = Path("recipe.yaml")
    said = ["--reading", "quotes=false", "--reading", "header=no", "--reading", "delimiter=tab"]
    main(["check", "a.tsv", *said, "--column", "text=column_1", "--column", "label=column_2",
          "--out", str(out)])  # fmt: skip
    recipe = Recipe.from_yaml(out.read_text())
    assert recipe.reading == {"quotes": False, "header": False, "delimiter": "\t"}
    table = sources.load("a.tsv", reading=recipe.reading)["train"]
    assert table["column_1"][0] == f'"{ROWS[0][0]}"'
    capsys.readouterr()
    for wrong in ("quotes=maybe", "quots=false", "skip=-1"):
        assert main(["check", "a.tsv", "--reading", wrong]) == 2
        assert "reading" in capsys.readouterr().err


def test_null_leaves_out_what_the_recipe_says_and_the_way_back_is_said_as_it_is_written(
    monkeypatch, capsys
):
    from workbench.training import run

    Path("new.json").write_text('[{"text": "a"}]')
    recipe, seen = Recipe(dataset="old.json", reading={"rows": "data.items"}), []

    def predict_file(file, out, *, reading):
        seen.append(asked_for(file, recipe, reading=reading))
        return out

    monkeypatch.setattr(run, "open_run", lambda folder: SimpleNamespace(predict_file=predict_file))
    asked = ["predict", "run", "new.json", "--out", "out.csv"]
    assert main(asked) == 2
    said = capsys.readouterr().err
    assert "was taken over ('rows': 'data.items'): --reading rows=null leaves it out." in said
    assert main([*asked, "--reading", "rows=null"]) == 0
    assert seen[0]["text"].tolist() == ["a"]
    assert main([*asked, "--reading", 'rows="null"']) == 2  # the word
    assert "'null'" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["predict", "--help"])
    assert "sheet=null leaves out" in " ".join(capsys.readouterr().out.split())


def test_the_check_takes_how_a_file_is_read():
    Path("a.tsv").write_text("text\tlabel\n" + "".join(f'"{t}"\t{x}\n' for t, x in ROWS))
    check = wb.check("a.tsv", reading={"quotes": False})
    assert check.recipe.reading == {"quotes": False}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert asked_for(["one"], check.recipe) == ["one"]
