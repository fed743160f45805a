"""The What-if view: a text that is predicted while it is typed, its words, swaps, neighbours."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import traitlets

from workbench import inspection
from workbench.i18n import t

from ..base import View, module
from ..boxes import VBox
from ..elements.notice import Notice
from ..elements.query import Query
from ..elements.table import Sheet
from ..elements.toolbar import Line
from ..panels.said import said_of
from ..turns import Turns

if TYPE_CHECKING:
    import pandas as pd


class WordEffects(View):
    """A text whose words are shaded by what they are worth."""

    TEXTS = "what_if"
    _esm = module("views/whatif.js")
    heading = traitlets.Unicode("").tag(sync=True)
    text = traitlets.Unicode("").tag(sync=True)
    words = traitlets.List().tag(sync=True)  # [word, start, end, change]

    def __init__(self, **traits):
        super().__init__(**traits)

    def show(self, text: str, effects: pd.DataFrame, heading: str) -> None:
        """Show the table of :func:`workbench.inspection.word_effects`."""
        rows = effects[["word", "start", "end", "change"]].itertuples(index=False)
        with self.hold_sync():
            self.text, self.heading = text, heading
            self.words = [[w, int(a), int(b), float(change)] for w, a, b, change in rows]

    def clear(self) -> None:
        """Show no text."""
        self.words = []


class WhatIfView(VBox):
    """A line that asks while one types, and buttons for what a word, a swap, a neighbour tells."""

    def __init__(self):
        self.panel: Any = None
        self._turns, self._lock = Turns(), threading.Lock()
        self.query = Query(on_ask=self.ask, live=True)
        self.line = Line(
            on_action=self._act,
            actions=[{"name": name, "label": t(f"what_if.{name}")}
                     for name in ("delete", "mask", "swap", "nearest")],
        )  # fmt: skip
        self.notice, self.words, self.table = Notice(), WordEffects(), Sheet()
        super().__init__([self.query, self.line, self.notice, self.words, self.table])
        self.add_class("wb-stack")

    def load(self, panel: Any) -> None:
        """Take the panel's run, and the text that is looked at there."""
        import pandas as pd

        self.panel = panel
        self.notice.clear()
        self.words.clear()
        self.table.show(pd.DataFrame(), [])
        self.query.has_pair = "pair" in panel.predictions.columns
        first = panel.predictions.iloc[0]
        text, pair = panel.query.text, panel.query.pair
        if not text:
            text, pair = str(first["text"]), str(first.get("pair") or "")
        self.query.ask(text, pair or None)

    def ask(self, text: str, pair: str | None = None) -> threading.Thread:
        """Predict this text beside the kernel's thread; the newest question alone is answered."""
        number = self._turns.take()

        def work() -> None:
            with self._lock:
                if not self._turns.is_newest(number):
                    return
                prediction, scores, problem = None, None, None
                try:
                    prediction, scores = self._predicted(text, pair)
                except Exception as error:  # said below the line
                    problem = error
                with self._turns:
                    if self._turns.is_newest(number):
                        self.notice.show_error(problem) if problem else self.notice.clear()
                        self.query.answer(prediction, scores)

        thread = threading.Thread(target=work, name="workbench-what-if", daemon=True)
        thread.start()
        return thread

    def effects(self, how: str) -> pd.DataFrame:
        """Leave out (or mask) each word of the text, and show what it is worth."""
        text, pair = self.query.text, self.query.pair or None
        found = inspection.word_effects(self.panel.run, text, pair, how=how)
        of = found.attrs["target"]
        heading = t("what_if.of_class", name=of) if of else t("what_if.of_number")
        self.words.show(text, found, f"{heading} {found.attrs['value']:.3f}")
        strongest = found.reindex(found["change"].abs().sort_values(ascending=False).index)
        self._list(strongest, ("word", "value", "change"), t(f"what_if.{how}"))
        return found

    def swap(self) -> pd.DataFrame:
        """Show what the model says after each swap of names, gender or negation."""
        self.words.clear()
        text, pair = self.query.text, self.query.pair or None
        found = inspection.swap_effects(self.panel.run, text, pair)
        heading = t("what_if.swap") if len(found) else t("what_if.nothing")
        self._list(found, ("kind", "before", "after", "value", "change"), heading)
        return found

    def nearest(self) -> pd.DataFrame:
        """List the training examples that are nearest to the text."""
        self.words.clear()
        found = inspection.nearest_examples(self.panel.run, self.query.text)
        self._list(found, ("similarity", "label", "text"), t("what_if.nearest"))
        return found

    def _predicted(self, text: str, pair: str | None):
        return said_of(inspection.asked_row(self.panel.run, text, pair))

    def _list(self, table: pd.DataFrame, names: tuple[str, ...], heading: str) -> None:
        titles = [t(f"column.{name}") for name in names] if len(table) else []
        self.table.show(table[list(names)], titles, heading=heading)

    def _act(self, action: str, _values: dict[str, str]) -> None:
        if self.panel is None:
            return
        work = {"swap": self.swap, "nearest": self.nearest}.get(action)
        if work is None and action in inspection.WAYS:
            work = lambda: self.effects(action)  # noqa: E731
        if work is not None:
            self.line.work(work, self.notice)
