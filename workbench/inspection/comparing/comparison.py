"""Two runs on one test set: what differs, by how much, for which examples; and their ensemble."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import DataError, WorkbenchError
from ...i18n import t
from ...intervals import drawn_counts, mcnemar, percentile_interval
from ...measures.sums import differences
from ...task_words import called
from ..predictions.class_reports import class_report
from ..predictions.errors import per_class_errors
from ..predictions.kinds import kind_of, task_for
from ..predictions.scores import Scored

if TYPE_CHECKING:
    import pandas as pd

from .same_examples import aligned_tables, scored_tables

RESAMPLES = 2000
MOVES = 100  # predictions of numbers that are listed


@dataclass(frozen=True)
class Comparison:
    """What two runs say of the same examples.

    Attributes
    ----------
    metrics : pandas.DataFrame, a row a metric
        ``metric`` (of classes accuracy and macro_f1, else the task's), ``first``, ``second``,
        ``difference`` (second minus first) with its 95 % paired bootstrap interval ``low``,
        ``high``.
    flips : pandas.DataFrame
        Examples that only one run has right: ``text``, ``label``, ``first``, ``second`` (their
        predictions), ``change`` ("mended" by the second or "broken" by it); its index is the
        position in the predictions. Of numbers, which are only near, the 100 whose error changed
        most; ``change`` is then "nearer" or "further". Of texts that are learnt themselves, which
        have no label, ``first`` and ``second`` are their losses, and ``change`` is "better" or
        "worse".
    mcnemar_p : float
        Exact two-sided p-value of McNemar's test: how often chance alone splits the flips so; NaN
        of numbers.
    classes : pandas.DataFrame, a row a class, label or type of entity
        ``class``, ``support``, ``first``, ``second`` (F1), ``difference``; no row where there are
        none, or where ``attrs["left_out"]`` says why they could not be told.
    agreement : float
        Share of examples of which both say the same; NaN where nothing is said of them.
    kappa : float
        That agreement beyond chance (Cohen); NaN when both predict one class only, and where there
        are no classes.
    examples : int
    """

    metrics: pd.DataFrame
    flips: pd.DataFrame
    mcnemar_p: float
    classes: pd.DataFrame
    agreement: float
    kappa: float
    examples: int

    @property
    def mended(self) -> pd.DataFrame:
        """Examples that only the second run has right."""
        return self.flips[self.flips["change"] == "mended"]

    @property
    def broken(self) -> pd.DataFrame:
        """Examples that only the first run has right."""
        return self.flips[self.flips["change"] == "broken"]

    def __repr__(self) -> str:
        row = self.metrics.iloc[0]
        said = f"{row['metric']} {row['difference']:+.3f} ({row['low']:+.3f} to {row['high']:+.3f})"
        if math.isnan(self.mcnemar_p):
            return f"<Comparison: {said}>"
        return (
            f"<Comparison: {said}, {len(self.mended)} mended, {len(self.broken)} broken, "
            f"McNemar p {self.mcnemar_p:.3g}>"
        )


def compare_runs(
    first, second, split: str = "test", *, resamples: int = RESAMPLES, seed: int = 0
) -> Comparison:
    """Compare two runs of one task, or predictions tables, example by example.

    Raises
    ------
    DataError
        If they were not tested on the same examples with the same labels, with the reason.

    Notes
    -----
    B. Efron, "Bootstrap methods", 1979; Q. McNemar, "Note on the sampling error of the difference
    between correlated proportions", 1947.
    """
    import pandas as pd

    tables = aligned_tables([first, second], split)
    if kind_of(tables[0]) != "class":
        return _compared(*tables, resamples, seed)
    a, b = scored_tables(tables)
    flips = _flips(a.table, b.table, a.right, b.right)
    per_class = [
        per_class_errors(data.table).set_index("class").loc[a.names, ["support", "f1"]]
        for data in (a, b)
    ]
    classes = pd.DataFrame(
        {
            "class": a.names,
            "support": per_class[0]["support"].to_numpy(),
            "first": per_class[0]["f1"].to_numpy(),
            "second": per_class[1]["f1"].to_numpy(),
        }
    )
    classes["difference"] = classes["second"] - classes["first"]
    same = float((a.predictions == b.predictions).mean())
    k = len(a.names)
    shares = [np.bincount(d.predictions, minlength=k) / len(a.labels) for d in (a, b)]
    chance = float(shares[0] @ shares[1])
    return Comparison(
        metrics=_differences(a, b, resamples, seed),
        flips=flips,
        mcnemar_p=_mcnemar(flips),
        classes=classes.sort_values("difference", kind="stable", ignore_index=True),
        agreement=same,
        kappa=(same - chance) / (1 - chance) if chance < 1 else math.nan,
        examples=len(a.labels),
    )


def recipe_difference(first: Any, second: Any) -> pd.DataFrame:
    """Fields in which two runs' recipes (or recipes) differ: ``field``, ``first``, ``second``."""
    import pandas as pd

    ours, theirs = (getattr(source, "recipe", source).to_dict() for source in (first, second))
    rows = [(name, ours[name], theirs[name]) for name in ours if ours[name] != theirs[name]]
    return pd.DataFrame(rows, columns=["field", "first", "second"], dtype=object)


def _compared(
    first: pd.DataFrame, second: pd.DataFrame, resamples: int, seed: int
) -> Comparison:
    """The comparison of predictions that are not one class an example."""
    task = task_for(first)
    sums = [task.sums(table) for table in (first, second)]
    if sums[0] is None or sums[1] is None:
        raise DataError(
            t("predictions.no_sums", task=called(task.spec)), t("predictions.of_its_task")
        )
    shown = task.readable(first), task.readable(second)
    wrong = [task.wrong(table) for table in (first, second)]
    learnt = task.spec.prediction_table.truth == "text"  # the text itself: nothing is said of it
    judged = wrong[0] is not None and wrong[1] is not None
    if judged:
        flips = _flips(*shown, *(~one.to_numpy(bool) for one in wrong))
    else:
        flips = _moves(*shown, *map(task.distance, (first, second)))
    return Comparison(
        metrics=differences(*sums, resamples, seed),
        flips=flips,
        mcnemar_p=_mcnemar(flips) if judged else math.nan,
        classes=_classes(first, second),
        agreement=math.nan if learnt else float(
            (shown[0]["prediction"] == shown[1]["prediction"]).mean()),
        kappa=math.nan,
        examples=len(first),
    )


def _classes(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """F1 of each label or type in both; a type that one does not know has NaN there."""
    import pandas as pd

    names = ["class", "support", "first", "second", "difference"]
    try:
        reports = [class_report(table) for table in (first, second)]
    except WorkbenchError as error:  # the rest is compared all the same
        none = pd.DataFrame(columns=names)
        none.attrs["left_out"] = str(error)
        return none
    if reports[0] is None:
        return pd.DataFrame(columns=names)
    one, two = (report.set_index("class") for report in reports)
    both = pd.DataFrame({"first": one["f1"], "second": two["f1"]})
    both["support"] = one["support"].reindex(both.index).fillna(0).astype(int)
    both["difference"] = both["second"] - both["first"]
    both = both.rename_axis("class").reset_index()[names]
    return both.sort_values("difference", kind="stable", ignore_index=True)


def _flips(
    first: pd.DataFrame, second: pd.DataFrame, was: np.ndarray, now: np.ndarray
) -> pd.DataFrame:
    """Examples that one has right, from readable tables and who is right where."""
    changed = np.flatnonzero(was != now)
    return first.iloc[changed][_read(first)].assign(
        first=first["prediction"].to_numpy()[changed],
        second=second["prediction"].to_numpy()[changed],
        change=np.where(now[changed], "mended", "broken"),
    )


def _moves(
    first: pd.DataFrame, second: pd.DataFrame, before: pd.Series | None, after: pd.Series | None
) -> pd.DataFrame:
    """Examples whose distance from the label changed most, from readable tables."""
    if before is None or after is None:  # nothing says how near a prediction is
        before = after = first["prediction"].iloc[:0]
    was, now = before.to_numpy(float), after.to_numpy(float)
    most = np.argsort(-np.abs(now - was), kind="stable")[:MOVES]
    said = first["prediction"].to_numpy(), second["prediction"].to_numpy()
    words = "nearer", "further"
    if "label" not in first.columns:  # texts that are learnt: what each costs is all that is known
        said, words = (was, now), ("better", "worse")
    return first.iloc[most][_read(first)].assign(
        first=said[0][most],
        second=said[1][most],
        change=np.where(now[most] < was[most], *words),
    )


def _read(table: pd.DataFrame) -> list[str]:
    return [name for name in ("text", "label") if name in table.columns]


def _mcnemar(flips: pd.DataFrame) -> float:
    mended = int((flips["change"] == "mended").sum())
    return mcnemar(mended, len(flips) - mended)


def _differences(a: Scored, b: Scored, resamples: int, seed: int) -> pd.DataFrame:
    """Accuracy and macro-F1 of both; the same examples are drawn for both in each resample."""
    import pandas as pd

    k, n = len(a.names), len(a.labels)
    joint = (a.labels * k + a.predictions) * k + b.predictions
    cells, counts = np.unique(joint, return_counts=True)
    drawn = np.vstack([counts, *drawn_counts(counts, resamples, seed)])
    label, first, second = cells // (k * k), cells // k % k, cells % k
    found = {}
    for name, predicted in (("first", first), ("second", second)):
        hit = label == predicted
        right = _sums(drawn * hit, label, k)
        both = _sums(drawn, label, k) + _sums(drawn, predicted, k)
        occurs = both > 0
        f1 = np.divide(2 * right, both, out=np.zeros(right.shape), where=occurs)
        found[name] = {
            "accuracy": (drawn * hit).sum(axis=1) / n,
            "macro_f1": f1.sum(axis=1) / occurs.sum(axis=1),
        }
    rows = []
    for metric in ("accuracy", "macro_f1"):
        one, two = found["first"][metric], found["second"][metric]
        low, high = percentile_interval((two - one)[1:])
        rows.append((metric, one[0], two[0], two[0] - one[0], low, high))
    return pd.DataFrame(rows, columns=["metric", "first", "second", "difference", "low", "high"])


def _sums(values: np.ndarray, groups: np.ndarray, k: int) -> np.ndarray:
    """Sums of the columns of each group, (n, cells) -> (n, k)."""
    pick = np.zeros((len(groups), k))
    pick[np.arange(len(groups)), groups] = 1
    return values @ pick
