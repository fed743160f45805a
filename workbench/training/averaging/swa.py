r"""Stochastic weight averaging: the plain mean of the weights of all steps from one on.

.. math:: m_t = \frac{1}{t - s + 1} \sum_{i=s}^{t} w_i

(Izmailov et al., 2018, who average once a cycle of the rate; here it is each step.) The mean is as
good as the weights differ: it goes well with a rate that does not fall to 0, such as ``schedule:
constant`` or ``cosine_with_restarts``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from workbench.errors import RecipeError
from workbench.i18n import t
from workbench.settings import check_share, setting


@dataclass(frozen=True)
class Settings:
    """What ``averaging: {kind: swa}`` may say."""

    start: float = setting(0.75, "share or steps", kinds=(float, int), low=0)
    """The step from which on weights are averaged: a share of all (below 1), or its number. Before
    it the weights as they are are evaluated."""

    def __post_init__(self):
        try:
            check_share("averaging.start", self.start)
        except RecipeError as error:
            error.field, error.setting = "averaging", "start"
            raise


def shares(settings: Settings, steps: int) -> Callable[[int], float]:
    """One of as many as were averaged, this one included.

    Raises
    ------
    RecipeError
        If the first step of the average is behind the last one.
    """
    start = settings.start
    first = max(1, int(start) if start >= 1 else math.ceil(start * steps))
    if first > steps:
        raise RecipeError(
            t("averaging.swa.late", value=start, steps=steps), t("averaging.swa.late_remedy"),
            field="averaging", setting="start",
        )  # fmt: skip
    return lambda step: 0.0 if step < first else 1 / (step - first + 1)
