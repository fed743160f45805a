"""The Labels view: doubtful training labels, decided by mouse or key, trained on, compared."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from workbench import inspection
from workbench.errors import DataError
from workbench.i18n import t

from ..boxes import VBox
from ..elements.notice import Notice
from ..elements.queue_card import QueueCard
from ..panels.train import ENDED, TrainPanel

if TYPE_CHECKING:
    from workbench.recipe import Recipe


class LabelsView(VBox):
    """A queue of training examples whose label is probably wrong.

    Attributes
    ----------
    queue : LabelQueue or None
        None before :meth:`find`.
    recipe : Recipe or None
        What :meth:`make_recipe` made last.
    trained : Run or None
        What :meth:`train` started last.
    """

    def __init__(self):
        self.panel: Any = None
        self.run: Any = None
        self.queue: inspection.LabelQueue | None = None
        self.recipe: Recipe | None = None
        self.trained: Any = None
        self._training: TrainPanel | None = None
        self.card, self.notice = QueueCard(on_action=self._act), Notice()
        super().__init__([self.card, self.notice])
        self.add_class("wb-stack")

    def load(self, panel: Any) -> None:
        """Take the panel's run; its training labels are looked through when that is asked for."""
        self.panel, self.run, self.queue, self.recipe = panel, panel.run, None, None
        self.notice.clear()
        self._leave_training()
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
        self.card.saved = ""
        self.card.show(self.queue)
        return self.queue

    def decide(self, action: str, label: str | None = None) -> None:
        """Keep ("accept"), change ("relabel"), leave out ("drop") or undo, as the buttons do."""
        if action == "relabel":
            self.queue.relabel(label)
        else:
            getattr(self.queue, action)()
        self.card.show(self.queue)

    def make_recipe(self) -> Recipe:
        """The recipe of the run with the corrections; ``wb.start`` trains on them.

        Raises
        ------
        DataError
            If nothing was looked for or decided yet, or the table cannot be written.
        """
        if self.queue is None:
            raise DataError("No label was looked at yet.", "Find doubtful labels first.")
        self.recipe = self.queue.recipe(self.run.recipe)
        self.card.saved = t(
            "queue.saved", file=self.recipe.corrections,
            code=f"wb.start(wb.open_run({str(self.run.path)!r})"
            f".recipe.replace(corrections={self.recipe.corrections!r}))",
        )  # fmt: skip
        return self.recipe

    def train(self) -> Any:
        """Train on the corrected labels in a worker process, as the button does; returns the run.

        When it is done the panel shows it in the Compare view beside the run it came from.

        Raises
        ------
        WorkbenchError
            As :meth:`make_recipe`, and what is wrong with the recipe.
        """
        from workbench.training.api import start

        self.trained = start(self.make_recipe())
        self._leave_training()
        self.card.training = True
        self._training = TrainPanel(on_status=self._status)
        self.children = (self.card, self.notice, self._training)
        self._training.follow(self.trained)
        return self.trained

    def _status(self, status: dict, _history) -> None:
        """Called by the reader's thread: what became of the training."""
        state = status.get("state")
        if state not in ENDED or not self.card.training:
            return
        self.card.training = False
        if state == "done" and self.panel is not None and self.panel.run is self.run:
            # beside the reader's thread, which is the training panel's own
            threading.Thread(
                target=self._finish, args=(self.panel, self.run, self.trained),
                name="workbench-labels", daemon=True,
            ).start()  # fmt: skip

    def _finish(self, panel: Any, old: Any, new: Any) -> None:
        try:
            panel.show_run(new)
            panel.choose_view("compare").choose(old)
            panel.tabs.take_focus()  # what had the keyboard is gone from the page
        except Exception as error:  # said above the views, its traceback folded away
            panel.notice.show_error(error)

    def _leave_training(self) -> None:
        self.card.training = False
        if self._training is not None:
            training, self._training = self._training, None
            self.children = (self.card, self.notice)
            training.close()

    def _act(self, action: str, label: str) -> None:
        if action == "find":
            self.card.busy = True
            threading.Thread(target=self._find, name="workbench-labels", daemon=True).start()
        elif self.queue is not None:
            self._said(self.train if action == "train" else
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
