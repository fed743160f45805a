"""Cells as texts."""

import warnings

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.data.columns.cells import as_texts, is_gone, shown
from workbench.data.loading import rehearsed
from workbench.errors import DataError


@pytest.mark.parametrize(
    ("cells", "texts"),
    [
        ([1, 2, None], ["1", "2", ""]),
        ([0.5, float("nan")], ["0.5", ""]),
        (["a", None, pd.NA], ["a", "", ""]),
        ([True, None], ["True", ""]),
        ([], []),
    ],
    ids=["numbers", "fractions", "texts", "booleans", "none"],
)
def test_each_cell_is_a_text_and_nothing_warns(cells, texts):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert as_texts(pd.Series(cells, dtype=object)).tolist() == texts


def test_columns_of_other_kinds():
    assert as_texts(pd.Series([1, 2])).tolist() == ["1", "2"]
    assert as_texts(pd.Series(["a", None], dtype="string")).tolist() == ["a", ""]
    assert as_texts(pd.Series(["a", None], dtype="category")).tolist() == ["a", ""]


def test_what_is_gone_and_what_is_shown():
    gone = [None, float("nan"), np.nan, pd.NA, pd.NaT, np.datetime64("NaT")]
    assert all(map(is_gone, gone))
    assert not any(map(is_gone, ["", 0, False, [], [None], np.array([np.nan]), {}]))
    assert shown(np.array(["a", "b"], dtype=object)) == "['a', 'b']" and shown(7) == "7"
    assert len(shown(list(range(10_000)))) < 100


@pytest.mark.parametrize(
    ("task", "column", "role"),
    [("text-to-text", "source", "source"), ("language-modelling", "text", "text"),
     ("text-classification", "text", "text"), ("regression", "text", "text")],
    ids=["by-roles", "texts", "classes", "numbers"],
)  # fmt: skip
def test_a_column_of_lists_where_a_text_belongs_is_refused_in_a_sentence(task, column, role):
    """pandas gives such cells as arrays, of which no one truth can be told."""
    frame = pd.DataFrame({column: [["a", "b"], ["c"]] * 5, "target": ["x", "y"] * 5,
                          "label": [0.5, 1.5] * 5 if task == "regression" else ["x", "y"] * 5})
    columns = {"text": {"text": "text"}, "source": {"source": "source", "target": "target"}}[column]
    recipe = wb.Recipe(task=task, dataset=frame, columns=columns, test_size=2, validation_size=2)
    with pytest.raises(DataError, match=rf"has \['a', 'b'\] as {role}, which is no text"):
        rehearsed(recipe)
