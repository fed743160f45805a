"""Columns of datasets that everybody names: a recipe need not say what they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ... import task_registry
from ...errors import DataError
from ...reference import Origin, origin_of
from .truth import truth_of

if TYPE_CHECKING:
    import pandas as pd

    from ...recipe import Recipe

#: Usual names of a column of texts, the likeliest first.
TEXT_NAMES = (
    "text sentence review content comment body message tweet utterance question document title "
    "abstract description input query 文本 内容 评论 句子 正文 问题"
).split()

#: Usual names of the columns of questions on texts, the likeliest first.
QUESTION_COLUMNS = {
    "context": ("context", "passage", "paragraph", "document", "story", "article"),
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
    """Names of the columns that hold yes in each row; None where a row lacks a value.

    Raises
    ------
    DataError
        If one holds anything but yes and no: 1 and 0, true and false, the words.
    """
    truths = {}
    for name in columns:
        values = columns[name].tolist()
        found = [truth_of(value) for value in values]
        gone = [value is None or value != value or value == "" for value in values]
        for row, (value, truth, missing) in enumerate(zip(values, found, gone, strict=True)):
            if truth is None and not missing:
                raise DataError(
                    f"Row {row} has {value} in {name!r}.",
                    "Columns of one label each hold 0 or 1, false or true, no or yes.",
                )
        truths[name] = found
    rows = zip(*truths.values(), strict=True)
    return [
        None if None in row else [name for name, truth in zip(truths, row, strict=True) if truth]
        for row in rows
    ]


def only_labels(rows: list[list[str] | None], columns: list[str]) -> list[str | None]:
    """The one name of each row, where each has exactly one (one-hot columns).

    Raises
    ------
    DataError
        If a row has another number of them.
    """
    for row, names in enumerate(rows):
        if names is not None and len(names) != 1:
            raise DataError(
                f"Row {row} has {len(names)} of the labels {', '.join(columns[:6])}.",
                f"Classification needs exactly one; take {task_registry.with_label('labels')}.",
            )
    return [None if names is None else names[0] for names in rows]


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
    if not recipe.columns and origin_of(recipe.dataset, "dataset") is Origin.HUB:
        for layout in LAYOUTS:
            if set(layout.values()) <= set(names):
                return dict(layout)
    return {"text": "text", "label": "label", **recipe.columns}
