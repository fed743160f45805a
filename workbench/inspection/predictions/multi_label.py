"""Errors of a multi-label classifier: labels that were missed or invented, and in which texts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ... import task_registry
from ...data.label_sets import labels_text as labels_text
from ...errors import DataError, nearest
from ...intervals import wilson_interval
from ...tasks.multi_label_classification.measures import label_set_intervals as measured
from .kinds import kind_of, task_for
from .thresholds import curve_of

if TYPE_CHECKING:
    import pandas as pd



def is_multi_label(predictions: pd.DataFrame) -> bool:
    """Whether a predictions table holds sets of labels."""
    return kind_of(predictions) == "labels"


@dataclass(frozen=True)
class LabelSets:
    """Labels, predictions and scores of ``n`` examples as arrays of shape (n, n_labels)."""

    table: pd.DataFrame
    names: list[str]
    truth: np.ndarray  # bool
    guess: np.ndarray  # bool
    scores: np.ndarray  # float64, each between 0 and 1
    thresholds: np.ndarray  # float64 (n_labels,), NaN where they are not known

    @property
    def missed(self) -> np.ndarray:
        """Labels that the prediction lacks, bool (n, n_labels)."""
        return self.truth & ~self.guess

    @property
    def invented(self) -> np.ndarray:
        """Labels that only the prediction has, bool (n, n_labels)."""
        return self.guess & ~self.truth

    def id_of(self, name: str) -> int:
        """Column of a label; DataError when there is none of this name."""
        if name not in self.names:
            raise DataError(f"There is no label {name!r}.", nearest(name, self.names))
        return self.names.index(name)


def label_sets(run, split: str = "test") -> LabelSets:
    """The predictions of a multi-label run, or a predictions table, as arrays.

    Raises
    ------
    DataError
        If there are no rows, no labels, no scores, or one class an example.
    """
    from ...data.multi_label import multi_hot
    from ...tasks.multi_label_classification.task import scores_of
    from ...tasks.shared import decisions

    of_run = hasattr(run, "predictions")
    table = run.predictions(split) if of_run else run
    if not len(table):
        raise DataError("The predictions table has no rows.", "Predict at least one example.")
    if not is_multi_label(table) or not task_for(table).labelled(table):
        raise DataError(
            "The predictions are not of sets of labels.",
            f"This needs labelled examples of a run of {task_registry.predicting('labels')}.",
        )
    names, scores = scores_of(table)
    settled = (decisions.kept(run.settled_path) if of_run else None) or {}
    limits = settled.get("thresholds", {})
    return LabelSets(
        table,
        names,
        multi_hot(table["label"], names) > 0,
        multi_hot(table["prediction"], names) > 0,
        scores,
        np.asarray([limits.get(name, math.nan) for name in names], float),
    )


def label_set_report(run, split: str = "test") -> pd.DataFrame:
    """Precision, recall, F1 and threshold of each label, the lowest F1 first.

    Parameters
    ----------
    run : Run, pandas.DataFrame or LabelSets

    Returns
    -------
    pandas.DataFrame, n_labels rows
        ``class``, ``support`` (examples that have it), ``missed``, ``invented``, ``threshold`` (NaN
        without a run), ``precision``, ``recall``, ``f1`` with ``_low`` and ``_high`` each (95 %:
        Wilson's; of F1 from Wilson's for F1 / (2 - F1)). The F1 of a label that neither occurs nor
        is predicted is NaN.
    """
    import pandas as pd

    data = _data(run, split)
    rows = []
    for number, name in enumerate(data.names):
        truth, guess = data.truth[:, number], data.guess[:, number]
        hits, support, predicted = int((truth & guess).sum()), int(truth.sum()), int(guess.sum())
        row: dict = {
            "class": name, "support": support, "missed": support - hits,
            "invented": predicted - hits, "threshold": float(data.thresholds[number]),
        }  # fmt: skip
        for measure, trials in (("precision", predicted), ("recall", support)):
            row[measure] = hits / trials if trials else math.nan
            row[f"{measure}_low"], row[f"{measure}_high"] = wilson_interval(hits, trials)
        row["f1"] = 2 * hits / (support + predicted) if support + predicted else math.nan
        low, high = wilson_interval(hits, support + predicted - hits)
        row["f1_low"], row["f1_high"] = 2 * low / (1 + low), 2 * high / (1 + high)
        rows.append(row)
    return pd.DataFrame(rows).sort_values(
        "f1", kind="stable", na_position="first", ignore_index=True
    )


def label_set_errors(
    run, split: str = "test", *, label: str | None = None, kind: str | None = None
) -> pd.DataFrame:
    """Every label that was missed or invented, the surest mistake first.

    Parameters
    ----------
    run : Run, pandas.DataFrame or LabelSets
    label : str, optional
        Only this label.
    kind : {'missed', 'invented'}, optional

    Returns
    -------
    pandas.DataFrame
        ``example`` (position in the predictions table), ``label``, ``kind``, ``score``, ``text``.
        A missed label is the surer a mistake the lower its score is, an invented one the higher.
    """
    import pandas as pd

    data = _data(run, split)
    if kind not in (None, "missed", "invented"):
        raise DataError(f"There is no kind {kind!r}.", "Take 'missed' or 'invented'.")
    wanted = range(len(data.names)) if label is None else [data.id_of(label)]
    texts = data.table["text"].to_numpy()
    rows = []
    for name, wrong in (("missed", data.missed), ("invented", data.invented)):
        if kind in (None, name):
            rows += [
                (int(i), data.names[j], name, float(data.scores[i, j]), texts[i])
                for j in wanted
                for i in np.flatnonzero(wrong[:, j])
            ]
    table = pd.DataFrame(rows, columns=["example", "label", "kind", "score", "text"])
    sure = np.where(table["kind"] == "missed", 1 - table["score"], table["score"])
    order = np.argsort(-sure.astype(float), kind="stable")
    return table.iloc[order].reset_index(drop=True)


def label_threshold_curve(run, split: str = "test", *, label: str) -> pd.DataFrame:
    """Precision, recall and F1 of one label at each threshold.

    Parameters
    ----------
    run : Run, pandas.DataFrame or LabelSets

    Returns
    -------
    pandas.DataFrame, a row a distinct score, the highest first
        As :func:`workbench.inspection.threshold_curve`. ``attrs["threshold"]`` is the one that the
        run decides by, which its validation examples chose; NaN where it is not known.

    Raises
    ------
    DataError
        If no example, or every example, has the label.
    """
    data = _data(run, split)
    column = data.id_of(label)
    truth = data.truth[:, column]
    if truth.all() or not truth.any():
        raise DataError(
            f"{'Every' if truth.all() else 'No'} example has the label {label!r}, so there is no "
            "threshold to choose.",
            "Choose another label.",
        )
    curve = curve_of(truth, data.scores[:, column])
    curve.attrs["threshold"] = float(data.thresholds[column])
    return curve


def label_set_confusions(run, split: str = "test", *, n: int | None = 10) -> pd.DataFrame:
    """Labels that were missed where another one was invented in the same text.

    Returns
    -------
    pandas.DataFrame, the most frequent first
        ``label`` (missed), ``prediction`` (invented), ``examples``, ``share`` (of the texts that
        have the label).
    """
    import pandas as pd

    data = _data(run, split)
    counts = data.missed.T.astype(np.int64) @ data.invented.astype(np.int64)
    support = data.truth.sum(axis=0)
    rows = [
        (data.names[i], data.names[j], int(counts[i, j]), counts[i, j] / support[i])
        for i, j in zip(*np.nonzero(counts), strict=True)
    ]
    table = pd.DataFrame(rows, columns=["label", "prediction", "examples", "share"])
    table = table.sort_values("examples", ascending=False, kind="stable", ignore_index=True)
    return table if n is None else table.head(n)


def label_set_intervals(
    run, split: str = "test", *, resamples: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """Macro-F1, micro-F1, subset accuracy and Hamming loss with 95 % intervals.

    Returns
    -------
    pandas.DataFrame, four rows
        ``metric``, ``value``, ``low``, ``high``, ``method``: Wilson's interval of the subset
        accuracy, the percentile bootstrap over examples (Efron, 1979) of the others, whose
        decisions are not independent within a text.
    """
    data = _data(run, split)
    return measured(data.truth, data.guess, resamples, seed)


def _data(run, split: str) -> LabelSets:
    return run if isinstance(run, LabelSets) else label_sets(run, split)
