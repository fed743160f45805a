"""Errors of a question answerer: by kind, question word, length and place of the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ... import task_registry
from ...errors import DataError, nearest
from ...intervals import wilson_interval
from ...task_of_predictions import check_columns
from .kinds import kind_of, task_for

if TYPE_CHECKING:
    import pandas as pd

ANSWER_KINDS = ("right", "part", "elsewhere", "missed", "invented")
ANSWER_GROUPS = ("question_word", "answer_length", "answer_position", "kind")
_LENGTHS = ((1, "1 word"), (2, "2 words"), (4, "3 to 4 words"), (8, "5 to 8 words"))
_MORE, _NONE = "9 or more words", "none"
_PLACES = ("first quarter", "second quarter", "third quarter", "last quarter")
_ORDERS = {
    "answer_length": (*(name for _, name in _LENGTHS), _MORE, _NONE),
    "answer_position": (*_PLACES, _NONE),
    "kind": ANSWER_KINDS,
}


def has_answers(predictions: pd.DataFrame) -> bool:
    """Whether a predictions table holds answers to questions."""
    return kind_of(predictions) == "span"


def answer_errors(run, split: str = "test") -> pd.DataFrame:
    """Every question with what became of it, and the groups that it is in.

    Parameters
    ----------
    run : Run or pandas.DataFrame
        A run, or a predictions table of one.

    Returns
    -------
    pandas.DataFrame
        The predictions with ``question_word``; ``answer_length`` (words of the first answer);
        ``answer_position`` (quarter of the context in which it begins); ``kind``: ``right``
        (exact match), ``part`` (words shared with an answer), ``elsewhere`` (none shared),
        ``missed`` (it has an answer and none was given), ``invented`` (it has none).

    Raises
    ------
    DataError
        If the predictions are not of questions with answers.
    """
    from ...data.questions import question_word

    table = _table(run, split)
    check_columns(table, "question", "context", "answers", "answer_start", "exact_match", "f1")
    kinds, lengths, places = [], [], []
    for answers, said, exact, f1, start, context in zip(
        table["answers"], table["prediction"], table["exact_match"], table["f1"],
        table["answer_start"], table["context"], strict=True,
    ):  # fmt: skip
        kinds.append(_kind(len(answers) > 0, said, exact, f1))
        lengths.append(_length(answers[0]) if len(answers) else _NONE)
        quarter = int(4 * start / max(len(context), 1))
        places.append(_PLACES[min(max(quarter, 0), 3)] if len(answers) else _NONE)
    return table.assign(
        question_word=[question_word(question) for question in table["question"]],
        answer_length=lengths,
        answer_position=places,
        kind=kinds,
    )


def answer_report(run, split: str = "test", *, by: str = "question_word") -> pd.DataFrame:
    """Exact match and F1 of each group of questions.

    Parameters
    ----------
    by : {'question_word', 'answer_length', 'answer_position', 'kind'}

    Returns
    -------
    pandas.DataFrame, one row a group, in their order (question words by their number)
        ``group``, ``questions``, ``exact_match`` with ``low`` and ``high`` (Wilson, 95 %), ``f1``.
    """
    import pandas as pd

    if by not in ANSWER_GROUPS:
        raise DataError(f"There is no grouping {by!r}.", nearest(by, ANSWER_GROUPS))
    errors = answer_errors(run, split)
    rows = []
    for name, group in errors.groupby(by, sort=True):
        hits, n = int(group["exact_match"].sum()), len(group)
        low, high = wilson_interval(hits, n)
        rows.append((name, n, hits / n, low, high, float(group["f1"].mean())))
    names = ["group", "questions", "exact_match", "low", "high", "f1"]
    report = pd.DataFrame(rows, columns=names)
    if by in _ORDERS:
        order = report["group"].map(_ORDERS[by].index)
        return report.iloc[np.argsort(order.to_numpy(), kind="stable")].reset_index(drop=True)
    return report.sort_values("questions", ascending=False, kind="stable", ignore_index=True)


def answer_intervals(
    run, split: str = "test", *, resamples: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """F1 and exact match of all questions.

    Returns
    -------
    pandas.DataFrame
        ``metric``, ``value``, ``low``, ``high`` (95 %: percentile bootstrap over questions;
        exact match: Wilson), ``method``.
    """
    table = _table(run, split)
    return task_for(table).intervals(table, resamples=resamples, seed=seed)


def _kind(answerable: bool, said: str, exact: float, f1: float) -> str:
    if exact:
        return "right"
    if not answerable:
        return "invented"
    if not said:
        return "missed"
    return "part" if f1 else "elsewhere"


def _length(answer: str) -> str:
    words = len(answer.split())
    return next((name for most, name in _LENGTHS if words <= most), _MORE)


def _table(run, split: str) -> pd.DataFrame:
    table = run.predictions(split) if hasattr(run, "predictions") else run
    if not len(table):
        raise DataError("The predictions table has no rows.", "Predict at least one question.")
    if not has_answers(table) or not task_for(table).labelled(table):
        raise DataError(
            "The predictions are not of questions with answers.",
            f"It needs a run of {task_registry.predicting('span')}.",
        )
    return table
