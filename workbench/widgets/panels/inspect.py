"""The Inspect panel: metrics, the views of the task, examples, attention of any text."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets

from workbench import inspection
from workbench.errors import DataError, RunError, WorkbenchError
from workbench.i18n import t
from workbench.inspection.predictions.kinds import task_for

from ..attention.attention_view import AttentionView
from ..attention.bertviz_frame import BertVizFrame
from ..elements.class_table import ClassTable
from ..elements.confusion_grid import ConfusionGrid
from ..elements.example_pages import FilePages
from ..elements.examples_table import ExamplesTable
from ..elements.guide_view import GuideView
from ..elements.notice import Notice
from ..elements.query import Query
from ..elements.stats import Stats, interval_figures
from ..elements.tabs import Tabs
from ..views import make_view, title_of, views_of
from .file_predictions import FilePredictions
from .said import Said, said_of

if TYPE_CHECKING:
    import pandas as pd

    from workbench.inspection.inside.attention import Attention
    from workbench.recipe import Recipe

log = logging.getLogger("workbench")

GUIDE_AFTER = 1.0  # seconds: the first view is there by then


class InspectPanel(ipywidgets.VBox):
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
        self.grid, self.classes, self.examples = ConfusionGrid(), ClassTable(), ExamplesTable()
        self.notice, self.refusal = Notice(), Notice()  # of the run; of the text
        self.query, self.said = Query(on_ask=self._ask), Said()
        self.file = FilePredictions()
        self.attention, self.bertviz = AttentionView(), BertVizFrame()
        self.seen: Attention | None = None
        self._asked = 0
        self._lock, self._loading = threading.Lock(), threading.RLock()
        self._quiet = False
        upper = ipywidgets.GridBox([self.grid, self.classes])
        upper.add_class("wb-upper")
        self.confusion = ipywidgets.VBox([upper, self.examples])
        self.confusion.add_class("wb-stack")
        self.guide = GuideView(on_take=self.take_step)
        self.steps: pd.DataFrame | None = None  # what the guide lists
        self.next_recipe: Recipe | None = None  # what was made of a step
        self.tabs, self.place = Tabs(), ipywidgets.VBox([self.confusion])
        self.place.add_class("wb-stack")
        self.views: dict[str, Any] = {}  # name -> widget, of those that were looked at
        self._loaded: set[str] = set()  # names of the views that show the present predictions
        super().__init__(
            [self.notice, self.metrics, self.guide, self.tabs, self.place, self.query, self.refusal,
             self.said, self.file, self.attention, self.bertviz]
        )  # fmt: skip
        self.add_class("wb-stack")
        self.grid.observe(self._cell_chosen, "selected")
        self.classes.observe(self._class_chosen, "selected")
        self.examples.observe(self._example_chosen, "selected")
        self.examples.observe(self._order_chosen, "order")
        self.tabs.observe(self._view_chosen, "selected")
        self.load(run)

    @property
    def predictions(self) -> pd.DataFrame | None:
        """All predictions of the run; a large table is loaded when this is first asked for."""
        if self._table is None and self.queries is not None:
            self._table = self.run.predictions(self.split)
        return self._table

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
        self.steps = None
        self.guide.show(None)
        self.clear_text()
        if run is None:
            self.notice.show(t("inspect.no_run"))
            if self.examples.total:
                self._empty()
            return
        try:
            names = views_of(run)
            self.query.kind = "class" if "confusion" in names else inspection.kind_of(run)
            if "confusion" in names:
                self.queries = inspection.queries_of_large(run, self.split)
            if self.queries is None:
                self._table = run.predictions(self.split)
            self.query.can_judge = self._table is None or _judges(self._table)
            self.notice.clear()
            if "confusion" in names:
                self._show(self._table if self.queries is None else self.queries)
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
            self._guide()

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
        run, found = self.run, inspection.next_steps(self.run, self.split)
        if run is self.run:
            self.steps = found
            self.guide.show(found)
        return found

    def take_step(self, position: int) -> Recipe:
        """Make the recipe of a next step, as its button does; an app picks it."""
        self.next_recipe = self.run.recipe.replace(**self.steps["changes"].iloc[position])
        if self.on_recipe is not None:
            self.on_recipe(self.next_recipe)
            self.guide.told = t("guide.taken")
        else:
            changes = self.steps["changes"].iloc[position]
            said = ", ".join(f"{name}={value!r}" for name, value in changes.items())
            code = f"wb.start(wb.open_run({str(self.run.path)!r}).recipe.replace({said}))"
            self.guide.told = t("guide.taken_alone", code=code)
        return self.next_recipe

    def _guide(self) -> None:
        """Look for next steps beside the page; it comes first."""
        run = self.run

        def work() -> None:
            try:
                if self.run is run and self.ready:
                    self.next_steps()
            except Exception as error:  # a guide that fails must not take the panel with it
                log.warning("No next steps of %s: %s", run, error)

        timer = threading.Timer(GUIDE_AFTER, work)
        timer.daemon = True
        timer.start()

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
        with self.grid.hold_trait_notifications():
            self.grid.selected, self.classes.selected = [], ""
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
        with self._lock:
            self._asked += 1
            return self._inspect(text, pair, label, self._asked)

    def listed(self) -> pd.DataFrame:
        """The examples that the chosen cell or class lists, by loss."""
        self._ensure()
        label, prediction = self._filter()
        return inspection.top_losses(self.predictions, n=None, label=label, prediction=prediction)

    def clear_text(self) -> None:
        """Forget the text that was asked about."""
        self.seen = None
        self.refusal.clear()
        self.said.clear()
        self.attention.clear()
        self.bertviz.show(None)
        with self.query.hold_sync():
            self.query.text = self.query.pair = self.query.label = ""
            self.query.answer(None, None)

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
        intervals = inspection.metric_intervals(table)
        figures = interval_figures(intervals)
        figures.append((f"{len(table):,}", t("inspect.held_out", split=t(f"split.{self.split}"))))
        self.metrics.show(figures)
        self.grid.show(inspection.confusion(table))
        self.classes.show(inspection.per_class_errors(table))
        self.query.has_pair = "pair" in table.columns
        self.examples.order = "loss"
        self.examples.orders = ["loss", "margin", "entropy"] if self.queries is None else []
        self._list()

    def _view_chosen(self, _change) -> None:
        if self.ready:
            self._show_view()

    def _show_view(self) -> None:
        """Put the chosen view in its place, made and loaded when that was not done yet."""
        name = self.tabs.selected
        if self.ready:
            self.notice.clear()
        if name in ("confusion", ""):
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
        import pandas as pd

        self.metrics.show([])
        self.tabs.show([])
        self._show_view()
        self.grid.show(pd.DataFrame())
        self.classes.show(pd.DataFrame({"class": [], "f1": []}))
        self.examples.show(pd.DataFrame({"text": pd.Series([], dtype=object)}))

    def _filter(self) -> tuple[str | None, str | None]:
        if self.grid.chosen is not None:
            return self.grid.chosen
        return (self.classes.selected or None), None

    def _list(self) -> None:
        if not self.ready:
            return
        label, prediction = self._filter()
        if prediction is not None:
            heading = t("inspect.cell", label=label, prediction=prediction)
        else:
            heading = t("inspect.class", label=label) if label else t("inspect.all")
        if self.queries is not None:
            self.examples.show(FilePages(self.queries, label, prediction), heading)
        else:
            self.examples.show(self._ordered(self.listed()), heading)

    def _ordered(self, rows: pd.DataFrame) -> pd.DataFrame:
        """These rows of the predictions in the order that was chosen, with what it goes by."""
        order = self.examples.order
        if order == "loss":
            return rows
        unsure = inspection.uncertainty(self.predictions)[order]
        rows = rows.assign(**{order: unsure.loc[rows.index]})
        return rows.sort_values(order, ascending=order == "margin", kind="stable")

    def _order_chosen(self, _change) -> None:
        try:
            self._list()
        except WorkbenchError as error:  # scores that are no probabilities
            self.notice.show_error(error)

    def _cell_chosen(self, _change) -> None:
        if self.grid.selected and self.classes.selected:
            self.classes.selected = ""
        self._list()

    def _class_chosen(self, _change) -> None:
        if self.classes.selected and self.grid.selected:
            self.grid.selected = []
        self._list()

    def _example_chosen(self, _change) -> None:
        row = self.examples.example
        if row is not None and not self._quiet:
            self._in_background(row["text"], row.get("pair"), str(row.get("label", "")))

    def _ask(self, text: str, pair: str | None) -> None:
        self._in_background(text, pair, "")

    def ask(self, text: str, pair: str | None = None, label: str = "") -> None:
        """Ask the model about a text; the answer is shown when it is there."""
        self._in_background(text, pair, label)

    def _in_background(self, text: str, pair: str | None, label: str) -> None:
        """Ask in a thread; when more was asked meanwhile, only the newest is answered."""
        self._asked += 1
        number = self._asked

        def work() -> None:
            with self._lock:
                if number == self._asked:
                    self._inspect(text, pair, label, number)

        self.query.busy = True
        threading.Thread(target=work, name="workbench-inspect", daemon=True).start()

    def _inspect(self, text: str, pair: str | None, label: str, number: int) -> Attention | None:
        self.query.busy = True
        seen, prediction, scores, refusal, shown = None, None, None, None, None
        try:
            try:
                shown = seen = inspection.attention(self.run, text, pair)
                prediction = seen.prediction
                scores = seen.scores if self.query.kind != "number" else None
            except inspection.TooLong:
                if pair is not None:
                    raise
                shown = inspection.LongText(self.run, text)  # part by part
        except Exception as error:  # said below the line that asked
            refusal = error
        row = None
        if prediction is None or self.query.kind not in ("class", "number"):
            try:
                row = inspection.asked_row(self.run, text, pair)
                prediction, scores = said_of(row)
            except (WorkbenchError, AttributeError) as error:  # no finished model, no context
                refusal = error if isinstance(error, DataError) else refusal
        if number != self._asked:
            return seen
        with self.query.hold_sync():
            self.query.text, self.query.pair, self.query.label = text, pair or "", label
            self.query.answer(prediction, scores)
            self.query.busy = False
        self.refusal.clear() if refusal is None else self.refusal.show_error(refusal)
        self.said.clear() if row is None else self.said.show(self.run, text, row)
        self.seen = seen
        self.attention.clear() if shown is None else self.attention.show(shown, source=self.run)
        self.bertviz.show(seen, source=self.run)
        if isinstance(shown, inspection.LongText):
            self.bertviz.refuse(shown.n_tokens)
        return seen

    def __repr__(self) -> str:
        return f"<InspectPanel: {self.run!r}>" if self.run is not None else "<InspectPanel: no run>"


def _judges(predictions: pd.DataFrame) -> bool:
    """Whether their task calls predictions right or wrong; some are only near."""
    return not len(predictions) or task_for(predictions).wrong(predictions.head(1)) is not None
