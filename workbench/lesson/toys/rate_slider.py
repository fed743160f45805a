"""Recorded runs at several learning rates, one after the other by a slider."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from workbench.errors import DataError, WorkbenchError, shown
from workbench.i18n import t
from workbench.widgets.base import View, module

if TYPE_CHECKING:
    import pandas as pd

MOST_POINTS = 400  # of a curve that is drawn
RISEN = 1.5  # a loss that ends so many times as high as it began has diverged


class RateSlider(View):
    """A slider over the learning rates of runs that were recorded: one curve among the others.

    A run has *diverged* when a loss of it is not finite, or when it ended more than half as high
    again as it began: the mean loss of its last tenth against its first loss, before any step. The
    best is the one with the lowest validation loss of those that have not diverged; of equal ones
    that with the lower rate.

    Parameters
    ----------
    runs : mapping of float to (losses, validation loss), or runs
        By learning rate, the loss of each step in nats and that of the validation examples at the
        end; or runs of the workbench, whose rates, steps and last evaluations are read.
    rate : float, optional
        One of the rates; the lowest unless given.

    Raises
    ------
    DataError
        If there is no run, two have one rate, or a rate or a loss is no number.
    WorkbenchError
        If ``rate`` is none of the rates, when it is set.

    Examples
    --------
    >>> toy = RateSlider({0.1: ([2.0, 1.0, 0.5], 0.6), 1.0: ([2.0, 3.0, math.inf], math.inf)})
    >>> print(toy)
    At 0.1 the loss goes from 2.000 to 0.500; the validation loss, 0.600, is the best of 2 runs. \
Diverged: 1.
    >>> toy.rate = 1.0
    >>> print(toy)
    At 1 the loss goes from 2.000 to ∞: the run diverged. The best by validation is 0.1 with 0.600.
    """

    TEXTS = "toy_rates"
    _esm = module("../lesson/toys/rate_slider.js")
    rate = traitlets.TraitType(0.0).tag(sync=True)
    rates = traitlets.List().tag(sync=True)  # ascending
    curves = traitlets.List().tag(sync=True)  # of each rate: [step, loss or None where infinite]
    rows = traitlets.List().tag(sync=True)  # [rate as a text, first, last, validation, fate]
    ceiling = traitlets.Float(1.0).tag(sync=True)  # what is above is drawn there
    heading = traitlets.Unicode("").tag(sync=True)

    def __init__(self, runs: Mapping[float, Any] | Iterable[Any], *, rate: float | None = None):
        if not isinstance(runs, Iterable):
            raise DataError(t("toy_rates.no_run", value=shown(runs)))
        pairs = runs.items() if isinstance(runs, Mapping) else map(_recorded, runs)
        records = sorted((_record(*pair) for pair in pairs), key=lambda record: record[0])
        rates = [record[0] for record in records]
        twice = next((a for a, b in zip(rates, rates[1:], strict=False) if a == b), None)
        if not rates or twice is not None:
            raise DataError(t("toy_rates.twice", rate=twice) if rates else t("toy_rates.none"))
        self._rows = [_judged(*record) for record in records]
        fine = [row for row in self._rows if row[4] != "diverged"]
        best = min(fine, key=lambda row: row[3], default=None)
        if best:
            best[4] = "best"
        top = max((row[1] for row in self._rows if math.isfinite(row[1])), default=0.0)
        super().__init__(
            rates=rates,
            curves=[_drawn(losses) for _, losses, _ in records],
            rows=[[f"{row[0]:g}", *map(_number, row[1:4]), row[4]] for row in self._rows],
            ceiling=1.5 * top or 1.0,
        )
        self.rate = rates[0] if rate is None else rate
        self._say()
        self.observe(self._say, "rate")

    @traitlets.validate("rate")
    def _known(self, proposal: Any) -> float:
        value = proposal["value"]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or value not in self.rates:
            known = ", ".join(f"{rate:g}" for rate in self.rates)
            raise WorkbenchError(t("toy_rates.bad", value=shown(value), known=known))
        return float(value)

    @property
    def best(self) -> float | None:
        """The rate with the lowest validation loss; None when all runs diverged."""
        return next((row[0] for row in self._rows if row[4] == "best"), None)

    @property
    def diverged(self) -> list[float]:
        """The rates of the runs that diverged, ascending."""
        return [row[0] for row in self._rows if row[4] == "diverged"]

    def frame(self) -> pd.DataFrame:
        """A row a run: ``rate``, ``first``, ``last``, ``validation`` (nats), ``fate``.

        ``fate`` is "best", "diverged" or empty.
        """
        import pandas as pd

        columns = ["rate", "first", "last", "validation", "fate"]
        return pd.DataFrame(self._rows, columns=columns)

    def _say(self, change: Any = None) -> None:
        rate, first, last, validation, fate = self._rows[self.rates.index(self.rate)]
        values = {"rate": rate, "first": first, "last": _told(last), "n": len(self.rates)}
        values["validation"] = _told(validation)
        said = [t(f"toy_rates.{fate or 'other'}", **values)]
        best = next((row for row in self._rows if row[4] == "best"), None)
        if best is None:
            said.append(t("toy_rates.all_diverged"))
        elif fate != "best":
            said.append(t("toy_rates.best_is", rate=best[0], loss=best[3]))
        others = [f"{one:g}" for one in self.diverged if one != rate]
        if best is not None and others:
            key = "diverged_as_well" if fate == "diverged" else "diverged_others"
            said.append(t(f"toy_rates.{key}", rates=", ".join(others)))
        self.heading = " ".join(said)

    def __str__(self) -> str:
        return self.heading

    __repr__ = __str__


def _recorded(run: Any) -> tuple[float, tuple[list[float], float]]:
    """What a run of the workbench has recorded."""
    if not hasattr(run, "history") or not hasattr(run, "recipe"):
        raise DataError(t("toy_rates.no_run", value=shown(run)))
    history = run.history()
    kinds = [history[history["kind"] == kind] if len(history) else [] for kind in ("step", "eval")]
    if not all(map(len, kinds)):
        raise DataError(t("toy_rates.too_early", name=run.name))
    steps, evals = kinds
    return run.recipe.learning_rate, (steps["loss"].tolist(), float(evals["loss"].iloc[-1]))


def _record(rate: Any, record: Any) -> tuple[float, np.ndarray, float]:
    try:
        rate, (losses, validation) = float(rate), record
        losses, validation = np.asarray(losses, dtype=np.float64), float(validation)
    except (TypeError, ValueError):
        raise DataError(t("toy_rates.no_record", rate=shown(rate), value=shown(record))) from None
    if not 0 < rate < math.inf or losses.ndim != 1 or not len(losses):
        raise DataError(t("toy_rates.no_curve", rate=shown(rate), shape=losses.shape))
    return rate, losses, validation


def _judged(rate: float, losses: np.ndarray, validation: float) -> list:
    tenth = -(-len(losses) // 10)
    first, last = float(losses[0]), float(losses[-tenth:].mean())
    finite = np.isfinite(losses).all() and math.isfinite(validation)
    return [rate, first, last, validation, "" if finite and last <= RISEN * first else "diverged"]


def _drawn(losses: np.ndarray) -> list[list]:
    """Step (from 1) and loss; of a long curve the means of as many pieces as are drawn."""
    pieces = np.array_split(np.arange(len(losses)), min(len(losses), MOST_POINTS))
    return [[float(piece.mean()) + 1, _number(losses[piece].mean())] for piece in pieces]


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _told(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "∞" if value > 0 else "NaN"
