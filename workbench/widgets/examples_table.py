"""Examples with text, label, prediction and loss: search, page, choose one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import traitlets

from .base import View, as_text, module
from .subshell import answer_while_busy

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
        Position of the chosen example in the frame that was shown; -1 for none.
    query : str
        Only texts that contain it are listed; upper and lower case are the same.
    """

    TEXTS = "examples"
    _esm = module("examples_table.js")
    heading = traitlets.Unicode("").tag(sync=True)
    columns = traitlets.List(traitlets.Unicode()).tag(sync=True)  # beside the text, in order
    rows = traitlets.List().tag(sync=True)  # [position, text, pair, value of each column]
    total = traitlets.Int(0).tag(sync=True)
    page = traitlets.Int(0).tag(sync=True)
    pages = traitlets.Int(0).tag(sync=True)
    query = traitlets.Unicode("").tag(sync=True)
    selected = traitlets.Int(-1).tag(sync=True)
    whole = traitlets.Unicode("").tag(sync=True)  # full text of the chosen example
    judged = traitlets.Bool(True).tag(sync=True)  # a prediction is right or wrong
    searchable = traitlets.Bool(True).tag(sync=True)

    def __init__(self, frame: pd.DataFrame | None = None, *, page_size: int = 10, **traits):
        super().__init__(**traits)
        answer_while_busy(self)
        self.page_size = page_size
        self._frame: pd.DataFrame | None = None
        self._found = None  # positions that the query left
        self.observe(self._search, "query")
        self.observe(self._send_page, "page")
        self.observe(self._send_whole, "selected")
        if frame is not None:
            self.show(frame)

    def show(self, frame: pd.DataFrame, heading: str = "") -> None:
        """Show this table in place of what is shown; nothing is chosen then."""
        import pandas as pd

        self._frame = frame.reset_index(drop=True)
        if "text" not in frame.columns:
            raise ValueError("The table has no column 'text'.")
        self._lower = None
        self._found = pd.RangeIndex(len(frame))
        with self.hold_sync():
            self.heading = heading
            self.selected, self.query, self.page = -1, "", 0
            self.columns = [c for c in ("label", "prediction", "loss") if c in frame.columns]
            self._send_page()

    def search(self, text: str) -> None:
        """List only texts that contain this."""
        self.query = text

    def select(self, position: int) -> None:
        """Choose the example at this position of the frame; -1 for none.

        Raises
        ------
        IndexError
            If there is no such row.
        """
        if self._frame is None or not -1 <= position < len(self._frame):
            n = 0 if self._frame is None else len(self._frame)
            raise IndexError(f"There is no example {position}; there are {n}.")
        self.selected = position

    @property
    def example(self) -> pd.Series | None:
        """The chosen row."""
        if self._frame is None or not 0 <= self.selected < len(self._frame):
            return None
        return self._frame.iloc[self.selected]

    def _search(self, _change=None) -> None:
        import pandas as pd

        if self._frame is None:
            return
        wanted = self.query.strip().casefold()
        if not wanted:
            self._found = pd.RangeIndex(len(self._frame))
        else:
            if self._lower is None:
                texts = self._frame["text"].map(as_text)
                if "pair" in self._frame.columns:
                    texts = texts + "\n" + self._frame["pair"].map(as_text)
                self._lower = texts.str.casefold()
            self._found = self._lower.index[self._lower.str.contains(wanted, regex=False)]
        with self.hold_sync():
            self.page = 0
            self._send_page()

    def _send_page(self, _change=None) -> None:
        frame = self._frame
        if frame is None:
            return
        pages = max(1, -(-len(self._found) // self.page_size))
        start = max(0, min(self.page, pages - 1)) * self.page_size
        rows = []
        for position in self._found[start : start + self.page_size]:
            row = frame.iloc[position]
            pair = as_text(row["pair"]) if "pair" in frame.columns else ""
            values = [
                float(row[c]) if c == "loss" else as_text(row[c])[:200] for c in self.columns
            ]
            rows.append([int(position), as_text(row["text"])[:SHOWN], pair[:SHOWN], *values])
        with self.hold_sync():
            self.rows, self.total, self.pages = rows, len(self._found), pages

    def _send_whole(self, _change=None) -> None:
        row = self.example
        self.whole = "" if row is None else as_text(row["text"])[:WHOLE]

    def __repr__(self) -> str:
        return f"ExamplesTable({self.total} examples)"
