"""A text that the model is asked about: the line to type it in, what the model says and sees."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from workbench import inspection
from workbench.errors import DataError, WorkbenchError
from workbench.inspection.predictions.kinds import task_for

from ..attention.attention_view import AttentionView
from ..attention.bertviz_frame import BertVizFrame
from ..elements.notice import Notice
from ..elements.query import Query
from ..turns import Turns
from .said import Said, said_of

if TYPE_CHECKING:
    import pandas as pd

    from workbench.inspection.inside.attention import Attention


class AskedText:
    """The line and the widgets that answer; a panel lays them out.

    Parameters
    ----------
    run : callable
        Gives the run whose model is asked.
    """

    def __init__(self, run: Callable[[], Any]):
        self._run = run
        self.query, self.said, self.refusal = Query(on_ask=self.ask), Said(), Notice()
        self.attention, self.bertviz = AttentionView(), BertVizFrame()
        self.seen: Attention | None = None
        self._turns = Turns()
        self._lock = threading.Lock()  # of the model: one text is read at a time

    def ask(self, text: str, pair: str | None = None, label: str = "") -> None:
        """Ask in a thread; when more was asked meanwhile, only the newest is answered."""
        with self._turns:
            number, self.query.busy = self._turns.take(), True

        def work() -> None:
            with self._lock:
                if self._turns.is_newest(number):
                    self._answer(text, pair, label, number)

        threading.Thread(target=work, name="workbench-inspect", daemon=True).start()

    def inspect(self, text: str, pair: str | None = None, *, label: str = "") -> Attention | None:
        """Ask and wait; see :meth:`workbench.widgets.panels.inspect.InspectPanel.inspect`."""
        with self._lock:
            with self._turns:
                number, self.query.busy = self._turns.take(), True
            return self._answer(text, pair, label, number)

    def clear(self) -> None:
        """Forget the text that was asked about, and one that is still to be answered."""
        with self._turns:
            self._turns.take()
            self.seen = None
            self.refusal.clear()
            self.said.clear()
            self.attention.clear()
            self.bertviz.show(None)
            with self.query.hold_sync():
                self.query.text = self.query.pair = self.query.label = ""
                self.query.answer(None, None)
                self.query.busy = False

    def _show_said(self, run: Any, text: str, row: pd.Series | None) -> None:
        """What the task shows of the text; code of it that cannot be used is said, no more."""
        try:
            self.said.clear() if row is None else self.said.show(run, text, row)
        except Exception as error:
            self.said.clear()
            self.refusal.show_error(error)

    def _answer(self, text: str, pair: str | None, label: str, number: int) -> Attention | None:
        run = self._run()
        seen, prediction, scores, refusal, shown = None, None, None, None, None
        try:
            together = pair if pair and task_for(run).reads_together(run.recipe) else None
            try:
                shown = seen = inspection.attention(run, text, together)
                prediction = seen.prediction
                scores = seen.scores if self.query.kind != "number" else None
            except inspection.TooLong:
                if together is not None:
                    raise
                shown = inspection.LongText(run, text)  # part by part
        except Exception as error:  # said below the line that asked
            refusal = error
        row = None
        if prediction is None or self.query.kind not in ("class", "number"):
            try:
                row = inspection.asked_row(run, text, pair)
                prediction, scores = said_of(row)
            except (WorkbenchError, AttributeError) as error:  # no finished model, no context
                refusal = error if isinstance(error, DataError) else refusal
        with self._turns:
            if not self._turns.is_newest(number):
                return seen
            if run is not self._run():  # another one is shown by now
                self.query.busy = False
                return seen
            with self.query.hold_sync():
                self.query.text, self.query.pair, self.query.label = text, pair or "", label
                notes = [] if row is None else row.attrs.get("notes", [])
                self.query.answer(prediction, scores, " ".join(notes))
                self.query.busy = False
            self.refusal.clear() if refusal is None else self.refusal.show_error(refusal)
            self._show_said(run, text, row)
            self.seen = seen
        # whoever asks next must not wait for what goes on in the view: its turn comes first
        with self.attention.alone(), self._turns:
            if not self._turns.is_newest(number):
                return seen
            self.attention.clear() if shown is None else self.attention.show(shown, source=run)
            self.bertviz.show(seen, source=run)
            if isinstance(shown, inspection.LongText):
                self.bertviz.refuse(shown.n_tokens)
        return seen


def judges(predictions: pd.DataFrame) -> bool:
    """Whether their task calls predictions right or wrong; some are only near."""
    return not len(predictions) or task_for(predictions).wrong(predictions.head(1)) is not None
