"""Looking for a learning rate: a range test, what it says, and its picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import RecipeError, shown
from ..i18n import t
from ..training.rate_range import HIGHEST, LOWEST, STEPS, Found, measure, suggest
from .base import BLUE, GREEN, ORANGE
from .base import figure as empty

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure

    from ..recipe import Recipe

FEWEST = 30  # steps of a test
AGREES = 3.0  # times as high or low as what is suggested, or between both rates: the same choice


@dataclass(frozen=True, repr=False)
class RateSearch:
    """What a range test found; rates are None where the loss does not tell.

    ``table`` has ``step``, ``learning_rate``, ``loss`` and ``smoothed``, a row a step; ``usual`` is
    the recipe's own rate, or what follows for its model.
    """

    table: pd.DataFrame
    usual: float
    steepest: float | None
    tenth: float | None
    suggestion: float | None
    sentences: tuple[str, ...]

    @property
    def said(self) -> str:
        """What it comes to, in sentences."""
        return " ".join(self.sentences)

    def plot(self) -> Figure:
        """Loss over the learning rate, with the suggestion and the recipe's own rate."""
        figure = empty(340, keyed=True, title=t("rates.picture"))
        x = self.table["learning_rate"]
        figure.add_scatter(
            x=x, y=self.table["loss"], name=t("rates.each"), mode="lines",
            line=dict(color="rgba(138,145,153,0.5)", width=1),
        )  # fmt: skip
        figure.add_scatter(
            x=x, y=self.table["smoothed"], name=t("rates.smoothed"), mode="lines",
            line=dict(color=BLUE, width=2.5),
        )  # fmt: skip
        low, high = _in_sight(self.table["smoothed"], len(self.table) if self.suggestion else 0)
        lines = [(self.suggestion, t("rates.suggestion"), GREEN, "dash"),
                 (self.usual, t("rates.usual"), ORANGE, "dot")]  # fmt: skip
        for rate, name, colour, dash in lines:
            if rate is not None:
                figure.add_scatter(
                    x=[rate, rate], y=[low, high], name=f"{name}: {rate:g}", mode="lines",
                    line=dict(color=colour, dash=dash, width=2),
                )  # fmt: skip
        figure.update_layout(
            xaxis=dict(title=t("schedule.rate"), type="log", tickformat=".0e", dtick=1),
            yaxis=dict(title=t("rates.loss"), range=[low, high], automargin=True),
        )
        return figure

    def __repr__(self) -> str:
        return f"<RateSearch: {self.said}>"


def _in_sight(smoothed: pd.Series, n_falling: int) -> tuple[float, float]:
    """What the axis shows: the fall, and as much again of the rise where training comes apart."""
    low, high = float(smoothed.min()), float(smoothed.max())
    if n_falling:
        fall = float(smoothed.iloc[: max(1, n_falling // 5)].mean()) - low
        low, high = low - 0.5 * fall, min(high, low + 2.5 * fall)
    return low, high if high > low else low + 1


def find_rate(
    recipe: Recipe, *, low: float = LOWEST, high: float = HIGHEST, steps: int = STEPS,
    progress: bool = True,
) -> RateSearch:  # fmt: skip
    """Look for a learning rate by a range test (Smith, 2017).

    A throw-away copy of the model is trained in this process, with the recipe's batches, loss,
    method, precision and seed, at rates that grow exponentially, until the smoothed loss is four
    times its lowest. No run is made and the memory is given back; the same recipe gives the same
    table.

    Parameters
    ----------
    recipe : Recipe
        Its ``learning_rate``, ``schedule``, ``warmup`` and ``averaging`` are not looked at.
    low, high : float
        The first and the last learning rate.
    steps : int
        Optimizer steps of the test, at least 30.
    progress : bool
        Show a progress bar.

    Returns
    -------
    RateSearch
        Its suggestion is the lower of two: where the smoothed loss falls most steeply, and a tenth
        of the rate at which it is lowest.

    Raises
    ------
    RecipeError
        If the rates or steps make no test.
    WorkbenchError
        What keeps the recipe from training.
    """
    _check(low, high, steps)
    from tqdm.auto import tqdm

    with tqdm(total=steps, desc=t("rates.bar"), unit="step", disable=not progress) as bar:
        table, per_pass, usual = measure(recipe, low=low, high=high, steps=steps,
                                         tell=lambda row: bar.update())  # fmt: skip
    found = suggest(table, steps)
    said = [t(f"rates.{found.why}", low=low, high=high)] if found.why else [
        t("rates.found", rate=found.suggestion, steepest=found.steepest, tenth=found.tenth),
        _beside(found, usual),
    ]  # fmt: skip
    if len(table) >= 2 * per_pass:
        said.append(t("rates.few", n=per_pass, times=len(table) / per_pass))
    return RateSearch(table, usual, found.steepest, found.tenth, found.suggestion, tuple(said))


def _beside(found: Found, usual: float) -> str:
    """The suggestion and the recipe's own rate, wherever they differ."""
    lower, upper = sorted(rate for rate in (found.steepest, found.tenth) if rate is not None)
    if lower / AGREES <= usual <= max(upper, AGREES * lower):
        return t("rates.agrees", usual=usual)
    key = "rates.lower" if usual < lower else "rates.higher"
    times = max(lower / usual, usual / lower)
    return t(key, usual=usual, times=times, rate=lower)


def _check(low: float, high: float, steps: int) -> None:
    numbers = all(
        isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one)
        for one in (low, high)
    )
    if not numbers or not 0 < low < high <= 10:
        raise RecipeError(
            t("rates.range", low=shown(low), high=shown(high)), t("rates.range_remedy")
        )
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < FEWEST:
        raise RecipeError(t("rates.steps", steps=shown(steps)), t("rates.steps_remedy", n=FEWEST))
