"""The Slices view: where errors are significantly more, and slices made by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench import inspection
from workbench.i18n import t

from ..boxes import VBox
from ..elements.listed_examples import ListedExamples
from ..elements.notice import Notice
from ..elements.table import Sheet
from ..elements.toolbar import Line

if TYPE_CHECKING:
    import pandas as pd

NAMES = ("query", "examples", "error_rate", "low", "high", "elsewhere", "p_corrected")


class SlicesView(VBox):
    """Slices made by hand with a field to add one, and slices found where the model errs most.

    Attributes
    ----------
    found : pandas.DataFrame or None
        What :meth:`find` found last.
    own : pandas.DataFrame or None
        The run's slices made by hand, measured.
    """

    def __init__(self):
        self.panel: Any = None
        self.columns: inspection.SliceColumns | None = None
        self.found: pd.DataFrame | None = None
        self.far = False
        self.own: pd.DataFrame | None = None
        self.search = Line(
            on_action=self._act, actions=[{"name": "find", "label": t("slices.find")}]
        )
        self.adding = Line(
            on_action=self._act,
            fields=[
                {"name": "query", "label": t("slices.query"), "wide": True},
                {"name": "name", "label": t("slices.name")},
            ],
            actions=[
                {"name": name, "label": t(f"slices.{name}")} for name in ("add", "list", "remove")
            ],
        )
        self.notice = Notice()
        self.found_sheet, self.own_sheet = Sheet(choosable=True), Sheet(choosable=True)
        self.examples = ListedExamples()
        super().__init__(
            [self.search, self.found_sheet, self.adding, self.notice, self.own_sheet,
             self.examples]
        )  # fmt: skip
        self.add_class("wb-stack")
        self.found_sheet.observe(self._found_chosen, "selected")
        self.own_sheet.observe(self._own_chosen, "selected")

    def load(self, panel: Any) -> None:
        """Take the panel's run and measure its own slices; others are looked for when asked."""
        import pandas as pd

        self.panel = self.examples.panel = panel
        self.found = None
        self.notice.clear()
        self.examples.clear()
        self.search.status = t("slices.hint")
        self.found_sheet.show(pd.DataFrame(), [])
        self.columns = inspection.SliceColumns(panel.run, panel.split)
        self.far = self.columns.errors()[1] == "distance"  # nothing is right or wrong
        self.search.actions = [{"name": "find", "label": t(f"slices.find{self._kind}")}]
        self.adding.status = t("slices.names", names=", ".join(self.columns.names))
        self._measure()

    def find(self) -> pd.DataFrame:
        """Look for slices with significantly more errors, as the button does."""
        self.found = inspection.find_slices(self.columns)
        n = self.found.attrs["tests"]
        self.search.status = t(f"slices.found{self._kind}", n=len(self.found), tests=n)
        how = t("slices.how")
        if self.far:
            how = t("slices.how_far", measure=t(f"column.{self.columns.measure}"))
        self._list(self.found_sheet, self.found, t(f"slices.significant{self._kind}"), how)
        return self.found

    def add(self, name: str, query: str) -> pd.DataFrame:
        """Keep a slice with the run and measure all that it has; the query is its name if none."""
        inspection.slice_errors(self.columns, {name or query: query})  # a wrong one is not kept
        inspection.save_slice(self.panel.run, name or query, query)
        return self._measure()

    def remove(self, name: str) -> pd.DataFrame:
        """Take a slice out of the run's folder."""
        inspection.save_slice(self.panel.run, name, None)
        return self._measure()

    def list_examples(self, query: str) -> pd.DataFrame:
        """List the examples of a query, the worst first."""
        rows = inspection.slice_examples(self.columns, query)
        self.examples.list(rows, t("slices.examples", query=query))
        return rows

    @property
    def _kind(self) -> str:
        """How the keys of texts end where predictions are only near."""
        return "_far" if self.far else ""

    def _measure(self) -> pd.DataFrame:
        known = inspection.saved_slices(self.panel.run)
        self.own = inspection.slice_errors(self.columns, known)
        self._list(self.own_sheet, self.own, t("slices.own") if known else "", "", named=True)
        return self.own

    def _list(
        self, sheet: Sheet, table: pd.DataFrame, heading: str, note: str, *, named: bool = False
    ) -> None:
        names = ("slice", *NAMES) if named else NAMES
        if not len(table):
            sheet.show(table, [], heading=heading)
            return
        titles = {"error_rate": self.columns.measure}
        sheet.show(
            table[list(names)], [t(f"column.{titles.get(n, n)}") for n in names],
            heading=heading, note=note,
        )  # fmt: skip

    def _act(self, action: str, values: dict[str, str]) -> None:
        if self.columns is None:
            return
        query, name = values.get("query", "").strip(), values.get("name", "").strip()
        work = {
            "find": self.find,
            "add": lambda: self.add(name, query),
            "list": lambda: self.list_examples(query),
            "remove": lambda: self.remove(name or query),
        }.get(action)
        if work is not None:
            (self.search if action == "find" else self.adding).work(work, self.notice)

    def _found_chosen(self, _change) -> None:
        if self.found_sheet.selected >= 0:
            self.list_examples(self.found["query"].iloc[self.found_sheet.selected])

    def _own_chosen(self, _change) -> None:
        if self.own_sheet.selected >= 0:
            self.list_examples(self.own["query"].iloc[self.own_sheet.selected])
