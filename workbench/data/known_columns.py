"""Columns of datasets that everybody names: a recipe need not say what they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from ..recipe import Recipe

#: Usual names of a column of texts, the likeliest first.
TEXT_NAMES = (
    "text sentence review content comment body message tweet utterance question document title "
    "abstract description input query 文本 内容 评论 句子 正文 问题"
).split()

#: Usual names of the columns of questions on texts, the likeliest first.
QUESTION_COLUMNS = {
    "answers": ("answers", "answer", "answer_text", "answers_text", "answer_span"),
    "answer_start": ("answer_start", "answers_start", "answer_starts", "answer_start_char"),
}

#: Columns of usual hub datasets by role, the first whose columns are all there.
LAYOUTS: tuple[dict[str, str], ...] = (
    {"text": "text", "label": "label"},  # IMDB, AG News, TweetEval
    {"text": "sentence", "label": "label"},  # SST-2, CoLA
    {"text": "premise", "pair": "hypothesis", "label": "label"},  # MNLI, SNLI
    {"text": "sentence1", "pair": "sentence2", "label": "label"},  # MRPC, RTE, STS-B
    {"text": "question1", "pair": "question2", "label": "label"},  # QQP
    {"text": "question", "pair": "sentence", "label": "label"},  # QNLI
    {"text": "content", "label": "label"},  # DBpedia, Amazon reviews
    {"text": "text", "label": "labels"},  # GoEmotions
)


def label_columns(named: str, names: Sequence[str]) -> list[str]:
    """Columns of one label each, where they are named together with commas; none otherwise.

    Examples
    --------
    >>> label_columns("toxic, threat", ["text", "toxic", "threat"]), label_columns("kind", ["kind"])
    (['toxic', 'threat'], [])
    """
    parts = [part.strip() for part in named.split(",")]
    together = named not in names and len(parts) > 1 and set(parts) <= set(names)
    return parts if together else []


def joined_labels(columns: pd.DataFrame) -> list[list[str] | None]:
    """Names of the columns that hold 1 in each row; None where a row lacks a value.

    Raises
    ------
    DataError
        If one holds anything but 0 and 1.
    """
    for name in columns:
        odd = ~(columns[name].isin([0, 1]) | columns[name].isna())
        if odd.any():
            raise DataError(
                f"Row {odd.idxmax()} has {columns[name][odd].iloc[0]} in {name!r}.",
                "Columns of one label each hold 0 or 1 (false or true).",
            )
    having, missing = (columns == 1).to_numpy(), columns.isna().any(axis=1).to_numpy()
    names = list(columns)
    return [
        None if gone else [names[i] for i in np.flatnonzero(row)]
        for row, gone in zip(having, missing, strict=True)
    ]


def roles_of(recipe: Recipe, names: Sequence[str]) -> dict[str, str]:
    """Role -> column: what the recipe says, else a usual layout of hub datasets, else the role.

    Only a dataset of the hub, and only a recipe without ``columns``, is read by its layout: columns
    of one's own files are never taken without being named or shown (see
    :func:`workbench.check`).

    Parameters
    ----------
    recipe : Recipe
    names : sequence of str
        Columns that the data has.

    Examples
    --------
    >>> from workbench import Recipe
    >>> roles_of(Recipe(dataset="hub:stanfordnlp/sst2"), ["idx", "sentence", "label"])
    {'text': 'sentence', 'label': 'label'}
    >>> roles_of(Recipe(dataset="mine.csv"), ["sentence", "label"])
    {'text': 'text', 'label': 'label'}
    """
    if not recipe.columns and recipe.dataset.startswith("hub:"):
        for layout in LAYOUTS:
            if set(layout.values()) <= set(names):
                return dict(layout)
    return {"text": "text", "label": "label", **recipe.columns}
