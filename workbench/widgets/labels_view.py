"""The Labels view: doubtful training labels, decided by a key, and the recipe that trains so."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import ipywidgets

from workbench import inspection
from workbench.i18n import t

from .notice import Notice
from .queue_card import QueueCard

if TYPE_CHECKING:
    from workbench.recipe import Recipe


class LabelsView(ipywidgets.VBox):
    """A queue of training examples whose label is probably wrong.

    Attributes
    ----------
    queue : LabelQueue or None
        None before :meth:`find`.
    recipe : Recipe or None
        What :meth:`make_recipe` made last.
    """

    def __init__(self):
        self.run: Any = None
        self.queue: inspection.LabelQueue | None = None
        self.recipe: Recipe | None = None
        self.card, self.notice = QueueCard(on_action=self._act), Notice()
        super().__init__([self.card, self.notice])
        self.add_class("wb-stack")

    def load(self, panel: Any) -> None:
        """Take the panel's run; its training labels are looked through when that is asked for."""
        self.run, self.queue, self.recipe = panel.run, None, None
        self.notice.clear()
        self.card.saved = ""
        self.card.show(None)

    def find(self) -> inspection.LabelQueue:
        """Look the training labels through: near-duplicates that disagree, confident learning."""
        import pandas as pd

        table = inspection.training_table(self.run.recipe)
        scores = inspection.cross_validated_scores(table)
        issues = [inspection.conflicting_duplicates(table), inspection.label_issues(scores)]
        columns = [c for c in ("text", "pair", "label", "suggestion", "reason") if c in issues[1]]
        both = pd.concat([found[columns] for found in issues])
        self.queue = inspection.LabelQueue(both, inspection.class_names(scores))
        self.card.show(self.queue)
        return self.queue

    def decide(self, action: str, label: str | None = None) -> None:
        """Accept, relabel, drop or undo, as the keys do."""
        if action == "relabel":
            self.queue.relabel(label)
        else:
            getattr(self.queue, action)()
        self.card.show(self.queue)

    def make_recipe(self) -> Recipe:
        """The recipe of the run with the corrections; ``wb.start(view.recipe)`` trains on them."""
        self.recipe = self.queue.recipe(self.run.recipe)
        self.card.saved = t("queue.saved", file=self.recipe.corrections)
        return self.recipe

    def _act(self, action: str, label: str) -> None:
        if action == "find":
            self.card.busy = True
            threading.Thread(target=self._find, name="workbench-labels", daemon=True).start()
        elif self.queue is not None:
            self._said(self.make_recipe if action == "recipe" else
                       lambda: self.decide(action, label or None))  # fmt: skip

    def _find(self) -> None:
        try:
            self._said(self.find)
        finally:
            self.card.busy = False

    def _said(self, work) -> None:
        """Do it; what goes wrong is said below the card."""
        try:
            work()
            self.notice.clear()
        except Exception as error:  # said, with its traceback folded away
            self.notice.show_error(error)
