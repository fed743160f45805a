"""A row of figures, each with its name below."""

from __future__ import annotations

from typing import TYPE_CHECKING

import traitlets

from workbench import inspection
from workbench.i18n import t

from ..base import View, module

if TYPE_CHECKING:
    import pandas as pd


class Stats(View):
    """Figures such as tokens a second or padding.

    >>> stats = Stats()
    >>> stats.show([("1,180", "tokens a second")], note="The run goes on by itself.")
    >>> stats.figures
    [['1,180', 'tokens a second']]
    """

    TEXTS = "stats"
    _esm = module("elements/stats.js")
    figures = traitlets.List().tag(sync=True)  # [value, name], both text
    note = traitlets.Unicode("").tag(sync=True)

    def show(self, figures: list[tuple[str, str]], note: str = "") -> None:
        """Show these figures, and a sentence below them."""
        with self.hold_sync():
            self.figures = [[value, name] for value, name in figures]
            self.note = note


def interval_figures(intervals: pd.DataFrame, group: str = "") -> list[tuple[str, str]]:
    """Figures of a table with ``metric``, ``value``, ``low``, ``high``.

    The names are those of the metrics, or of a group of the catalogue's texts.

    >>> import pandas as pd
    >>> rows = pd.DataFrame({"metric": ["pearson"], "value": [0.2], "low": [-0.1], "high": [0.5]})
    >>> interval_figures(rows)
    [('0.200 (−0.100–0.500)', "Pearson's r, 95 % interval")]
    """
    rows = intervals.to_dict("records")
    names = [
        t(f"{group}.{r['metric']}") if group else inspection.metric_name(r["metric"]) for r in rows
    ]
    return [
        (t("inspect.interval", value=row["value"], low=row["low"], high=row["high"])
         .replace("-", "−"),
         t("inspect.with_interval", metric=name))
        for row, name in zip(rows, names, strict=True)
    ]  # fmt: skip
