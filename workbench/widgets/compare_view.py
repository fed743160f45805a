"""The Compare view: this run against another one on the same test examples."""

from __future__ import annotations

from typing import Any

import ipywidgets

from workbench import inspection
from workbench.i18n import t

from .notice import Notice
from .sheet import Sheet


class CompareView(ipywidgets.VBox):
    """Choose another run: metrics with paired intervals, recipe difference, who flipped, classes.

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
        upper = ipywidgets.GridBox([self.metrics, self.recipe])
        lower = ipywidgets.GridBox([self.flips, self.classes])
        for box in (upper, lower):
            box.add_class("wb-halves")
        super().__init__([self.choice, self.notice, upper, lower])
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
        names = ("metric", "first", "second", "difference", "low", "high")
        self.metrics.show(
            found.metrics[list(names)], [t(f"column.{n}") for n in names],
            heading=t("compare.metrics"),
            note=t("compare.mcnemar", p=found.mcnemar_p, mended=len(found.mended),
                   broken=len(found.broken), agreement=found.agreement),
        )  # fmt: skip
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

    def _clear(self) -> None:
        import pandas as pd

        self.notice.clear()
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
