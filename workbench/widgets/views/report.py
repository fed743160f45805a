"""The Report view: one page and one Markdown file about the run."""

from __future__ import annotations

from typing import Any

from workbench import inspection
from workbench.i18n import t

from ..boxes import VBox
from ..elements.notice import Notice
from ..elements.table import Sheet
from ..elements.toolbar import Line


class ReportView(VBox):
    """A button that writes the report, where it lies, and what is in it.

    Attributes
    ----------
    report : Report or None
        What was made last.
    """

    def __init__(self):
        self.panel: Any = None
        self.report: inspection.Report | None = None
        self.line = Line(
            on_action=self._act, actions=[{"name": "write", "label": t("report_view.write")}]
        )
        self.notice, self.parts = Notice(), Sheet()
        super().__init__([self.line, self.notice, self.parts])
        self.add_class("wb-stack")

    def load(self, panel: Any) -> None:
        """Take the panel's run; its report is made when that is asked for."""
        import pandas as pd

        self.panel, self.report = panel, None
        self.notice.clear()
        self.line.status = t("report_view.hint")
        self.parts.show(pd.DataFrame(), [])

    def write(self) -> inspection.Report:
        """Make the report and write both files into the run's folder, as the button does."""
        import pandas as pd

        self.report = inspection.report(self.panel.run, self.panel.split)
        page, card = self.report.save(self.panel.run.path)
        self.line.status = t("report_view.written")
        rows = [(s.title, 0 if s.table is None else len(s.table)) for s in self.report.sections]
        self.parts.show(
            pd.DataFrame(rows), [t("report_view.part"), t("report_view.rows")],
            heading=f"{page}\u2002·\u2002{card.name}",
        )  # fmt: skip
        return self.report

    def _act(self, action: str, _values: dict[str, str]) -> None:
        if action == "write" and self.panel is not None:
            self.line.work(self.write, self.notice)
