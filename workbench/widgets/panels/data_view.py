"""Label balance and token lengths of a dataset, each with its numbers."""

from __future__ import annotations

import traitlets

from workbench.i18n import t

from ..base import View, module
from .data_look import DataLook


class DataView(View):
    """Facts, label balance, and how many texts ``max_length`` cuts."""

    TEXTS = "data"
    _esm = module("panels/data_view.js")
    facts = traitlets.List(traitlets.Unicode()).tag(sync=True)
    notes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    labels = traitlets.List().tag(sync=True)  # [class, training examples]
    bins = traitlets.List().tag(sync=True)  # [from, to, texts]
    max_length = traitlets.Int(0).tag(sync=True)
    cut = traitlets.Float(None, allow_none=True).tag(sync=True)  # share; None: unknown
    busy = traitlets.Unicode("").tag(sync=True)  # what is being done now

    def show(self, look: DataLook, max_length: int) -> None:
        """Show what :func:`workbench.widgets.panels.data_look.look_at` found."""
        with self.hold_sync():
            self.busy = ""
            facts = [
                t("data.split", split=t(f"split.{name}"), n=n) for name, n in look.examples.items()
            ]
            if look.counts and not look.are_scores:
                facts.append(t("data.classes", n=len(look.counts)))
            self.facts = facts
            self.notes = look.notes
            self.labels = [[name, n] for name, n in look.counts.items()]
            self.bins = look.histogram()
            self.set_max_length(look, max_length)

    def set_max_length(self, look: DataLook, max_length: int) -> None:
        """Only the cut moves."""
        with self.hold_sync():
            self.max_length = max_length
            self.cut = look.cut(max_length) if len(look.lengths) else None

    def clear(self, busy: str = "") -> None:
        """Show nothing but what is being done."""
        with self.hold_sync():
            self.facts, self.notes, self.labels, self.bins = [], [], [], []
            self.cut, self.busy = None, busy
