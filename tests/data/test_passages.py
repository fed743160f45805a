"""Long documents are measured in passages: nothing is lost, and how many there are is said."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from workbench import tasks
from workbench.data import example_cache
from workbench.data.by_roles import as_begun
from workbench.data.passages import LENGTH, LONG, in_passages, passages
from workbench.errors import DataError

LINES = "\n".join(f"Line {n} of the tide table, as it was sold at the quay." for n in range(400))
TEXTS = {
    "lines": LINES,
    "paragraphs": LINES.replace("9 of", "9\n\nof"),
    "sentences": LINES.replace("\n", " "),
    "words": LINES.replace("\n", " ").replace(".", ""),
    "one_word": "x" * 5000,
    "chinese": "\u6f6e\u6c34\u5f88\u9ad8\u3002" * 900,
    "blank_lines": "\n" * 4500 + "end",
}


@pytest.mark.parametrize("name", TEXTS)
def test_passages_make_the_text_again(name):
    found = passages(TEXTS[name])
    assert "".join(found) == TEXTS[name] and max(map(len, found)) <= LENGTH
    assert all(len(one) > LENGTH // 2 for one in found[:-1])
    if name == "lines":
        assert all(one.endswith("\n") for one in found[:-1])
    if name == "sentences":
        assert all(one.endswith(". ") for one in found[:-1])
    if name == "chinese":
        assert all(one.endswith("\u3002") for one in found[:-1])


@given(st.text(alphabet="ab .\n", max_size=200), st.integers(2, 30))
def test_any_text_is_cut_without_loss(text, length):
    found = passages(text, length)
    assert "".join(found) == text and all(len(one) <= length for one in found)


def test_rows_of_long_texts_are_several_and_short_ones_stay():
    frame = pd.DataFrame({"text": [LINES, "short", "a " * (LONG // 2)], "row": [3, 5, 8]})
    notes = []
    found = in_passages(frame, "test", notes)
    n = len(passages(LINES))
    assert found["row"].tolist() == [3] * n + [5, 8]
    assert found["goes_on"].tolist() == [True] * (n - 1) + [False] * 3
    assert "".join(found["text"][found["row"] == 3]) == LINES
    assert notes == [
        f"1 long text of test is measured in {n} passages of at most {LENGTH:,} characters."
    ]
    behind = in_passages(frame, "test", [], before=True)
    own, before = behind["text"].tolist(), behind["before"].tolist()
    assert before[0] == "" and before[n:] == ["", ""]
    for at in range(1, n):
        assert before[at] == "".join(own[:at])[-LENGTH:]
    short = frame.iloc[[1]]
    assert in_passages(short, "test", notes) is short and len(notes) == 1


def test_a_book_in_one_cell_is_parted_so_that_some_of_it_is_held_out():
    frame = pd.DataFrame({"text": [LINES]})
    recipe = wb.Recipe(task="language-modelling", dataset=frame)
    found = tasks.get("language-modelling").load_examples(recipe)
    assert "1 text is too few to hold one out: it is parted into 11 sections" in found.notes[0]
    assert "each is learnt and measured as a text of its own, which ends there" in found.notes[0]
    kept = {name: "".join(part["text"]) for name, part in found.splits.items()}
    assert all(kept.values()) and sum(map(len, kept.values())) == len(LINES)
    assert all(one in LINES for part in found.splits.values() for one in part["text"])
    # what is made in another way has another number: none of before is read from disk
    assert (example_cache._FORMAT, found.fingerprint[7:15]) == (9, "a95ebb76")
    assert as_begun(recipe, found, "sha256-of-a-book-that-was-edited-since") is found
    with pytest.raises(DataError, match="to be held out of 1"):
        short = recipe.replace(dataset=pd.DataFrame({"text": ["To be or not to be."]}))
        tasks.get("language-modelling").load_examples(short)


@pytest.mark.parametrize("task", ["language-modelling", "masked-language-modelling"])
def test_documents_are_measured_by_a_bounded_number_of_passages(task, tmp_path):
    folder = tmp_path / "plays"
    folder.mkdir()
    for n in range(6):
        (folder / f"{n}.txt").write_text(LINES.replace("tide", f"tide {n}"), encoding="utf-8")
    frame = pd.DataFrame({"text": [path.read_text("utf-8") for path in sorted(folder.iterdir())]})
    recipe = wb.Recipe(task=task, dataset=frame, max_eval_examples=7, test_size=2,
                       validation_size=1)  # fmt: skip
    found = tasks.get(task).load_examples(recipe)
    assert {name: len(rows) for name, rows in found.splits.items()} == {
        "train": 3, "validation": 7, "test": 7,
    }  # fmt: skip
    assert found.splits["train"]["text"].map(len).min() == len(frame["text"][0])
    assert not set(found.splits["test"]["row"]) & set(found.splits["train"]["row"])
    assert any("2 long texts of test" in note for note in found.notes)
    assert any(note.startswith("7 of ") and "test" in note for note in found.notes)
    again = tasks.get(task).load_examples(recipe)
    assert again.fingerprint == found.fingerprint
