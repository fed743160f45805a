"""Two runs on one test set: what differs, by how much, for which examples; and their ensemble."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DataError
from .errors import _predictions, class_names, per_class_errors
from .multi_label import refuse_sets
from .scores import Scored, scored

if TYPE_CHECKING:
    import pandas as pd

RESAMPLES = 2000


@dataclass(frozen=True)
class Comparison:
    """What two runs say of the same examples.

    Attributes
    ----------
    metrics : pandas.DataFrame, a row a metric
        ``metric`` (accuracy, macro_f1), ``first``, ``second``, ``difference`` (second minus
        first) with its 95 % paired bootstrap interval ``low``, ``high``.
    flips : pandas.DataFrame
        Examples that only one run has right: ``text``, ``label``, ``first``, ``second`` (their
        predictions), ``change`` ("mended" by the second or "broken" by it); its index is the
        position in the predictions.
    mcnemar_p : float
        Exact two-sided p-value of McNemar's test: how often chance alone splits the flips so.
    classes : pandas.DataFrame, a row a class
        ``class``, ``support``, ``first``, ``second`` (F1), ``difference``.
    agreement : float
        Share of examples on which both predict the same class.
    kappa : float
        That agreement beyond chance (Cohen); NaN when both predict one class only.
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
        return (
            f"<Comparison: accuracy {row['difference']:+.3f} ({row['low']:+.3f} to "
            f"{row['high']:+.3f}), {len(self.mended)} mended, {len(self.broken)} broken, "
            f"McNemar p {self.mcnemar_p:.3g}>"
        )


def compare_runs(
    first, second, split: str = "test", *, resamples: int = RESAMPLES, seed: int = 0
) -> Comparison:
    """Compare two runs, or predictions tables, example by example.

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
    from scipy.stats import binomtest

    a, b = _aligned([first, second], split)
    mended, broken = b.right & ~a.right, a.right & ~b.right
    changed = np.flatnonzero(mended | broken)
    flips = a.table.iloc[changed][["text", "label"]].assign(
        first=a.table["prediction"].to_numpy()[changed],
        second=b.table["prediction"].to_numpy()[changed],
        change=np.where(mended[changed], "mended", "broken"),
    )
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
        mcnemar_p=float(binomtest(int(mended.sum()), len(changed)).pvalue) if len(changed) else 1.0,
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
    return pd.DataFrame(rows, columns=["field", "first", "second"])


def ensemble(
    runs: Sequence, split: str = "test", *, weights: Sequence[float] | None = None
) -> pd.DataFrame:
    """The mean of several runs' scores, as a predictions table (a soft vote).

    Parameters
    ----------
    runs : sequence of Run or predictions tables
    weights : sequence of float, optional
        Of the runs; equal when not given.

    Returns
    -------
    pandas.DataFrame
        ``text``, ``pair`` where there is one, ``label``, ``prediction``, ``loss``,
        ``score_<class>``; what every view takes.
    """
    if len(runs) < 2:
        raise DataError(f"An ensemble of {len(runs)} runs was asked for.", "Give two at least.")
    members = _aligned(runs, split)
    share = np.ones(len(members)) if weights is None else np.asarray(weights, float)
    if len(share) != len(members) or (share < 0).any() or not 0 < share.sum() < math.inf:
        raise DataError(
            f"weights is {list(share)!r} for {len(members)} runs.",
            "Give a weight of at least 0 for each run, not all of them 0.",
        )
    scores = np.tensordot(share / share.sum(), np.stack([m.scores for m in members]), axes=1)
    first = members[0]
    table = first.table.copy()
    table["prediction"] = np.asarray(first.names, dtype=object)[scores.argmax(axis=1)]
    picked = scores[np.arange(len(first.labels)), first.labels]
    table["loss"] = -np.log(np.maximum(picked, 1e-300))
    table[[f"score_{name}" for name in first.names]] = scores
    return table


def _aligned(runs: Sequence, split: str) -> list[Scored]:
    """The runs' predictions with rows and classes in the order of the first run's."""
    tables = [_predictions(run, split).reset_index(drop=True) for run in runs]
    for table in tables:
        refuse_sets(table)
    names = class_names(tables[0])
    keys = [c for c in ("text", "pair", "label") if c in tables[0].columns]
    wanted = tables[0][keys].assign(copy=tables[0].groupby(keys, dropna=False).cumcount())
    members = []
    for number, table in enumerate(tables):
        if set(class_names(table)) != set(names):
            other = sorted(set(class_names(table)) ^ set(names))
            raise DataError(
                f"The runs have not the same classes (only one has {other[0]!r}).",
                "Compare runs of one task on one dataset.",
            )
        if number and not table[keys].equals(tables[0][keys]):
            table = _reordered(table, wanted, keys, number)
        members.append(scored(table[[*table.columns.difference(_scores(names)), *_scores(names)]]))
    return members


def _reordered(table: pd.DataFrame, wanted: pd.DataFrame, keys: list[str], number: int):
    missing = [c for c in keys if c not in table.columns]
    mine = None if missing else table.assign(copy=table.groupby(keys, dropna=False).cumcount())
    merged = None if missing else wanted.merge(mine, on=[*keys, "copy"], how="left", indicator=True)
    if missing or len(table) != len(wanted) or (merged["_merge"] != "both").any():
        if missing:
            reason = f"one has no {missing[0]!r}"
        else:
            known = set(table["text"])
            shared = sum(text in known for text in wanted["text"])
            reason = (
                f"{len(wanted):,} and {len(table):,} examples, {shared:,} texts of the first "
                "occur in both"
                if shared < len(wanted) or len(table) != len(wanted)
                else "the texts are the same and the labels differ"
            )
        raise DataError(
            f"The runs were tested on different examples: {reason}.",
            "A difference would mean nothing; train both with one split and one test set.",
        )
    return merged.drop(columns=["copy", "_merge"])


def _scores(names: list[str]) -> list[str]:
    return [f"score_{name}" for name in names]


def _differences(a: Scored, b: Scored, resamples: int, seed: int) -> pd.DataFrame:
    """Accuracy and macro-F1 of both; the same examples are drawn for both in each resample."""
    import pandas as pd

    k, n = len(a.names), len(a.labels)
    rng = np.random.default_rng(seed)
    joint = (a.labels * k + a.predictions) * k + b.predictions
    cells, counts = np.unique(joint, return_counts=True)
    drawn = np.vstack([counts, rng.multinomial(n, counts / n, size=resamples)])
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
        low, high = np.percentile((two - one)[1:], [2.5, 97.5])
        rows.append((metric, one[0], two[0], two[0] - one[0], low, high))
    return pd.DataFrame(rows, columns=["metric", "first", "second", "difference", "low", "high"])


def _sums(values: np.ndarray, groups: np.ndarray, k: int) -> np.ndarray:
    """Sums of the columns of each group, (n, cells) -> (n, k)."""
    pick = np.zeros((len(groups), k))
    pick[np.arange(len(groups)), groups] = 1
    return values @ pick
