"""Cells as texts."""

import warnings

import pandas as pd
import pytest

from workbench.data.columns.cells import as_texts


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
