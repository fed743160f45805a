"""Predictions of any task as short texts for a table that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .kinds import task_for

if TYPE_CHECKING:
    import pandas as pd


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """Predictions with ``text``, ``label`` and ``prediction`` as short texts.

    Numbers have two places; tags become entities by name, sets a list of labels; of a question
    ``text`` is the question and ``label`` the first right answer. Their task decides it.
    """
    return task_for(table).readable(table)
