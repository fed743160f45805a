"""Errors of a tagger, entity by entity: found, missed, invented, of a wrong type or boundary."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ... import task_registry
from ...data.tags.tag_spans import tag_spans
from ...data.tags.words_in_text import joined
from ...errors import DataError
from ...intervals import wilson_interval
from ...tasks.token_classification.measures import are_of_words
from .kinds import kind_of, task_for

if TYPE_CHECKING:
    import pandas as pd

NONE = "(none)"
ENTITY_KINDS = ("right", "boundary", "type", "missed", "invented")


def is_tagged(predictions: pd.DataFrame) -> bool:
    """Whether a predictions table holds words with tags."""
    return kind_of(predictions) == "tags"


def entity_errors(run, split: str = "test") -> pd.DataFrame:
    """Every entity of label or prediction, with what became of it; of tags of words every word.

    An entity is first matched with one of the same words, then with one that shares words with it.

    Parameters
    ----------
    run : Run or pandas.DataFrame
        A run, or a predictions table (``tokens``, ``label``, ``prediction``).

    Returns
    -------
    pandas.DataFrame
        ``example`` (position in the predictions table), ``label`` and ``prediction`` (types, or
        ``(none)``), ``label_text`` and ``prediction_text``, ``kind``: ``right``; ``boundary`` (the
        type is right, the words are not all); ``type`` (another type, words shared); ``missed``;
        ``invented``.

    Raises
    ------
    DataError
        If the predictions are not of tags.
    """
    import pandas as pd

    table = _table(run, split)
    plain = are_of_words(table)
    rows = []
    for number, (tokens, label, prediction) in enumerate(
        zip(table["tokens"], table["label"], table["prediction"], strict=True)
    ):
        spans = (tag_spans(list(tags), plain=plain) for tags in (label, prediction))
        for wanted, found in match(*spans):
            rows.append(
                (number, wanted[0] if wanted else NONE, found[0] if found else NONE,
                 _words(tokens, wanted), _words(tokens, found), _kind(wanted, found))
            )  # fmt: skip
    names = ["example", "label", "prediction", "label_text", "prediction_text", "kind"]
    return pd.DataFrame(rows, columns=names)


def entity_confusion(run, split: str = "test") -> pd.DataFrame:
    """Entities by type of the label (rows) and of the prediction (columns).

    ``(none)`` is the column of what was missed and the row of what was invented. A wrong boundary
    is counted under its type: this table is of types alone.
    """
    import pandas as pd

    errors = entity_errors(run, split)
    names = [*sorted((set(errors["label"]) | set(errors["prediction"])) - {NONE}), NONE]
    counts = pd.crosstab(errors["label"], errors["prediction"])
    counts = counts.reindex(index=names, columns=names, fill_value=0).astype(int)
    return counts.rename_axis(index="label", columns="prediction")


def entity_report(run, split: str = "test") -> pd.DataFrame:
    """Precision, recall and F1 of each type, the lowest F1 first; seqeval's numbers.

    Returns
    -------
    pandas.DataFrame, one row a type
        ``class``, ``support`` (entities of the label), ``precision``, ``recall``, ``f1`` with
        ``_low`` and ``_high`` each (95 %: Wilson's; of F1 from Wilson's for F1 / (2 - F1)).
    """
    import pandas as pd

    errors = entity_errors(run, split)
    rows = []
    for name in sorted((set(errors["label"]) | set(errors["prediction"])) - {NONE}):
        support = int((errors["label"] == name).sum())
        predicted = int((errors["prediction"] == name).sum())
        hits = int(((errors["label"] == name) & (errors["kind"] == "right")).sum())
        row: dict = {"class": name, "support": support, "errors": support - hits}
        for measure, trials in (("precision", predicted), ("recall", support)):
            row[measure] = hits / trials if trials else math.nan
            row[f"{measure}_low"], row[f"{measure}_high"] = wilson_interval(hits, trials)
        row["f1"] = 2 * hits / (support + predicted)
        low, high = wilson_interval(hits, support + predicted - hits)
        row["f1_low"], row["f1_high"] = 2 * low / (1 + low), 2 * high / (1 + high)
        rows.append(row)
    return pd.DataFrame(rows).sort_values("f1", kind="stable", ignore_index=True)


def entity_intervals(
    run, split: str = "test", *, resamples: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """Precision, recall and F1 of all entities; of tags of words accuracy and macro-F1.

    Returns
    -------
    pandas.DataFrame
        ``metric``, ``value``, ``low``, ``high`` (percentile bootstrap over sentences, 95 %),
        ``method``.
    """
    table = _table(run, split)
    return task_for(table).intervals(table, resamples=resamples, seed=seed)


Span = tuple[str, int, int]


def match(labels: list[Span], predictions: list[Span]) -> list[tuple[Span | None, Span | None]]:
    """Pairs of label and prediction: the same words first, then those that share most words.

    Examples
    --------
    >>> match([("per", 0, 2), ("loc", 3, 4)], [("per", 0, 1), ("org", 5, 6)])
    [(('per', 0, 2), ('per', 0, 1)), (('loc', 3, 4), None), (None, ('org', 5, 6))]
    """
    shared = [
        (min(a[2], b[2]) - max(a[1], b[1]), a[1:] == b[1:], a[0] == b[0], i, j)
        for i, a in enumerate(labels)
        for j, b in enumerate(predictions)
        if min(a[2], b[2]) > max(a[1], b[1])
    ]
    shared.sort(key=lambda pair: (-pair[1], -pair[0], -pair[2], pair[3], pair[4]))
    partner: dict[int, int] = {}
    for *_, i, j in shared:
        if i not in partner and j not in partner.values():
            partner[i] = j
    pairs: list[tuple[Span | None, Span | None]] = [
        (span, predictions[partner[i]] if i in partner else None) for i, span in enumerate(labels)
    ]
    taken = set(partner.values())
    return pairs + [(None, span) for j, span in enumerate(predictions) if j not in taken]


def _kind(wanted: Span | None, found: Span | None) -> str:
    if found is None:
        return "missed"
    if wanted is None:
        return "invented"
    if wanted[0] != found[0]:
        return "type"
    return "right" if wanted == found else "boundary"


def _words(tokens, span: Span | None) -> str:
    return "" if span is None else joined(tokens[span[1] : span[2]])


def _table(run, split: str = "test") -> pd.DataFrame:
    table = run.predictions(split) if hasattr(run, "predictions") else run
    if not len(table):
        raise DataError("The predictions table has no rows.", "Predict at least one example.")
    if not is_tagged(table) or not task_for(table).labelled(table):
        raise DataError(
            "The predictions are not of tags with labels.",
            f"Entities need a run of {task_registry.predicting('tags')}.",
        )
    return table
