"""An examples table for any task's predictions; a chosen row is asked about in the panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.inspection.predictions.kinds import task_for

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
        task = task_for(table)
        wrong = task.wrong(table)
        self.judged = wrong is not None
        self.show(task.readable(table), heading, wrong=wrong)
        self.layout.display = None

    def _chosen(self, _change) -> None:
        row = self.example
        if row is not None and self.panel is not None:
            self.panel.ask(row["text"], row.get("pair"), str(row.get("label", "")))
