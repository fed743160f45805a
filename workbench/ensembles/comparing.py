"""What an ensemble gains over its members, with intervals, and what it costs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DataError, WorkbenchError, nearest
from ..i18n import t
from ..intervals import drawn_sums, percentile_interval
from ..measures.sums import Sums
from ..score_columns import scored_names
from ..tasks.text_classification.measures import macro_f1
from ..training.predicting.joining import check_joinable
from ..training.predicting.voter import Joining
from .choosing import decisive, ranked, score
from .gathering import gather
from .joint import WAYS, Joint
from .members import Members

if TYPE_CHECKING:
    import pandas as pd

RESAMPLES = 2000
SUBSETS = 30  # of one size, that a picture of the gain is drawn of
MEAN = "mean of the members"


def compared(
    members: Any,
    ways: Sequence[str] = WAYS,
    split: str = "test",
    *,
    metric: str | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> pd.DataFrame:
    """Each member, their mean, and each way of joining them, on the same rows.

    Parameters
    ----------
    members : Members, or what :func:`.gathering.gather` takes
    ways : sequence of str
        Of :data:`workbench.ensembles.WAYS`. One that does not fit is left out, and
        ``attrs["left_out"]`` says why.
    split : str
    metric : str, optional
        One of the task's that can be drawn, or ``loss``; the one that decides where it is left out.
    resamples, seed : int
        Of the paired bootstrap: the same rows are drawn for all.

    Returns
    -------
    pandas.DataFrame, a row a member, then their mean, then a row a way
        ``name``, ``kind`` ("member", "mean", "ensemble"), the metric, ``loss``; of ensembles
        ``over_mean``, ``over_mean_low``, ``over_mean_high``: what is gained over the mean of the
        members, with its 95 % interval; ``over_best``, ``over_best_low``, ``over_best_high``: over
        the member that is best on the validation rows (NaN where there are none). ``models`` that
        read each row, ``megabytes`` of weights, ``training_seconds`` of all that it took, and
        ``seconds`` that the rows took. A gain is a difference in the metric: of a loss a good one
        is below 0. ``attrs`` has ``metric``, ``best`` (the member's name), ``said`` and
        ``left_out`` (way to sentence).

    Raises
    ------
    DataError
        If the metric cannot be drawn.
    """
    import pandas as pd

    found = gather(members)
    name = metric or decisive(found)[0]
    made, left = dict[str, Joint](), dict[str, str]()
    for way in ways:
        try:
            made[way] = Joint.of(found, way)
        except WorkbenchError as error:
            if way not in WAYS:
                raise
            left[way] = str(error)
    tables = [found.alone(number, split) for number in range(len(found))]
    tables += [one.predictions(split) for one in made.values()]
    drawn, plain = _figures(found.task, tables, name, resamples, seed)
    n = len(found)
    losses = [_loss(table) for table in tables]
    best = None if found.why_not else ranked(found)[0][0]
    seconds = found.seconds.get(split, [math.nan] * n)
    trained = _training_seconds(found)
    each = [one.megabytes for one in found.listed]
    rows = [
        {"name": one.name, "kind": "member", name: plain[number], "loss": losses[number],
         "models": 1, "megabytes": each[number], "training_seconds": trained[number],
         "seconds": seconds[number]}
        for number, one in enumerate(found.listed)
    ]  # fmt: skip
    rows.append({"name": MEAN, "kind": "mean", name: float(np.mean(plain[:n])),
                 "loss": float(np.mean(losses[:n])), "models": 1, "megabytes": float(np.mean(each)),
                 "training_seconds": float(np.mean(trained)),
                 "seconds": float(np.mean(seconds))})  # fmt: skip
    whole = sum(trained) if len({one.run.path for one in found.listed}) > 1 else trained[0]
    for number, (way, one) in enumerate(made.items(), n):
        row = {"name": way, "kind": "ensemble", name: plain[number], "loss": losses[number],
               "models": len(one.answering), "training_seconds": whole,
               "megabytes": sum(part.megabytes for part in one.answering.listed),
               "seconds": float(np.sum(one.answering.seconds.get(split, math.nan)))}  # fmt: skip
        row |= _gain("over_mean", drawn[number] - drawn[:n].mean(axis=0),
                     plain[number] - np.mean(plain[:n]))  # fmt: skip
        if best is not None:
            row |= _gain("over_best", drawn[number] - drawn[best], plain[number] - plain[best])
        rows.append(row)
    columns = ["name", "kind", name, "loss", "over_mean", "over_mean_low", "over_mean_high",
               "over_best", "over_best_low", "over_best_high", "models", "megabytes",
               "training_seconds", "seconds"]  # fmt: skip
    table = pd.DataFrame(rows).reindex(columns=list(dict.fromkeys(columns)))
    said = {way: one.said for way, one in made.items() if one.said}
    table.attrs |= {"metric": name, "best": "" if best is None else found.names[best],
                    "left_out": left, "said": said}  # fmt: skip
    return table


def _gain(name: str, drawn: np.ndarray, value: float) -> dict[str, float]:
    low, high = percentile_interval(drawn)
    return {name: float(value), f"{name}_low": float(low), f"{name}_high": float(high)}


def _loss(table: pd.DataFrame) -> float:
    return float(table["loss"].mean()) if "loss" in table else math.nan


def _training_seconds(members: Members) -> list[float]:
    """Of each member's run; the snapshots of one run share its time."""
    return [float(one.run.results().get("training_seconds") or math.nan) for one in members.listed]


def _figures(
    task: Any, tables: Sequence[pd.DataFrame], metric: str, resamples: int, seed: int
) -> tuple[np.ndarray, list[float]]:
    """The metric of each table in each resample, (tables, resamples), and as they are."""
    sums = [_sums(task, table) for table in tables]
    n = len(sums[0].parts)
    plain = [one.figures(one.parts.sum(axis=0)[None], n) for one in sums]
    if metric not in plain[0]:
        raise DataError(t("ensembles.no_metric", metric=repr(metric)), nearest(metric, plain[0]))
    drawn = drawn_sums([one.parts for one in sums], resamples, seed)
    found = [one.figures(part, n)[metric] for one, part in zip(sums, drawn, strict=True)]
    return np.stack(found), [float(one[metric][0]) for one in plain]


def _sums(task: Any, table: pd.DataFrame) -> Sums:
    """The task's metrics as sums over rows; of a class with macro-F1, which the rest needs not."""
    if task.spec.predicts != "class":
        found = task.sums(table)
        if found is None:
            raise DataError(t("ensembles.no_sums"), t("ensembles.no_sums_remedy"))
        return found
    names = scored_names(table.columns)
    ids = {name: number for number, name in enumerate(names)}
    label, told = (np.eye(len(names))[table[name].map(ids)] for name in ("label", "prediction"))
    parts = np.concatenate([label * told, label, told, table[["loss"]].to_numpy(float)], axis=1)
    k = len(names)

    def figures(sums: np.ndarray, n: int) -> dict[str, np.ndarray]:
        hits, support, predicted = (sums[:, k * at : k * (at + 1)] for at in range(3))
        return {"macro_f1": macro_f1(hits, support, predicted),
                "accuracy": hits.sum(axis=1) / n, "loss": sums[:, -1] / n}  # fmt: skip

    return Sums(parts, figures)


def gain_by_members(
    members: Any, split: str = "test", *, metric: str | None = None, subsets: int = SUBSETS,
    seed: int = 0,
) -> pd.DataFrame:  # fmt: skip
    """What a vote of 1, 2, ... members comes to: ``wb.plots.ensemble_gain`` draws it.

    Parameters
    ----------
    members : Members, or what :func:`.gathering.gather` takes
    metric : str, optional
        The one that decides where it is left out.
    subsets : int
        Subsets of each size at most; all where there are no more, else drawn by ``seed``.

    Returns
    -------
    pandas.DataFrame, a row a number of members
        ``members``, ``subsets``, ``value`` (the mean over subsets), ``low`` and ``high`` (the
        lowest and the highest subset), ``loss`` (mean). ``attrs["metric"]`` names the metric.
    """
    import pandas as pd

    found = gather(members)
    check_joinable(found.task.spec)
    name, rng = metric or decisive(found)[0], np.random.default_rng(seed)
    rows = []
    for size in range(1, len(found) + 1):
        values, losses = [], []
        for chosen in _subsets(len(found), size, subsets, rng):
            share = tuple(float(number in chosen) / size for number in range(len(found)))
            settled = None
            if not found.why_not:
                settled = found.settle(found.joined("validation", Joining(share)))
            table = found.joined(split, Joining(share), settled)
            values.append(score(found, table, name))
            losses.append(_loss(table))
        rows.append((size, len(values), np.mean(values), min(values), max(values), np.mean(losses)))
    table = pd.DataFrame(rows, columns=["members", "subsets", "value", "low", "high", "loss"])
    table.attrs["metric"] = name
    return table


def _subsets(n: int, size: int, most: int, rng: np.random.Generator) -> list[tuple[int, ...]]:
    if math.comb(n, size) <= most:
        return list(itertools.combinations(range(n), size))
    found: set[tuple[int, ...]] = set()
    while len(found) < most:
        found.add(tuple(sorted(rng.choice(n, size, replace=False).tolist())))
    return sorted(found)
