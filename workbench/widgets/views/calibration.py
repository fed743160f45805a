"""The view Calibration: whether the scores of a classifier can be taken at their word."""

from __future__ import annotations

from typing import Any

from workbench import inspection
from workbench.errors import WorkbenchError
from workbench.i18n import t

from ..boxes import GridBox, VBox
from ..elements.notice import Notice
from ..elements.plot import DIAGONAL, Plot
from ..elements.table import Sheet


class CalibrationView(VBox):
    """Reliability of the scores as they are and at the fitted temperature."""

    def __init__(self):
        self.picture, self.table, self.measures = Plot(), Sheet(), Sheet()
        self.notice = Notice()
        beside = VBox([self.measures, self.table])
        both = GridBox([self.picture, beside])
        both.add_class("wb-halves")
        super().__init__([self.notice, both])
        self.add_class("wb-stack")

    def load(self, panel: Any) -> None:
        """Show the panel's run."""
        self.notice.clear()
        try:
            found = inspection.reliability(panel.predictions)
        except WorkbenchError as error:
            self.notice.show_error(error)
            return
        bins = found.table
        sizes = [t("calibration_view.point", n=int(n)) for n in bins["examples"]]
        dots = {"name": t("column.accuracy"), "x": bins["confidence"], "y": bins["accuracy"],
                "low": bins["accuracy_low"], "high": bins["accuracy_high"],
                "points": sizes}  # fmt: skip
        guide = {**DIAGONAL, "name": t("calibration_view.perfect")}
        title = t("calibration_view.title", ece=found.ece, floor=found.ece_floor, bins=found.bins)
        self.picture.show(title, t("column.confidence"), t("column.accuracy"), [dots, guide])
        names = ("low", "high", "examples", "confidence", "accuracy", "gap")
        self.table.show(bins[list(names)], [t(f"column.{n}") for n in names],
                        heading=t("calibration_view.bins"))  # fmt: skip
        try:
            rows, temperature = inspection.calibration_comparison(panel.run, panel.split)
        except WorkbenchError as error:
            self.notice.show_error(error)
            return
        rows = rows.assign(scores=[t("calibration_view.as_is"), t("calibration_view.calibrated")])
        names = ("scores", "ece", "max_error", "brier", "loss")
        self.measures.show(rows[list(names)], [t(f"column.{n}") for n in names],
                           heading=t("calibration_view.temperature", value=temperature),
                           note=t("calibration_view.use"))  # fmt: skip
