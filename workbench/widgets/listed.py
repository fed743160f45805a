"""An examples table for any task's predictions; a chosen row is asked about in the panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench import inspection
from workbench.i18n import t

from .examples_table import ExamplesTable

if TYPE_CHECKING:
    import pandas as pd


class ListedExamples(ExamplesTable):
    """Examples of a predictions table, labels and predictions written for people."""

    def __init__(self, **traits):
        super().__init__(**traits)
        self.panel: Any = None
        self.layout.display = "none"
        self.observe(self._chosen, "selected")

    def clear(self) -> None:
        """Hide the table."""
        self.layout.display = "none"

    def list(self, table: pd.DataFrame, heading: str) -> None:
        """Show these rows of the predictions."""
        self.judged = not inspection.is_regression(table)
        self.show(readable(table), heading)
        self.layout.display = None

    def _chosen(self, _change) -> None:
        row = self.example
        if row is not None and self.panel is not None:
            self.panel.ask(row["text"], row.get("pair"), str(row.get("label", "")))


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """Predictions with labels that are short texts: numbers to two places, entities by name."""
    names = [name for name in ("label", "prediction") if name in table]
    if inspection.is_regression(table):
        return table.assign(**{name: table[name].map("{:.2f}".format) for name in names})
    if inspection.is_tagged(table):
        from workbench.data.tagged import entities_text

        return table.assign(
            **{
                name: [
                    entities_text(*row) or t("entities.nothing")
                    for row in zip(table["tokens"], table[name], strict=True)
                ]
                for name in names
            }
        )
    if inspection.is_multi_label(table):
        return table.assign(**{name: table[name].map(inspection.labels_text) for name in names})
    return table
