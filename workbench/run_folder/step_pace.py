"""What a training step spends its time on, what limits it, and what would help.

Works on rows of ``metrics.jsonl``: one, or the sum of many. A limit is named only where its share
of the time is large enough that acting on it pays; otherwise it is the arithmetic itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ..i18n import t

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

DATA_WAIT = 0.2  # share of the wall time spent waiting for batches
LOAD = 1.5  # processes that want a core, for each core there is
PADDING = 0.3  # share of the computed tokens
OPTIMIZER = 0.35  # share of the step
EVALUATION = 1.0  # seconds of evaluations for each second of steps
LIMITS = ("data", "other_processes", "padding", "evaluation", "optimizer", "compute")
_SUMMED = ("seconds", "data_seconds", "optimizer_seconds", "tokens", "padded_tokens",
           "plain_tokens")  # fmt: skip


def limited_by(row: Mapping) -> str:
    """What limits a step, or many steps added up: one of :data:`LIMITS`.

    Parameters
    ----------
    row : mapping
        ``seconds`` of the step; where known ``data_seconds`` (waiting for the batch, beside
        ``seconds``), ``optimizer_seconds`` (within ``seconds``), ``tokens``, ``padded_tokens``,
        ``load`` (processes a core), ``evaluation_seconds``.

    >>> limited_by({"seconds": 0.3, "data_seconds": 0.2})
    'data'
    >>> limited_by({"seconds": 0.3, "tokens": 60, "padded_tokens": 100})
    'padding'
    >>> limited_by({"seconds": 0.3, "data_seconds": 0.001, "optimizer_seconds": 0.02})
    'compute'
    """
    seconds, wait = _value(row, "seconds"), _value(row, "data_seconds")
    if wait > DATA_WAIT * (seconds + wait):
        return "data"
    if _value(row, "load") > LOAD:
        return "other_processes"
    if padding(row) > PADDING:
        return "padding"
    if _value(row, "evaluation_seconds") > EVALUATION * seconds:
        return "evaluation"
    return "optimizer" if _value(row, "optimizer_seconds") > OPTIMIZER * seconds else "compute"


def advice(limit: str) -> str:
    """One sentence about what to do against a limit, in the language of the interface."""
    return t(f"limits.{limit}")


def padding(row: Mapping) -> float:
    """Share of the computed tokens that is padding, 0 when nothing is known of it.

    >>> padding({"tokens": 90, "padded_tokens": 100})
    0.1
    """
    computed = _value(row, "padded_tokens")
    return round(1 - _value(row, "tokens") / computed, 12) if computed else 0.0


def summarise(steps: Iterable[Mapping], evaluations: Iterable[Mapping] = ()) -> dict:
    """The pace of some steps.

    Returns
    -------
    dict
        Empty without steps. Otherwise ``tokens_per_second`` (real tokens, waiting included),
        ``step_seconds`` (mean), ``padding`` and ``data_wait`` (shares), ``spared`` (share of the
        tokens of a padded batch that a padding-free one did not compute), ``limited_by``,
        ``advice``.
    """
    rows = list(steps)
    total: dict = {name: sum(_value(row, name) for row in rows) for name in _SUMMED}
    if not rows or not total["seconds"]:
        return {}
    total["load"] = sum(_value(row, "load") for row in rows) / len(rows)
    total["evaluation_seconds"] = sum(_value(row, "seconds") for row in evaluations)
    wall = total["seconds"] + total["data_seconds"]
    plain = total["plain_tokens"]
    limit = limited_by(total)
    return {
        "tokens_per_second": total["tokens"] / wall,
        "step_seconds": total["seconds"] / len(rows),
        "padding": padding(total),
        "data_wait": total["data_seconds"] / wall,
        "spared": 1 - total["padded_tokens"] / plain if plain else 0.0,
        "limited_by": limit,
        "advice": advice(limit),
    }


def paces(steps: pd.DataFrame) -> pd.DataFrame:
    """The pace of each of many steps at once, as :func:`summarise` says it of one.

    Parameters
    ----------
    steps : pandas.DataFrame
        Rows of steps, each with ``seconds`` above 0.

    Returns
    -------
    pandas.DataFrame, a row a step with the index of ``steps``
        ``tokens_per_second``, ``padding``, ``limited_by``.
    """
    import numpy as np
    import pandas as pd

    def value(name: str) -> np.ndarray:
        if name not in steps:
            return np.zeros(len(steps))
        return np.nan_to_num(steps[name].to_numpy(float), nan=0.0, posinf=np.inf, neginf=-np.inf)

    seconds, wait, computed = value("seconds"), value("data_seconds"), value("padded_tokens")
    with np.errstate(divide="ignore", invalid="ignore"):
        spare = np.where(computed != 0, np.round(1 - value("tokens") / computed, 12), 0.0)
        speed = value("tokens") / (seconds + wait)
    limit = np.select(
        [wait > DATA_WAIT * (seconds + wait), value("load") > LOAD, spare > PADDING,
         value("evaluation_seconds") > EVALUATION * seconds,
         value("optimizer_seconds") > OPTIMIZER * seconds],
        list(LIMITS[:5]), "compute",
    )  # fmt: skip
    return pd.DataFrame(
        {"tokens_per_second": speed, "padding": spare,
         "limited_by": limit.tolist()},
        index=steps.index,
    )  # fmt: skip


def _value(row: Mapping, name: str) -> float:
    value = row.get(name)
    return 0.0 if value is None or value != value else float(value)  # NaN: a column without it
