"""The figures above the views of the Inspect panel; a view may put others there."""

from __future__ import annotations

import math
from typing import Any

from workbench import inspection
from workbench.i18n import t
from workbench.inspection.reporting.outcomes import outcome

from ..elements.stats import interval_figures


def show_figures(panel: Any) -> None:
    """Each metric, with its interval where it has one, the decisive one first; how many; who won.

    Code of a task that cannot be used is said above the views, which are shown all the same.
    """
    try:
        _show(panel)
    except Exception as error:
        panel.metrics.show([])
        panel.notice.show_error(error)


def _show(panel: Any) -> None:
    large = panel.queries is not None  # a table that stays where it is
    table = panel.queries if large else panel.predictions
    found = inspection.metric_intervals(table)
    told = hasattr(panel.run, "results")  # predictions alone do not say what decided
    came = outcome(panel.run, panel.split, intervals=found) if told else None
    if came is not None:
        found = found.sort_values("metric", key=lambda names: names != came.metric,
                                  kind="stable")  # fmt: skip
    figures = interval_figures(found)
    if came is not None and math.isnan(came.low):  # a metric that the task gives no interval for
        figures.insert(0, (f"{came.value:.3f}", inspection.metric_name(came.metric)))
    count = t("inspect.held_out", split=t(f"split.{panel.split}"))
    panel.metrics.show(
        [*figures, (f"{len(table):,}", count)],
        came.sentence if came is not None else "",
    )
