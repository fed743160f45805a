"""The confusion matrix, the classes beside it, and below them the examples of what is chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench import inspection
from workbench.errors import WorkbenchError
from workbench.i18n import t

from ..boxes import GridBox, VBox
from ..elements.class_table import ClassTable
from ..elements.confusion_grid import ConfusionGrid
from ..elements.example_pages import FilePages
from ..elements.examples_table import ExamplesTable

if TYPE_CHECKING:
    import pandas as pd


class ConfusionPart(VBox):
    """What is mistaken for what, down to the examples.

    Parameters
    ----------
    predictions : callable
        Gives all predictions that are shown; those of a large table are loaded by it.
    on_error : callable
        Called with a :class:`WorkbenchError` that a click met.
    """

    def __init__(
        self,
        predictions: Callable[[], pd.DataFrame],
        on_error: Callable[[WorkbenchError], None],
    ):
        self._predictions, self._on_error = predictions, on_error
        self._shown: pd.DataFrame | inspection.PredictionQueries | None = None
        self.grid, self.classes, self.examples = ConfusionGrid(), ClassTable(), ExamplesTable()
        upper = GridBox([self.grid, self.classes])
        upper.add_class("wb-upper")
        super().__init__([upper, self.examples])
        self.add_class("wb-stack")
        self.grid.observe(self._cell_chosen, "selected")
        self.classes.observe(self._class_chosen, "selected")
        self.examples.observe(self._order_chosen, "order")

    def show(self, shown: pd.DataFrame | inspection.PredictionQueries) -> None:
        """Show predictions, or the questions that can be asked of a table that is too large."""
        self._shown = shown
        self.grid.show(inspection.confusion(shown))
        self.classes.show(inspection.per_class_errors(shown))
        self.examples.order = "loss"
        large = isinstance(shown, inspection.PredictionQueries)
        self.examples.orders = [] if large else ["loss", "margin", "entropy"]
        self._list()

    def empty(self) -> None:
        """Show nothing."""
        import pandas as pd

        self._shown = None
        self.grid.show(pd.DataFrame())
        self.classes.show(pd.DataFrame({"class": [], "f1": []}))
        self.examples.show(pd.DataFrame({"text": pd.Series([], dtype=object)}))

    def forget(self) -> None:
        """The predictions are not there any more; what is drawn stays until others come."""
        self._shown = None

    def unselect(self) -> None:
        """Choose no cell and no class."""
        with self.grid.hold_trait_notifications():
            self.grid.selected, self.classes.selected = [], ""

    def listed(self) -> pd.DataFrame:
        """The examples that the chosen cell or class lists, by loss."""
        label, prediction = self._chosen()
        return inspection.top_losses(
            self._predictions(), n=None, label=label, prediction=prediction
        )

    def _chosen(self) -> tuple[str | None, str | None]:
        if self.grid.chosen is not None:
            return self.grid.chosen
        return (self.classes.selected or None), None

    def _list(self) -> None:
        if self._shown is None:
            return
        label, prediction = self._chosen()
        if prediction is not None:
            heading = t("inspect.cell", label=label, prediction=prediction)
        else:
            heading = t("inspect.class", label=label) if label else t("inspect.all")
        if isinstance(self._shown, inspection.PredictionQueries):
            self.examples.show(FilePages(self._shown, label, prediction), heading)
        else:
            self.examples.show(self._ordered(self.listed()), heading)

    def _ordered(self, rows: pd.DataFrame) -> pd.DataFrame:
        """These rows of the predictions in the order that was chosen, with what it goes by."""
        order = self.examples.order
        if order == "loss":
            return rows
        unsure = inspection.uncertainty(self._predictions())[order]
        rows = rows.assign(**{order: unsure.loc[rows.index]})
        return rows.sort_values(order, ascending=order == "margin", kind="stable")

    def _order_chosen(self, _change) -> None:
        try:
            self._list()
        except WorkbenchError as error:  # scores that are no probabilities
            self._on_error(error)

    def _cell_chosen(self, _change) -> None:
        if self.grid.selected and self.classes.selected:
            self.classes.selected = ""
        self._list()

    def _class_chosen(self, _change) -> None:
        if self.classes.selected and self.grid.selected:
            self.grid.selected = []
        self._list()
