"""The Compare view: this run against another one on the same test examples."""

from __future__ import annotations

from typing import Any

import ipywidgets

from workbench import inspection
from workbench.i18n import t

from .notice import Notice
from .plot import Plot
from .sheet import Sheet


class CompareView(ipywidgets.VBox):
    """Choose another run: metrics with intervals, soft vote, curves, recipes, flips, classes.

    Attributes
    ----------
    comparison : Comparison or None
        Of the chosen run (first) with the panel's (second).
    """

    def __init__(self):
        self.panel: Any = None
        self.comparison: inspection.Comparison | None = None
        self.choice = ipywidgets.Dropdown(description=t("compare.against"))
        self.notice = Notice()
        self.metrics, self.recipe = Sheet(), Sheet()
        self.flips, self.classes = Sheet(), Sheet()
        self.loss, self.quality = Plot(), Plot()
        self.curves = ipywidgets.GridBox([self.loss, self.quality])
        upper = ipywidgets.GridBox([self.metrics, self.recipe])
        lower = ipywidgets.GridBox([self.flips, self.classes])
        for box in (upper, self.curves, lower):
            box.add_class("wb-halves")
        super().__init__([self.choice, self.notice, upper, self.curves, lower])
        self.add_class("wb-stack")
        self.choice.observe(self._chosen, "value")

    def load(self, panel: Any) -> None:
        """Offer the other runs in this run's folder that are done."""
        from workbench.training.run import runs

        self.panel, self.comparison = panel, None
        root = panel.run.path.parent
        table = runs(root)
        others = table[(table["state"] == "done") & (table["path"] != str(panel.run.path))]
        options = [(t("compare.choose"), "")]
        options += list(zip(others["run"], others["path"], strict=True))
        self.choice.options = options
        self.choice.value = ""
        self._clear()

    def compare(self, other: Any) -> inspection.Comparison:
        """Compare a run (the first) with the panel's (the second), as choosing it does.

        Raises
        ------
        DataError
            If they were tested on different examples.
        """
        self._clear()
        found = inspection.compare_runs(other, self.panel.run, self.panel.split)
        self.comparison = found
        together = inspection.ensemble([other, self.panel.run], self.panel.split)
        votes = inspection.metric_intervals(together).set_index("metric")["value"]
        figures = found.metrics.assign(ensemble=found.metrics["metric"].map(votes))
        names = ("metric", "first", "second", "difference", "low", "high", "ensemble")
        self.metrics.show(
            figures[list(names)], [t(f"column.{n}") for n in names],
            heading=t("compare.metrics"),
            note=t("compare.mcnemar", p=found.mcnemar_p, mended=len(found.mended),
                   broken=len(found.broken), agreement=found.agreement),
        )  # fmt: skip
        self._draw(other)
        fields = inspection.recipe_difference(other, self.panel.run).astype(str)
        self.recipe.show(fields, [t(f"column.{n}") for n in ("field", "first", "second")],
                         heading=t("compare.recipe"))  # fmt: skip
        names = ("change", "label", "first", "second", "text")
        self.flips.show(found.flips[list(names)], [t(f"column.{n}") for n in names],
                        heading=t("compare.flips"))  # fmt: skip
        names = ("class", "support", "first", "second", "difference")
        self.classes.show(found.classes[list(names)], [t(f"column.{n}") for n in names],
                          heading=t("compare.classes"))  # fmt: skip
        return found

    def _draw(self, other: Any) -> None:
        """Both runs' losses and validation metric over the epochs."""
        losses, qualities = [], []
        for run, name in ((other, t("column.first")), (self.panel.run, t("column.second"))):
            history = run.history()
            steps, evals = (history[history["kind"] == kind] for kind in ("step", "eval"))
            if not len(steps) or not len(evals):
                continue
            window = max(1, len(steps) // 50)
            smooth = steps["loss"].rolling(window, min_periods=1).mean()
            losses += [
                {"name": name, "x": steps["epoch"], "y": smooth},
                {"name": t("compare.validation", name=name), "x": evals["epoch"],
                 "y": evals["loss"], "points": [f"{v:.3f}" for v in evals["loss"]]},
            ]  # fmt: skip
            qualities.append({"name": name, "x": evals["epoch"], "y": evals["macro_f1"],
                              "points": [f"{v:.3f}" for v in evals["macro_f1"]]})  # fmt: skip
        self.curves.layout.display = None if losses else "none"
        self.loss.limits, self.quality.limits = _limits(losses), _limits(qualities, top=1.0)
        epochs = t("compare.epochs")
        self.loss.show(t("compare.loss"), epochs, t("column.loss"), losses)
        self.quality.show(t("compare.quality"), epochs, t("column.macro_f1"), qualities)

    def _clear(self) -> None:
        import pandas as pd

        self.notice.clear()
        self.curves.layout.display = "none"
        for sheet in (self.metrics, self.recipe, self.flips, self.classes):
            sheet.show(pd.DataFrame(), [])

    def _chosen(self, _change) -> None:
        if not self.choice.value:
            return
        from workbench.training.run import open_run

        try:
            self.compare(open_run(self.choice.value))
        except Exception as error:  # said above the tables, its traceback folded away
            self.notice.show_error(error)


def _limits(lines: list[dict], top: float | None = None) -> list[float]:
    """Axes from 0 to the largest epoch and value."""
    if not lines:
        return []
    most = max(float(line["y"].max()) for line in lines)
    return [0.0, max(float(line["x"].max()) for line in lines), 0.0, top or 1.05 * most]
