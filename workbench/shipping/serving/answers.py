"""Predictions as JSON: a mapping a row, without what was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...score_columns import PREFIX, score_columns
from .refusals import plain

if TYPE_CHECKING:
    import pandas as pd

ASKED = ("text", "pair", "label", "loss", "row")  # columns of predictions that answer nothing


def answers_of(table: pd.DataFrame, frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Answers in the order of rows.

    Parameters
    ----------
    table : pandas.DataFrame
        What a model predicts, a row a row of ``frame``.
    frame : pandas.DataFrame
        What was asked.

    Returns
    -------
    list of dict
        ``prediction``, ``scores`` by class where there are some, and whatever else the task says.
    """
    scores = score_columns(table.columns)
    left = {*ASKED, *scores, *frame.columns} - {"prediction"}
    said = [name for name in table.columns if name not in left]
    found = [dict(zip(said, map(plain, row), strict=True))
             for row in table[said].itertuples(index=False, name=None)]  # fmt: skip
    if scores:
        names = [name.removeprefix(PREFIX) for name in scores]
        for one, row in zip(found, table[scores].to_numpy().tolist(), strict=True):
            one["scores"] = dict(zip(names, map(plain, row), strict=True))
    return found
