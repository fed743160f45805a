"""The view Thresholds: how a classifier ranks each class, and its curves."""

from __future__ import annotations

from typing import Any

from workbench import inspection
from workbench.errors import WorkbenchError
from workbench.i18n import t

from ..boxes import GridBox, VBox
from ..elements.notice import Notice
from ..elements.plot import DIAGONAL, Plot
from ..elements.table import Sheet


class CurvesView(VBox):
    """Ranking quality of each class; a chosen one with its curves; the largest confusions."""

    def __init__(self):
        self.predictions = None
        self.classes, self.confusions = Sheet(choosable=True), Sheet(choosable=True)
        self.curves, self.roc, self.precision = Plot(), Plot(), Plot()
        self.notice, self.panel = Notice(), None
        pictures = GridBox([self.curves, self.roc, self.precision])
        pictures.add_class("wb-thirds")
        tables = GridBox([self.classes, self.confusions])
        tables.add_class("wb-halves")
        super().__init__([tables, self.notice, pictures])
        self.add_class("wb-stack")
        self.classes.observe(self._chosen, "selected")
        self.confusions.observe(self._confusion_chosen, "selected")

    def load(self, panel: Any) -> None:
        """Show the panel's predictions."""
        self.panel, self.predictions = panel, panel.predictions
        try:
            self._quality = inspection.ranking_quality(self.predictions)
            self._pairs = inspection.largest_confusions(self.predictions)
        except WorkbenchError as error:
            self.notice.show_error(error)
            return
        names = ("class", "support", "average_precision", "roc_auc", "best_threshold", "best_f1")
        self.classes.show(self._quality[list(names)], [t(f"column.{n}") for n in names],
                          heading=t("curves_view.classes"))  # fmt: skip
        names = ("label", "prediction", "examples", "share", "low", "high", "back")
        self.confusions.show(self._pairs[list(names)], [t(f"column.{n}") for n in names],
                             heading=t("curves_view.confusions"))  # fmt: skip
        usable = self._quality["roc_auc"].notna()
        self.choose(self._quality["class"][usable].iloc[0] if usable.any() else None)

    def choose(self, name: str | None) -> None:
        """Draw the curves of this class, as a click on its row does."""
        self.notice.clear()
        try:
            curve = inspection.threshold_curve(self.predictions, positive=name) if name else None
        except WorkbenchError as error:
            self.notice.show_error(error)
            return
        if curve is None:
            return
        lines = [
            {"name": t(f"column.{n}"), "x": curve["threshold"], "y": curve[n]}
            for n in ("precision", "recall", "f1")
        ]
        title = t("curves_view.thresholds", name=name)
        self.curves.show(title, t("column.threshold"), t("column.share"), lines)
        roc = {"x": [0, *curve["false_positive_rate"]], "y": [0, *curve["recall"]],
               "name": "ROC"}  # fmt: skip
        chance = {**DIAGONAL, "name": t("curves_view.chance")}
        title = t("curves_view.roc", name=name)
        self.roc.show(title, t("curves_view.roc_axis"), t("column.recall"), [roc, chance])
        share = float(self._quality.set_index("class")["support"][name]) / len(self.predictions)
        line = {"x": curve["recall"], "y": curve["precision"], "name": t("column.precision")}
        chance = {"x": [0, 1], "y": [share, share], "guide": True,
                  "name": t("curves_view.chance")}  # fmt: skip
        title = t("curves_view.precision_recall", name=name)
        self.precision.show(title, t("column.recall"), t("column.precision"), [line, chance])

    def _chosen(self, _change) -> None:
        if self.classes.selected >= 0:
            self.choose(self._quality["class"].iloc[self.classes.selected])

    def _confusion_chosen(self, _change) -> None:
        if self.confusions.selected >= 0:
            pair = self._pairs.iloc[self.confusions.selected]
            self.panel.tabs.select("confusion")
            self.panel.choose_cell(pair["label"], pair["prediction"])
