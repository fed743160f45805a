"""Confusion, examples and classes by their public methods."""

import time

import numpy as np
import pandas as pd
import pytest

from tests.inspection.predictions.predicted import drawn
from tests.waiting import best, until
from workbench.widgets.elements.class_table import ClassTable
from workbench.widgets.elements.confusion_grid import ConfusionGrid
from workbench.widgets.elements.examples_table import ExamplesTable
from workbench.widgets.elements.table import Sheet


def matrix(n):
    names = [f"c{i}" for i in range(n)]
    counts = np.eye(n, dtype=int) * 10
    counts[-1, 0] = 7
    return pd.DataFrame(counts, index=names, columns=names)


def test_confusion_selects_by_name_and_by_id():
    grid = ConfusionGrid(matrix(3))
    assert np.frombuffer(grid.counts, "<i4").reshape(3, 3)[2].tolist() == [7, 0, 10]
    assert (grid.support, grid.predicted) == ([10, 10, 17], [17, 10, 10])
    assert grid.support == [10, 10, 17] and grid.chosen is None
    seen = []
    grid.observe(lambda change: seen.append(change["new"]), "selected")
    grid.select("c2", "c0")
    assert grid.selected == [2, 0] and grid.chosen == ("c2", "c0") and seen == [[2, 0]]
    grid.select(None)
    assert grid.chosen is None
    with pytest.raises(ValueError):
        grid.select("c9", "c0")


def test_many_classes_show_the_ones_with_errors_and_say_so():
    grid = ConfusionGrid(matrix(60))
    assert len(grid.names) == 40 and {"c0", "c59"} <= set(grid.names)
    assert grid.note == "The 40 classes with most errors, of 60."
    grid.selected = [59, 0]
    assert grid.chosen == ("c59", "c0")


def examples(n=25):
    return pd.DataFrame({
        "text": [f"Text {i} about {'Cats' if i % 5 == 0 else 'dogs'}" for i in range(n)],
        "label": ["a"] * n, "prediction": ["b"] * n, "loss": np.linspace(5, 0, n),
    }, index=range(100, 100 + n))


def test_examples_page_and_search():
    table = ExamplesTable(examples(), page_size=10)
    assert (table.total, table.pages, len(table.rows)) == (25, 3, 10)
    assert table.rows[0] == [0, "Text 0 about Cats", "", "a", "b", 5.0]
    table.page = 2
    assert [row[0] for row in table.rows] == [20, 21, 22, 23, 24]
    table.search("cAtS")
    assert (table.page, table.total, [r[0] for r in table.rows]) == (0, 5, [0, 5, 10, 15, 20])
    table.search("(.*")
    assert table.total == 0 and table.rows == [] and table.pages == 1
    table.select(20)
    assert table.example["text"] == "Text 20 about Cats" == table.whole
    with pytest.raises(IndexError, match="no example 25; there are 25"):
        table.select(25)


def test_examples_of_any_kind():
    table = ExamplesTable(pd.DataFrame({"text": ["x" * 30_000, None, 3, "<b>"]}), page_size=10)
    assert table.columns == [] and [len(r[1]) for r in table.rows] == [400, 0, 1, 3]
    table.select(0)
    assert len(table.whole) == 20_000
    table.show(examples(0))
    assert table.total == 0 and table.example is None
    with pytest.raises(ValueError, match="no column 'text'"):
        table.show(pd.DataFrame({"a": [1]}))
    pairs = ExamplesTable(pd.DataFrame({"text": ["a"], "pair": ["bcd"]}))
    pairs.search("CD")
    assert pairs.total == 1 and pairs.rows[0][2] == "bcd"


def test_search_of_many_examples_is_quick():
    """In seconds of this process, the best of several."""
    table = ExamplesTable(pd.concat([examples()] * 4000))

    def search():
        table.search("")
        started = time.process_time()
        table.search("cats")
        return time.process_time() - started

    assert best(search, 2) < 2 and table.total == 20_000


def test_classes_worst_first_and_empty_class_last():
    frame = pd.DataFrame({
        "class": ["good", "none", "bad"], "f1": [0.9, np.nan, 0.2], "f1_low": [0.8, np.nan, 0.1],
        "f1_high": [0.95, np.nan, 0.3], "precision": [0.9, np.nan, 0.2],
        "recall": [0.9, np.nan, 0.2], "support": [10, 0, 5],
    })
    table = ClassTable(frame)
    assert [row[0] for row in table.rows] == ["bad", "good", "none"]
    assert table.rows[2][1:] == [None] * 5 + [0.0]


def test_regular_expressions():
    table = ExamplesTable(examples(), page_size=10)
    table.search(r"^text (3|1\d) about (dogs|cats)$", regex=True)
    assert table.total == len([r for r in examples()["text"] if r.split()[1] in
                               {"3", *map(str, range(10, 20))}])
    rows = table.rows
    table.search("(open", regex=True)
    assert "'(open' cannot be searched for" in table.fault and table.rows == rows
    table.search("^(a+)+$", regex=True)
    assert (table.total, table.fault) == (0, "")


def test_pages_of_a_file_come_when_they_are_found(tmp_path):
    from workbench.inspection import PredictionQueries
    from workbench.widgets.elements.example_pages import FilePages

    frame = drawn(200)
    frame["text"] = [f"{'Warm' if i % 2 else 'cold'} film {i}" for i in range(200)]
    frame.to_parquet(tmp_path / "test.parquet", index=False)
    table = ExamplesTable(page_size=10)
    table.show(FilePages(PredictionQueries(tmp_path / "test.parquet")), "all")
    wanted = frame.sort_values("loss", ascending=False, kind="stable")
    assert (table.total, table.pages) == (200, 20)
    assert [row[0] for row in table.rows] == wanted.index[:10].tolist()
    for text in ("w", "wa", "war", "warm", "warm film 1"):
        table.search(text)
    until(lambda: not table.searching and table.total == 1 + 5 + 50)
    table.search("(", regex=True)
    until(lambda: "cannot be searched for" in table.fault)
    table.search("")
    until(lambda: table.total == 200 and not table.fault)
    table.page = 19
    until(lambda: [row[0] for row in table.rows] == wanted.index[190:].tolist())
    table.select(3)
    assert table.whole == "Warm film 3" == table.example["text"]
    with pytest.raises(IndexError, match="no example 200"):
        table.select(200)


@pytest.mark.parametrize(
    ("column", "decimals"),
    [
        ([41.0, 3.0], 0), ([41.0, float("nan"), 2.0], 0), ([41, 2], 0), ([41.5, 2.0], 1),
        ([1.0, 0.0], 3), ([0.25, 1.0], 3), ([1234.5, 2.0], 0), ([float("inf"), 7.0], 0),
        ([-12.0, 4.0], 0), ([], 0),
    ],
    ids=["ranks", "one_missing", "counts", "means", "shares", "share", "large", "endless",
         "negative", "empty"],
)  # fmt: skip
def test_whole_numbers_are_shown_whole(column, decimals):
    sheet = Sheet()
    sheet.show(pd.DataFrame({"n": column}), ["n"])
    assert sheet.decimals == [decimals]
