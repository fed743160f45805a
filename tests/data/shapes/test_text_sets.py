"""Texts that belong together as lists: pairs, triplets, sets, and lists with a label."""

import json

import pytest

from workbench.data.columns import mapping
from workbench.data.reading import sources

ASKED = ["Where does the ferry leave?", "Who keeps the old light?", "When is low water today?",
         "Why is the sea so salty?"]  # fmt: skip
FOUND = ["From the pier behind the church.", "A man with two dogs.", "At ten past four.",
         "Rivers bring salt from the land."]  # fmt: skip
WRONG = ["A boat is a small ship.", "Dogs eat twice a day.", "Four is an even number.",
         "The land is hilly in spring."]  # fmt: skip
BOTH = list(zip(ASKED, FOUND, strict=True))


def opened(tmp_path, rows, *, lines=True):
    path = tmp_path / ("texts.jsonl" if lines else "texts.json")
    path.write_text("\n".join(map(json.dumps, rows)) if lines else json.dumps(rows))
    splits, (report,) = sources.opened(path)
    found = mapping.infer(splits)
    return found.task, found.columns, splits["train"].to_pandas(), report.notes


MATCH = {"anchor": "anchor", "positive": "positive"}


@pytest.mark.parametrize("lines", [True, False], ids=["lines", "document"])
def test_bare_pairs_and_triplets_are_texts_that_match(tmp_path, lines):
    task, columns, frame, notes = opened(tmp_path, BOTH, lines=lines)
    assert (task, columns) == ("sentence-similarity", MATCH)
    assert frame["anchor"].tolist() == ASKED and frame["positive"].tolist() == FOUND
    assert notes[0].count == 4 and "lists of 2 texts" in notes[0].what
    rows = list(zip(ASKED, FOUND, WRONG, strict=True))
    task, columns, frame, _ = opened(tmp_path, rows, lines=lines)
    assert (task, columns["negative"], list(frame["negative"])) == (
        "sentence-similarity", "negative", WRONG,
    )  # fmt: skip


def test_lists_of_a_text_and_a_class_stay_those(tmp_path):
    rows = [[text, ("yes", "no")[n % 2]] for n, text in enumerate(ASKED)]
    assert opened(tmp_path, rows)[0] == "text-classification"
    for names in (["sentence1", "sentence2"], ["English", "German"]):
        named = [names, *BOTH]
        assert list(opened(tmp_path, named)[2].columns) == names


def test_a_set_beside_a_text_is_what_the_text_has(tmp_path):
    rows = [{"text": text, "set": ["sea", "land"][n % 2 :]} for n, text in enumerate(ASKED)]
    assert opened(tmp_path, rows)[2].columns.tolist() == ["text", "set"]


def test_the_first_text_of_a_set_belongs_with_each_other_one(tmp_path):
    rows = [{"set": [*pair, WRONG[0]][: 2 + n % 2]} for n, pair in enumerate(BOTH)]
    task, columns, frame, notes = opened(tmp_path, [*rows, {"set": ["alone"]}] * 3)
    assert (task, columns) == ("sentence-similarity", MATCH) and len(frame) == 12
    assert list(frame["positive"][1]) == [FOUND[1], WRONG[0]]
    assert [(one.severity, one.count) for one in notes if one.check == "texts that match"] == [
        ("info", 12), ("warning", 3), ("info", 6),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("labels", "task", "roles"),
    [
        pytest.param([0.1, 0.8, 0.5, 0.9], "regression", {"text", "pair", "label"}, id="scores"),
        pytest.param([0, 1, 1, 0], "text-classification", {"text", "pair", "label"}, id="classes"),
        pytest.param([None] * 4, "sentence-similarity", {"anchor", "positive"}, id="none"),
    ],
)  # fmt: skip
def test_lists_of_texts_with_a_label(tmp_path, labels, task, roles):
    rows = [
        {"texts": pair, **({} if label is None else {"label": label})}
        for pair, label in zip(BOTH, labels, strict=True)
    ]
    found, columns, frame, notes = opened(tmp_path, rows)
    assert (found, set(columns)) == (task, roles)
    assert frame.iloc[1, :2].tolist() == [ASKED[1], FOUND[1]] and notes[0].count == 4
