"""Classes with parents: the parents' confusion, the classes of one parent, their examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench import inspection
from workbench.i18n import t

from ..boxes import GridBox, VBox
from ..elements.class_table import ClassTable
from ..elements.confusion_grid import ConfusionGrid
from ..elements.listed_examples import ListedExamples
from ..elements.stats import Stats, interval_figures
from ..elements.table import Sheet

if TYPE_CHECKING:
    import pandas as pd

    from workbench.inspection import Hierarchy


class HierarchyView(VBox):
    """Both levels beside each other; a parent leads to its classes, a cell to its examples.

    Attributes
    ----------
    data : Hierarchy or None
        What is shown.
    parent : str
        The parent whose classes are shown.
    """

    def __init__(self):
        self.figures = Stats()
        self.parents, self.table = ConfusionGrid(), ClassTable()
        self.title, self.classes, self.class_table = Sheet(), ConfusionGrid(), ClassTable()
        self.examples = ListedExamples()
        self.data: Hierarchy | None = None
        self.parent = ""
        self._report: pd.DataFrame | None = None  # of all classes
        upper = GridBox([self.parents, self.table])
        lower = GridBox([self.classes, self.class_table])
        for box in (upper, lower):
            box.add_class("wb-upper")
        super().__init__([self.figures, upper, self.title, lower, self.examples])
        self.add_class("wb-stack")
        self.parents.observe(self._parent_cell_chosen, "selected")
        self.table.observe(self._parent_chosen, "selected")
        self.classes.observe(self._class_cell_chosen, "selected")
        self.class_table.observe(self._class_chosen, "selected")

    def load(self, panel: Any) -> None:
        """Show the predictions of an Inspect panel, first the parent with most errors inside."""
        self.examples.panel = panel
        self.examples.clear()
        self.data = inspection.hierarchy(panel.predictions)
        self._report = inspection.per_class_errors(panel.predictions)
        summary = self.data.summary()
        rows = summary[~summary["metric"].isin(["accuracy", "macro_f1"])]
        self.figures.show(interval_figures(rows, "hierarchy"), t("hierarchy.note"))
        report = self.data.report()
        more = {name: t(f"hierarchy.{name}") for name in ("children", "class_errors", "inside_n")}
        self.parents.show(self.data.confusion())
        self.table.show(report.rename(columns={"inside": "inside_n"}), more)
        self.choose(report.sort_values("inside", ascending=False, kind="stable")["class"].iloc[0])

    def choose(self, parent: str) -> pd.DataFrame:
        """Show the classes of this parent, as a click on its row does."""
        import pandas as pd

        self.parent = parent
        counts = self.data.within(parent)
        self.title.show(pd.DataFrame(), [], heading=t("hierarchy.within", name=parent))
        self.classes.show(counts)
        self.class_table.show(self._report[self._report["class"].isin(counts.index)])
        return counts

    def _parent_chosen(self, change: dict) -> None:
        if self.data is None or not change["new"]:
            return
        name = change["new"]
        self.parents.selected = []
        self.choose(name)
        self.examples.list(self.data.parent_examples(name), t("inspect.class", label=name))

    def _parent_cell_chosen(self, _change) -> None:
        if self.data is None or self.parents.chosen is None:
            return
        label, prediction = self.parents.chosen
        self.table.selected = ""
        self.choose(label)
        rows = self.data.parent_examples(label, prediction)
        self.examples.list(rows, t("inspect.cell", label=label, prediction=prediction))

    def _class_chosen(self, change: dict) -> None:
        name = change["new"]
        if self.data is None or not name:
            return
        self.classes.selected = []
        rows = inspection.top_losses(self.data.children.table, n=None, label=name)
        self.examples.list(rows, t("inspect.class", label=name))

    def _class_cell_chosen(self, _change) -> None:
        if self.data is None or self.classes.chosen is None:
            return
        self.class_table.selected = ""
        label, prediction = self.classes.chosen
        rows = self.data.examples(self.parent, label, prediction)
        self.examples.list(rows, t("inspect.cell", label=label, prediction=prediction))
