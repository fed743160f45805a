"""A model asked about one text of any task: its prediction, and where in the text it stands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..predictions.kinds import task_for

if TYPE_CHECKING:
    import pandas as pd


def asked_row(run: Any, text: str, pair: str | None = None) -> pd.Series:
    """What a run's model predicts for one text, as ``run.predict`` says it.

    Parameters
    ----------
    run : Run
    text : str
        A sentence; of question answering the question.
    pair : str, optional
        The second text of a pair; of question answering the context.

    Raises
    ------
    DataError
        If the context of a question is missing.
    """
    asked = task_for(run).question(text, pair, run.recipe)
    return run.predict(asked).iloc[0]


def entities_in(text: str, tokens: list[str], tags: list[str]) -> pd.DataFrame:
    """Entities of a tagged sentence with their place in the text it was cut from.

    Parameters
    ----------
    text : str
        As it was written.
    tokens, tags : list of str
        Its words in their order, and their tags.

    Returns
    -------
    pandas.DataFrame, a row an entity
        ``entity`` (as written), ``type``, ``start``, ``end`` (characters of ``text``; -1 where a
        word is not found in it).

    Examples
    --------
    >>> entities_in("Ann  Lee, Rome", ["Ann", "Lee", ",", "Rome"],
    ...             ["B-per", "I-per", "O", "B-loc"]).values.tolist()
    [['Ann  Lee', 'per', 0, 8], ['Rome', 'loc', 10, 14]]
    """
    import pandas as pd

    from ...data.tags.tag_spans import tag_spans

    places, at = [], 0
    for word in tokens:
        start = text.find(word, at)
        places.append((start, start + len(word)) if start >= 0 else (-1, -1))
        at = start + len(word) if start >= 0 else at
    rows = []
    for name, first, last in tag_spans(list(tags)):
        start, end = places[first][0], places[last - 1][1]
        if min(start, end) < 0:
            start = end = -1
        said = text[start:end] if start >= 0 else " ".join(tokens[first:last])
        rows.append((said, name, start, end))
    return pd.DataFrame(rows, columns=["entity", "type", "start", "end"])


def label_limits(run: Any) -> dict[str, float]:
    """The threshold of each label of a multi-label run; NaN where none is kept."""
    from ...tasks.shared import decisions

    kept = (decisions.kept(run.settled_path) or {}).get("thresholds", {})
    return {str(name): float(value) if value is not None else math.nan
            for name, value in kept.items()}  # fmt: skip
