"""The Inspect panel: metrics, the views of the task, examples, attention of any text."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from workbench import inspection
from workbench.errors import RunError, WorkbenchError
from workbench.i18n import t

from ..boxes import VBox
from ..elements.notice import Notice
from ..elements.stats import Stats
from ..elements.tabs import Tabs
from ..views import make_view, title_of, views_of
from .asked_text import AskedText, judges
from .confusion_part import ConfusionPart
from .figures import show_figures
from .file_predictions import FilePredictions
from .next_steps_part import NextSteps

if TYPE_CHECKING:
    import pandas as pd

    from workbench.inspection.inside.attention import Attention
    from workbench.recipe import Recipe


class InspectPanel(VBox):
    """Where a finished run errs, down to the attention of a single example.

    Parameters
    ----------
    run : Run, optional
    split : str
        Which held-out examples to show.
    """

    def __init__(self, run: Any = None, *, split: str = "test"):
        self.run, self.split = None, split
        self.queries: inspection.PredictionQueries | None = None  # of a table too large to load
        self._table: pd.DataFrame | None = None
        self.on_recipe: Callable[[Recipe], None] | None = None  # takes the recipe of a next step
        self.on_run: Callable[[Any], None] | None = None  # told of a run trained from here
        self.metrics = Stats()
        self.notice, self.file = Notice(), FilePredictions()
        self.confusion = ConfusionPart(lambda: self.predictions, self.notice.show_error)
        self.grid, self.classes = self.confusion.grid, self.confusion.classes
        self.examples = self.confusion.examples
        self.asked = AskedText(lambda: self.run)
        self.query, self.said, self.refusal = self.asked.query, self.asked.said, self.asked.refusal
        self.attention, self.bertviz = self.asked.attention, self.asked.bertviz
        self._loading, self._quiet = threading.RLock(), False
        self.steps = NextSteps(lambda: self.run, split, self._take)
        self.guide = self.steps.view
        self.tabs, self.place = Tabs(), VBox([self.confusion])
        self.place.add_class("wb-stack")
        self.views: dict[str, Any] = {}  # name -> widget, of those that were looked at
        self._loaded: set[str] = set()  # names of the views that show the present predictions
        super().__init__(_dom_classes=("wb-stack",))
        self._lay()
        self.examples.observe(self._example_chosen, "selected")
        self.tabs.observe(self._view_chosen, "selected")
        self.load(run)

    @property
    def predictions(self) -> pd.DataFrame | None:
        """All predictions of the run; a large table is loaded when this is first asked for."""
        if self._table is None and self.queries is not None:
            self._table = self.run.predictions(self.split)
        return self._table

    @property
    def seen(self) -> Attention | None:
        """The attention of the text that was asked about, where there is one."""
        return self.asked.seen

    @property
    def ready(self) -> bool:
        """Whether there are predictions to show."""
        return self._table is not None or self.queries is not None

    def load(self, run: Any) -> None:
        """Show this run; what it has no predictions for yet is said."""
        self.run, self._table = run, None
        self.file.load(run)
        if self.queries is not None:
            self.queries.close()
            self.queries = None
        self._loaded.clear()
        self.confusion.forget()
        self.steps.clear()
        self.clear_text()
        if run is None:
            self.notice.show(t("inspect.no_run"))
            if self.examples.total:
                self._empty()
            return
        self.query.has_pair = False  # views of tasks with a second text say so
        try:
            names = views_of(run)
            self.query.kind = "class" if "confusion" in names else inspection.kind_of(run)
            if "confusion" in names:
                self.queries = inspection.queries_of_large(run, self.split)
            if self.queries is None:
                self._table = run.predictions(self.split)
            self.query.can_judge = self._table is None or judges(self._table)
            self.notice.clear()
            if "confusion" in names:
                self._show(self._table if self.queries is None else self.queries)
            else:
                show_figures(self)
            self.tabs.show([(name, title_of(name)) for name in names])
            self._show_view()
        except WorkbenchError as error:
            self._table = None  # nothing of it is shown
            if self.queries is not None:
                self.queries.close()
                self.queries = None
            self.notice.show_error(error)
            self._empty()
            return
        if hasattr(run, "history") and self.queries is None:  # a large table stays on disk
            self.steps.later(lambda: self.ready)

    def expect(self, run: Any) -> None:
        """Take this run, and load its predictions when they are asked for or :meth:`load` comes."""
        self.load(None)
        self.run = run
        self.notice.show(t("inspect.not_done"))

    def show_run(self, run: Any) -> None:
        """Load a finished run that was trained from here; whoever owns the panel is told."""
        self.load(run)
        if self.on_run is not None:
            self.on_run(run)

    def next_steps(self) -> pd.DataFrame:
        """What to try next, shown above the views; see :func:`workbench.inspection.next_steps`."""
        self._ensure()
        return self.steps.find()

    def take_step(self, position: int) -> Recipe:
        """Make the recipe of a next step, as its button does; an app picks it."""
        return self.steps.take(position)

    @property
    def next_recipe(self) -> Recipe | None:
        """What was made of the step that was taken last."""
        return self.steps.recipe

    def _take(self, recipe: Recipe) -> bool:
        if self.on_recipe is not None:
            self.on_recipe(recipe)
        return self.on_recipe is not None

    def choose_view(self, name: str) -> Any:
        """Show a view by its name, as a click on its tab does.

        Returns
        -------
        ipywidgets.Widget
            The view, loaded with the run's predictions.
        """
        self._ensure()
        self.tabs.select(name)
        return self.confusion if name == "confusion" else self.views[name]

    def show_examples(self, table: pd.DataFrame, heading: str) -> None:
        """List these rows of the predictions below the confusion matrix, and go there."""
        self.confusion.unselect()
        self.tabs.select("confusion")
        self.examples.show(table, heading)

    def choose_cell(self, label: str | None, prediction: str | None = None) -> pd.DataFrame:
        """List the examples of a confusion cell by loss, as a click on it does."""
        self._ensure()
        self.grid.select(label, prediction)
        return self.listed()

    def choose_class(self, name: str) -> pd.DataFrame:
        """List the examples of a class by loss, as a click on its row does."""
        self._ensure()
        self.classes.selected = name
        return self.listed()

    def choose_example(self, position: int) -> Attention | None:
        """Ask the model about a listed example and wait; its attention, as a click shows it."""
        self._ensure()
        self._quiet = True
        try:
            self.examples.select(position)
        finally:
            self._quiet = False
        row = self.examples.example
        if row is None:
            return None
        return self.inspect(row["text"], row.get("pair"), label=str(row.get("label", "")))

    def inspect(self, text: str, pair: str | None = None, *, label: str = "") -> Attention | None:
        """Predict a text and show its attention, which is returned.

        None when there is none, with the reason said, and for a text that is shown in parts.
        """
        return self.asked.inspect(text, pair, label=label)

    def listed(self) -> pd.DataFrame:
        """The examples that the chosen cell or class lists, by loss."""
        self._ensure()
        return self.confusion.listed()

    def clear_text(self) -> None:
        """Forget the text that was asked about."""
        self.asked.clear()

    def _ensure(self) -> None:
        """Load the predictions of an expected run that is done meanwhile.

        Raises
        ------
        RunError
            It has none yet.
        """
        with self._loading:
            if not self.ready:
                self.load(self.run)
        if not self.ready:
            raise RunError(
                " ".join((self.notice.message, self.notice.remedy)).strip(),
                "Wait until a run is done.",
            )

    def _show(self, table: pd.DataFrame | inspection.PredictionQueries) -> None:
        show_figures(self)
        self.query.has_pair = "pair" in table.columns
        self.confusion.show(table)

    def _lay(self, view: Any = None) -> None:
        """Put the parts below each other; no line for a text where the view has its own."""
        laid = [self.notice, self.metrics, self.guide, self.tabs, self.place, self.file]
        if not getattr(view, "ASKS", False):
            laid[5:] = [self.query, self.refusal, self.said, self.file, self.attention,
                        self.bertviz]  # fmt: skip
        if self.children != tuple(laid):
            self.children = laid

    def _view_chosen(self, _change) -> None:
        if self.ready:
            self._show_view()

    def _show_view(self) -> None:
        """Put the chosen view in its place, made and loaded when that was not done yet."""
        name = self.tabs.selected
        if self.ready:
            self.notice.clear()
        if name in ("confusion", ""):
            self._lay()
            self.place.children = (self.confusion,)
            return
        if name not in self.views:
            try:
                self.views[name] = make_view(name)
            except Exception as error:  # the other views are there
                self.place.children = ()
                self.notice.show_error(error)
                return
        view = self.views[name]
        self._lay(view)
        self.place.children = (view,)
        if name not in self._loaded:
            self._loaded.add(name)
            try:
                view.load(self)
            except Exception as error:  # said above the views, its traceback folded away
                self._loaded.discard(name)
                self.notice.show_error(error)
        elif hasattr(view, "again"):
            view.again()

    def _empty(self) -> None:
        self.metrics.show([])
        self.tabs.show([])
        self._show_view()
        self.confusion.empty()

    def _example_chosen(self, _change) -> None:
        row = self.examples.example
        if row is not None and not self._quiet:
            self.ask(row["text"], row.get("pair"), str(row.get("label", "")))

    def ask(self, text: str, pair: str | None = None, label: str = "") -> None:
        """Ask the model about a text; the answer is shown when it is there."""
        self.asked.ask(text, pair, label)

    def __repr__(self) -> str:
        return f"<InspectPanel: {self.run!r}>" if self.run is not None else "<InspectPanel: no run>"
