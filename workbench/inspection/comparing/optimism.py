"""How good the best of several trials is, and how much choosing it flatters.

The best of many validation scores is high by chance as well. How much is estimated without another
training: examples are drawn anew, the best is chosen by those that were drawn, and measured on
those that were not (Tsamardinos, Greasidou and Borboudakis, "Bootstrapping the out-of-sample
predictions for efficient and accurate cross-validation", 2018; the bias itself is Tibshirani and
Tibshirani's, "A bias correction for the minimum error rate in cross-validation", 2009).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import task_registry
from ...errors import RunError
from ...i18n import t
from ...intervals import drawn_rows, percentile_interval
from ...measures.sums import Sums
from ...task_words import metric_title
from ..predictions.errors import metric_intervals
from ..predictions.kinds import task_for
from .paired import aligned

if TYPE_CHECKING:
    import pandas as pd

    from ...training.searching.search import Search

RESAMPLES = 1000
FEWER = 100  # of a metric that has to be computed from the drawn rows themselves


@dataclass(frozen=True, repr=False)
class SearchOutcome:
    """What came out of a search.

    Attributes
    ----------
    table : pandas.DataFrame
        Index: ``validation`` (by which the trial was chosen), ``expected`` (what trials chosen so
        have on validation examples that they were not chosen by), ``test``. Columns: ``value``,
        ``low``, ``high`` (95 %; NaN where there is none), ``examples``.
    optimism : float
        ``validation`` minus ``expected``; of a metric that is better when lower, the other way.
    trial, candidates : int
        The number of the chosen trial, and how many finished ones there were to choose from.
    metric : str
    """

    table: pd.DataFrame
    optimism: float
    trial: int
    candidates: int
    metric: str
    task: str

    @property
    def said(self) -> str:
        """What the table says, in sentences."""
        validation, expected, test = (self.table.loc[name]
                                      for name in ("validation", "expected", "test"))  # fmt: skip
        parts = [
            t("search_outcome.chosen", trial=self.trial, of=self.candidates,
              metric=metric_title(self.metric, self.task), value=validation["value"],
              n=int(validation["examples"])),
            t("search_outcome.expected", value=expected["value"], optimism=self.optimism)
            if self.candidates > 1 else t("search_outcome.single"),
            t("search_outcome.test", value=test["value"], n=int(test["examples"])),
        ]  # fmt: skip
        if test["low"] == test["low"]:
            parts.append(t("search_outcome.interval", low=test["low"], high=test["high"]))
        return " ".join(parts)

    def __repr__(self) -> str:
        return f"<SearchOutcome: {self.said}>"


def search_outcome(search: Search, *, resamples: int = RESAMPLES, seed: int = 0) -> SearchOutcome:
    """How good the best trial of a search is: by validation, by what that flatters, on test.

    Trials that were stopped early have no predictions, and are not among those that are drawn: what
    choosing a checkpoint within a run flatters is not in it either.

    Parameters
    ----------
    search : Search
    resamples, seed : int
        Of the bootstrap.

    Raises
    ------
    RunError
        If no trial has finished.
    WorkbenchError
        If predictions cannot be read.
    """
    import pandas as pd

    best = search.best_trial()
    if best is None:
        raise RunError(t("search.none_done", search=search.name), t("search.none_done_remedy"))
    runs, metric = search.runs(), search.metric
    tables = aligned([run.predictions("validation") for run in runs])
    task = task_for(tables[0])
    lower = task_registry.is_minimised(metric, task.spec.name)
    drawn = chosen_anew(
        [_scores(task, table, metric) for table in tables], len(tables[0]), lower=lower,
        resamples=resamples if _sums(task, tables[0], metric) is not None else FEWER, seed=seed,
    )  # fmt: skip
    value, expected = float(best.value or 0.0), float(np.nanmean(drawn))
    run = search.run_of(best)
    test = run.metrics("test")
    rows = {
        "validation": (value, *_interval(run, "validation", metric), len(tables[0])),
        "expected": (expected, *percentile_interval(drawn), len(tables[0])),
        "test": (test[metric], *_interval(run, "test", metric), int(test["examples"])),
    }
    table = pd.DataFrame.from_dict(rows, orient="index",
                                   columns=["value", "low", "high", "examples"])  # fmt: skip
    optimism = expected - value if lower else value - expected
    return SearchOutcome(table, optimism, best.number, len(runs), metric, task.spec.name)


def chosen_anew(
    scores: Sequence[Callable[[np.ndarray], np.ndarray]], n: int, *, lower: bool, resamples: int,
    seed: int,
) -> np.ndarray:  # fmt: skip
    """Scores of what is chosen by drawn examples, on the examples that were not drawn.

    Parameters
    ----------
    scores : sequence of callable
        Of each trial: from how often each example counts, int, shape (draws, n), to its metric,
        shape (draws,).
    n : int
        Examples.
    lower : bool
        Whether lower scores are better.

    Returns
    -------
    ndarray of float64, shape (resamples,)
        NaN where every example was drawn, or the metric has no value.
    """
    found = []
    for rows in drawn_rows(n, resamples, seed):
        cells = rows + n * np.arange(len(rows))[:, None]
        counts = np.bincount(cells.ravel(), minlength=rows.size).reshape(rows.shape)
        inside = np.stack([score(counts) for score in scores])
        inside = np.where(np.isnan(inside), np.inf if lower else -np.inf, inside)
        chosen = inside.argmin(axis=0) if lower else inside.argmax(axis=0)
        left = (counts == 0).astype(np.int64)
        outside = np.stack([score(left) for score in scores])
        picked = outside[chosen, np.arange(len(rows))]
        found.append(np.where(left.any(axis=1), picked, np.nan))
    return np.concatenate(found)


def _scores(task: Any, table: pd.DataFrame, metric: str) -> Callable[[np.ndarray], np.ndarray]:
    """The metric of a table as a function of how often each of its rows counts."""
    found = _sums(task, table, metric)
    if found is not None:

        def by_sums(counts: np.ndarray) -> np.ndarray:
            n = counts.sum(axis=1).astype(float)
            with np.errstate(invalid="ignore", divide="ignore"):
                sums = counts.astype(float) @ found.parts
                return np.asarray(found.figures(sums, n)[metric], float)

        return by_sums

    from ...score_columns import score_columns, scored_names

    names = scored_names(score_columns(table.columns))

    def by_rows(counts: np.ndarray) -> np.ndarray:
        return np.array([
            task.metrics(table.iloc[np.repeat(np.arange(len(one)), one)], names)[metric]
            if one.any() else np.nan
            for one in counts
        ], float)  # fmt: skip

    return by_rows


def _sums(task: Any, table: pd.DataFrame, metric: str) -> Sums | None:
    """The metric as a function of sums over rows; None where it is no such."""
    found = task.sums(table)
    if found is not None and metric in found.figures(found.parts.sum(axis=0)[None], len(table)):
        return found
    if task.output == "class" and metric == "macro_f1":
        return _macro_f1(table)
    return None


def _macro_f1(table: pd.DataFrame) -> Sums:
    from ...tasks.text_classification.measures import macro_f1

    label, prediction = (table[name].to_numpy(object) for name in ("label", "prediction"))
    names = np.unique(np.concatenate([label, prediction]).astype(str))
    of, says = (values.astype(str)[:, None] == names for values in (label, prediction))
    parts = np.concatenate([of & says, of, says], axis=1).astype(float)
    return Sums(parts, lambda sums, n: {"macro_f1": macro_f1(*np.split(sums, 3, axis=1))})


def _interval(run: Any, split: str, metric: str) -> tuple[float, float]:
    found = metric_intervals(run, split).set_index("metric")
    if metric not in found.index:
        return float("nan"), float("nan")
    return float(found.loc[metric, "low"]), float(found.loc[metric, "high"])
