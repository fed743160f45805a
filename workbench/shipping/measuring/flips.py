"""Which answers are other ones than before, and whether that mends or breaks them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...inspection.comparing.comparison import compare_runs
from ...inspection.comparing.same_examples import aligned_tables
from ...inspection.predictions.kinds import task_for

if TYPE_CHECKING:
    import pandas as pd

    from ...tasks.base import Task

COLUMNS = ["row", "text", "label", "before", "after", "change"]


def changed_answers(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """The rows of two tables of predictions of which they say different things.

    Parameters
    ----------
    before, after : pandas.DataFrame
        Predictions of one task, of the same examples in the same order.

    Returns
    -------
    pandas.DataFrame, in the order of the rows
        ``row`` (position in the tables), ``text``, ``label`` (the truth, where it is told),
        ``before``, ``after`` (as people read them) and ``change``: ``mended``, ``broken``, or
        ``other`` where both are right or both are wrong. Numbers and written texts come ``nearer``
        to the truth or ``further`` from it. Of texts that are learnt themselves nothing is said:
        the 100 are listed whose loss changed most, as ``better`` or ``worse``.

    Raises
    ------
    DataError
        If they are not of the same examples.
    """
    import pandas as pd

    tables = aligned_tables([before, after], "test")
    task = task_for(tables[0])
    if task.spec.prediction_table.truth == "text":  # nothing is said of it: its loss is all
        moved = compare_runs(*tables, resamples=1).flips.sort_index().rename_axis("row")
        moved = moved.rename(columns={"first": "before", "second": "after"}).reset_index()
        return moved.reindex(columns=COLUMNS)
    shown = [task.readable(table) for table in tables]
    said = [table["prediction"].to_numpy() for table in shown]
    rows = np.flatnonzero([one != two for one, two in zip(*said, strict=True)])
    found = shown[0].iloc[rows].reindex(columns=["text", "label"]).reset_index(drop=True)
    change = _changes(task, [table.iloc[rows] for table in tables]) if len(rows) else []
    found = found.assign(row=rows, before=said[0][rows], after=said[1][rows], change=change)
    return pd.DataFrame(found, columns=COLUMNS)


def _changes(task: Task, tables: list[pd.DataFrame]) -> np.ndarray:
    """A word for each row of two tables that say different things."""
    was, now = (task.wrong(table) for table in tables)
    words = "mended", "broken"
    if was is None or now is None:  # of numbers and texts all that is known is how near they are
        was, now = (task.distance(table) for table in tables)
        words = "nearer", "further"
    if was is None or now is None:
        return np.full(len(tables[0]), "other")
    was, now = was.to_numpy(float), now.to_numpy(float)
    return np.where(now < was, words[0], np.where(now > was, words[1], "other"))
