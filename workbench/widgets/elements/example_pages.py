"""Where an examples table takes its pages from: a frame in memory, or a file of predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..base import as_text

if TYPE_CHECKING:
    import pandas as pd

    from workbench.inspection import PredictionQueries

NUMBERS = ("loss", "margin", "entropy")
BESIDE = ("target", "label", "prediction", *NUMBERS)


class FramePages:
    """Pages of a frame, in its order; a position counts the frame's rows."""

    at_once = True  # a search takes milliseconds

    def __init__(self, frame: pd.DataFrame, wrong: pd.Series | None = None):
        import pandas as pd

        if "text" not in frame.columns:
            raise ValueError("The table has no column 'text'.")
        self.frame = frame.reset_index(drop=True)
        self.wrong = None if wrong is None else wrong.to_numpy(bool)
        self.columns = [name for name in BESIDE if name in frame.columns]
        self._texts: pd.Series | None = None
        self._asked, self._found = ("", False), pd.RangeIndex(len(frame))

    def find(self, text: str, regex: bool, start: int, limit: int):
        """Number of fitting examples and one page of them, with ``position``.

        Raises
        ------
        DataError
            If the regular expression is invalid or takes too long.
        """
        import pandas as pd

        from workbench.inspection.predictions.slice_query import matching

        if (text, regex) != self._asked:
            if not text:
                self._found = pd.RangeIndex(len(self.frame))
            elif regex:
                fits = matching(self._searched, text, ignore_case=True)
                self._found = self._searched.index[fits]
            else:
                lower = self._searched.str.casefold()
                fits = lower.str.contains(text.casefold(), regex=False)
                self._found = lower.index[fits]
            self._asked = (text, regex)
        page = self.frame.iloc[self._found[start : start + limit]]
        return len(self._found), page.assign(position=page.index)

    def row(self, position: int) -> pd.Series:
        """The example at this position."""
        if not 0 <= position < len(self.frame):
            raise IndexError(f"There is no example {position}; there are {len(self.frame)}.")
        return self.frame.iloc[position]

    @property
    def _searched(self) -> pd.Series:
        if self._texts is None:
            texts = self.frame["text"].map(as_text)
            if "pair" in self.frame.columns:
                texts = texts + "\n" + self.frame["pair"].map(as_text)
            self._texts = texts
        return self._texts


@dataclass
class FilePages:
    """Pages of a file of predictions by loss; a position counts the file's rows."""

    queries: PredictionQueries
    label: str | None = None
    prediction: str | None = None

    wrong = None  # a prediction is wrong when it differs from the label
    at_once = False  # a search may take a second, and the next one cancels it

    def __post_init__(self):
        self.columns = [name for name in BESIDE if name in self.queries.columns]

    def find(self, text: str, regex: bool, start: int, limit: int):
        """Number of fitting examples and one page; None when another search came meanwhile."""
        return self.queries.find(
            text=text, regex=regex, start=start, limit=limit, label=self.label,
            prediction=self.prediction,
        )  # fmt: skip

    def row(self, position: int) -> pd.Series:
        """The example at this position."""
        return self.queries.row(position)
