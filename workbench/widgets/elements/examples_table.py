"""Examples with text, label, prediction and loss: search, page, choose one."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import traitlets

from workbench.errors import DataError

from ..base import View, as_text, module
from ..turns import Turns
from .example_pages import NUMBERS, FilePages, FramePages

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 400  # characters of a text in a row; the chosen one is shown whole
WHOLE = 20_000


class ExamplesTable(View):
    """A page of a table of examples.

    Parameters
    ----------
    frame : pandas.DataFrame, optional
        ``text`` and, where there are any, ``pair``, ``label``, ``prediction``, ``loss``.
    page_size : int

    Attributes
    ----------
    selected : int
        Position of the chosen example in what was shown; -1 for none.
    query : str
        Only texts that contain it are listed; upper and lower case are the same.
    regex : bool
        ``query`` is a regular expression (RE2's syntax).
    order : str
        One of ``orders``; whoever shows the table observes it and shows it so ordered.
    """

    TEXTS = "examples"
    _esm = module("keys.js", "elements/examples_table.js")
    heading = traitlets.Unicode("").tag(sync=True)
    columns = traitlets.List(traitlets.Unicode()).tag(sync=True)  # beside the text, in order
    rows = traitlets.List().tag(sync=True)  # [position, text, pair, value of each column]
    total = traitlets.Int(0).tag(sync=True)
    page = traitlets.Int(0).tag(sync=True)
    pages = traitlets.Int(0).tag(sync=True)
    query = traitlets.Unicode("").tag(sync=True)
    regex = traitlets.Bool(False).tag(sync=True)
    orders = traitlets.List(traitlets.Unicode()).tag(sync=True)  # that can be chosen, if any
    order = traitlets.Unicode("loss").tag(sync=True)
    fault = traitlets.Unicode("").tag(sync=True)  # why the query cannot be searched for
    searching = traitlets.Bool(False).tag(sync=True)
    selected = traitlets.Int(-1).tag(sync=True)
    whole = traitlets.Unicode("").tag(sync=True)  # full text of the chosen example
    wrongs = traitlets.List(traitlets.Bool()).tag(sync=True)  # of each row, if the task was asked
    judged = traitlets.Bool(True).tag(sync=True)  # a prediction is right or wrong
    searchable = traitlets.Bool(True).tag(sync=True)

    def __init__(self, frame: pd.DataFrame | None = None, *, page_size: int = 10, **traits):
        super().__init__(**traits)
        self.page_size = page_size
        self._source: FramePages | FilePages | None = None
        self._turns, self._quiet = Turns(), False
        self.observe(self._search, ["query", "regex"])
        self.observe(self._turned, "page")
        self.observe(self._send_whole, "selected")
        if frame is not None:
            self.show(frame)

    def show(
        self,
        source: pd.DataFrame | FilePages,
        heading: str = "",
        *,
        wrong: pd.Series | None = None,
    ) -> None:
        """Show this table, or these pages of a file, in place of what is shown; none is chosen.

        Parameters
        ----------
        source : pandas.DataFrame or FilePages
        heading : str
        wrong : pandas.Series of bool, optional
            Of each row of a table, whether its prediction is wrong; where it is left out, it is
            when it differs from the label.
        """
        pages = source if isinstance(source, FilePages) else FramePages(source, wrong)
        self._source, self._quiet = pages, True
        try:
            with self.hold_sync():
                self.heading, self.fault = heading, ""
                self.selected, self.query, self.page = -1, "", 0
                self.columns = pages.columns
                self._find()
        finally:
            self._quiet = False

    def search(self, text: str, *, regex: bool = False) -> None:
        """List only texts that contain this, or match it as a regular expression."""
        self.regex = regex
        self.query = text

    def select(self, position: int) -> None:
        """Choose the example at this position; -1 for none.

        Raises
        ------
        IndexError
            If there is no such row.
        """
        if position != -1:
            if self._source is None:
                raise IndexError(f"There is no example {position}; there are 0.")
            self._source.row(position)
        self.selected = position

    @property
    def example(self) -> pd.Series | None:
        """The chosen row."""
        if self._source is None or self.selected < 0:
            return None
        try:
            return self._source.row(self.selected)
        except IndexError:
            return None

    def _search(self, _change=None) -> None:
        if self._source is None or self._quiet:
            return
        self._quiet = True
        self.page = 0
        self._quiet = False
        self._ask()

    def _turned(self, _change=None) -> None:
        if self._source is not None and not self._quiet:
            self._ask()

    def _ask(self) -> None:
        """Send the page that is wanted now; one from a file comes when it was found."""
        if self._source.at_once:
            self._find()
            return
        self.searching = True
        threading.Thread(target=self._find, name="workbench-search", daemon=True).start()

    def _find(self) -> None:
        mine, source = self._turns.take(), self._source
        start = max(0, self.page) * self.page_size
        try:
            answer = source.find(self.query.strip(), self.regex, start, self.page_size)
        except DataError as error:
            with self._turns:
                if self._turns.is_newest(mine):
                    self.fault, self.searching = str(error), False
            return
        if answer is not None:
            with self._turns:
                if self._turns.is_newest(mine):
                    self._show_page(source, start, *answer)

    def _show_page(
        self, source: FramePages | FilePages, start: int, total: int, page: pd.DataFrame
    ) -> None:
        pages = max(1, -(-total // self.page_size))
        if start >= total > 0:  # a page behind the last
            self.page = pages - 1
            return
        rows = []
        for row in page.to_dict("records"):
            pair = as_text(row.get("pair", ""))
            values = [
                float(row[c]) if c in NUMBERS else as_text(row[c])[:200] for c in self.columns
            ]
            rows.append(
                [int(row["position"]), as_text(row["text"])[:SHOWN], pair[:SHOWN], *values]
            )
        wrong = source.wrong
        with self.hold_sync():
            self.wrongs = [] if wrong is None else [bool(wrong[n]) for n in page["position"]]
            self.rows, self.total, self.pages = rows, total, pages
            self.fault, self.searching = "", False

    def _send_whole(self, _change=None) -> None:
        row = self.example
        self.whole = "" if row is None else as_text(row["text"])[:WHOLE]

    def __repr__(self) -> str:
        return f"ExamplesTable({self.total} examples)"
