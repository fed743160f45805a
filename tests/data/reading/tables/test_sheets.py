"""Sheets of a workbook: named after splits, with headers in two rows or repeated."""

from __future__ import annotations

import pytest

from tests.data.reading.corpus import workbook
from workbench.data.reading import sources

PAIRS = [[f"a quiet story {n}", ("neg", "pos")[n % 2]] for n in range(12)]
HEAD = ["text", "label"]


def opened(tmp_path, cells, **reading):
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook(cells))
    splits, reports = sources.opened(path, reading=reading)
    return splits, [note for report in reports for note in report.notes]


def test_sheets_that_are_named_after_splits_are_splits(tmp_path):
    cells = {"Train": [HEAD, *PAIRS[:8]], "dev": [HEAD, *PAIRS[8:10]], "test": [HEAD, *PAIRS[10:]]}
    splits, notes = opened(tmp_path, cells)
    assert {name: len(split) for name, split in splits.items()} == {
        "train": 8, "validation": 2, "test": 2,
    }  # fmt: skip
    assert not [note for note in notes if note.severity == "warning"]
    (said,) = [note for note in notes if note.check == "sheets"]
    assert "'Train' 8, 'dev' 2, 'test' 2 rows" in said.what
    splits, _ = opened(tmp_path, cells, sheet="dev")
    assert {name: len(split) for name, split in splits.items()} == {"train": 2}


@pytest.mark.parametrize(
    "others", [{"old": [HEAD, *PAIRS]}, {}], ids=["another table", "train alone"]
)
def test_sheets_beside_others_are_asked_about(tmp_path, others):
    cells = {"train": [HEAD, *PAIRS], "notes": [["all fine", ""], ["ok", ""]], **others}
    splits, notes = opened(tmp_path, cells)
    assert list(splits) == ["train"] and [n.check for n in notes if n.severity == "warning"]


def test_a_header_that_comes_again_is_left_out(tmp_path):
    splits, notes = opened(tmp_path, [HEAD, *PAIRS[:6], HEAD, *PAIRS[6:]])
    assert [list(row.values()) for row in splits["train"]] == PAIRS
    (said,) = [note for note in notes if note.severity == "warning"]
    assert (said.check, said.count) == ("header again", 1)


@pytest.mark.parametrize(
    "groups", [["Content", "", "Rating", ""], ["", "Text", "", "Class"], ["All", "", "", ""]],
    ids=["two", "later", "one"],
)  # fmt: skip
def test_names_of_groups_above_the_names_of_columns_are_no_header(tmp_path, groups):
    rows = [[text, "en", label, "Al"] for text, label in PAIRS]
    splits, notes = opened(tmp_path, [groups, ["text", "lang", "label", "by"], *rows])
    assert splits["train"].column_names == ["text", "lang", "label", "by"]
    assert [note.count for note in notes if note.check == "lines above"] == [1]


def test_a_sheet_of_a_split_without_a_cell_is_none(tmp_path):
    cells = {"train": [HEAD, *PAIRS[:8]], "dev": [], "test": [HEAD, *PAIRS[8:]]}
    splits, _ = opened(tmp_path, cells)
    assert {name: len(split) for name, split in splits.items()} == {"train": 8, "test": 4}


@pytest.mark.parametrize("first", [0, "d1"], ids=["numbers", "names"])
def test_a_column_of_rows_without_a_name_makes_no_names_of_groups(tmp_path, first):
    rows = [[first, "How are you?", "question"], *[[n, *pair] for n, pair in enumerate(PAIRS, 1)]]
    splits, _ = opened(tmp_path, [["", "utterance", "act"], *rows])
    assert splits["train"].column_names[1:] == ["utterance", "act"] and len(splits["train"]) == 13
