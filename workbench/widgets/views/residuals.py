"""Residuals of a regression: a picture whose points lead to their examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from workbench import inspection
from workbench.i18n import t
from workbench.inspection.predictions.readable import readable

from ..base import View, module, pack
from ..boxes import VBox
from ..elements.examples_table import ExamplesTable
from ..elements.stats import interval_figures

if TYPE_CHECKING:
    import pandas as pd

MOST = 2000  # points: the largest residuals are always among them


class Scatter(View):
    """Label and residual of each example; a click or an arrow key chooses one."""

    TEXTS = "residuals"
    _esm = module("keys.js", "views/residuals.js")
    points = traitlets.Bytes().tag(sync=True)  # float32, (n, 2): label, residual
    parts = traitlets.List().tag(sync=True)  # [low, high, examples, mean residual, mae]
    selected = traitlets.Int(-1).tag(sync=True)  # the worst is 0

    def __init__(self, **traits):
        super().__init__(**traits)


class ResidualsView(VBox):
    """Where a regression is wrong: residuals over labels, and the examples, the worst first."""

    def __init__(self):
        self.scatter, self.examples = Scatter(), ExamplesTable(judged=False)
        self.table: pd.DataFrame | None = None
        self._panel: Any = None
        super().__init__([self.scatter, self.examples])
        self.add_class("wb-stack")
        self.scatter.observe(self._point_chosen, "selected")
        self.examples.observe(self._row_chosen, "selected")

    def load(self, panel: Any) -> None:
        """Show the predictions of an Inspect panel, and its metrics with intervals."""
        self._panel = panel
        predictions = panel.predictions
        self.table = inspection.top_residuals(predictions, n=None).reset_index(drop=True)
        shown = self.table.head(MOST)
        with self.scatter.hold_sync():
            self.scatter.points = pack(*shown[["label", "residual"]].to_numpy())
            self.scatter.parts = inspection.residuals_by_label(predictions).values.tolist()
            self.scatter.selected = -1
        self.examples.show(readable(self.table), t("residuals.worst"))
        figures = interval_figures(inspection.regression_intervals(predictions))
        held = t("inspect.held_out", split=t(f"split.{panel.split}"))
        panel.metrics.show([*figures, (f"{len(predictions):,}", held)])
        panel.query.has_pair = "pair" in predictions.columns

    def _point_chosen(self, change: dict) -> None:
        if change["new"] >= 0:
            self.examples.selected = change["new"]

    def _row_chosen(self, _change) -> None:
        row = self.examples.example
        if row is None or self._panel is None:
            return
        if self.examples.selected < MOST:
            self.scatter.selected = self.examples.selected
        self._panel.ask(row["text"], row.get("pair"), str(row["label"]))
