"""A text to ask the model about: typed or taken from an example; prediction and scores."""

from __future__ import annotations

from collections.abc import Callable

import traitlets

from workbench.i18n import t

from ..base import View, module

MOST = 8  # classes whose scores are shown, the highest first


class Query(View):
    """A line to type a text into, and what the model says of it.

    Parameters
    ----------
    on_ask : callable, optional
        ``on_ask(text, pair)`` when a text was typed.
    """

    TEXTS = "query"
    _esm = module("keys.js", "elements/query.js")
    text = traitlets.Unicode("").tag(sync=True)
    pair = traitlets.Unicode("").tag(sync=True)
    kind = traitlets.Unicode("class").tag(sync=True)  # what a prediction is, as tasks say it
    has_pair = traitlets.Bool(False).tag(sync=True)
    label = traitlets.Unicode("").tag(sync=True)  # the true class of an example
    prediction = traitlets.Unicode("").tag(sync=True)
    scores = traitlets.List().tag(sync=True)  # [class, probability]
    note = traitlets.Unicode("").tag(sync=True)  # what is to be said of the answer
    judged = traitlets.Bool(True).tag(sync=True)  # a prediction is right or wrong
    busy = traitlets.Bool(False).tag(sync=True)
    live = traitlets.Bool(False).tag(sync=True)  # asks whenever typing stops for a moment

    def __init__(self, *, on_ask: Callable[[str, str | None], None] | None = None, **traits):
        super().__init__(**traits)
        self._on_ask = on_ask
        self.can_judge = True  # whether a prediction of the task is right or wrong
        self.on_msg(self._message)

    def ask(self, text: str, pair: str | None = None) -> None:
        """Ask about this text, as typing it and pressing Enter does."""
        with self.hold_sync():
            self.text, self.pair, self.label = text, pair or "", ""
        if self._on_ask is not None:
            self._on_ask(text, pair or None)

    def answer(
        self, prediction: object, scores: dict[str, float] | None, note: str = ""
    ) -> None:
        """Show what the model says; None for a model that classifies nothing."""
        ordered = sorted((scores or {}).items(), key=lambda item: -item[1])[:MOST]
        if self.kind == "text" and prediction == "":  # a model that had nothing to write
            note = f"{t('query.nothing')} {note}".strip()
        with self.hold_sync():
            self.judged = self.can_judge and not isinstance(prediction, float)
            self.prediction, self.note = _said(prediction), note
            self.scores = [[name, float(score)] for name, score in ordered]

    def _message(self, _widget, content: dict, _buffers) -> None:
        text, pair = content.get("ask"), content.get("pair")
        if isinstance(text, str):
            self.ask(text, pair if isinstance(pair, str) and pair else None)


def _said(prediction: object) -> str:
    if prediction is None:
        return ""
    return f"{prediction:.3g}" if isinstance(prediction, float) else str(prediction)
