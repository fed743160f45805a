"""The figures above the views of the Inspect panel; a view may put others there."""

from __future__ import annotations

from typing import Any

from workbench import inspection
from workbench.i18n import t
from workbench.inspection.reporting.outcomes import outcome

from ..elements.stats import interval_figures


def show_figures(panel: Any) -> None:
    """Every metric with its interval, the one that decided first, how many rows, and who won.

    Code of a task that cannot be used is said above the views, which are shown all the same.
    """
    try:
        _show(panel)
    except Exception as error:
        panel.metrics.show([])
        panel.notice.show_error(error)


def _show(panel: Any) -> None:
    table, came = panel.predictions, outcome(panel.run, panel.split)
    found = inspection.metric_intervals(table)
    if came is not None:
        found = found.sort_values("metric", key=lambda names: names != came.metric,
                                  kind="stable")  # fmt: skip
    count = t("inspect.held_out", split=t(f"split.{panel.split}"))
    panel.metrics.show(
        [*interval_figures(found), (f"{len(table):,}", count)],
        came.sentence if came is not None else "",
    )
