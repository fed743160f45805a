"""The workbench in a notebook: pick, check, train, inspect, ship."""

from __future__ import annotations

import os
from typing import Any

from workbench.errors import WorkbenchError
from workbench.i18n import t
from workbench.recipe import Recipe

from ..boxes import VBox
from ..elements.header import Header
from ..elements.history import History
from ..later import later
from ..static_stand_in import show_view
from . import header_words
from .check import CheckPanel
from .header_words import CHECK, PICK, SHIP, TRAIN
from .inspect import InspectPanel
from .pick import PAINT, PickPanel
from .ship.step import ShipStep
from .summary import placeholder, static_summary
from .train import TrainPanel
from .unwatched import going_on

ENDED = ("done", "stopped", "failed", "died")


class Workbench(VBox):
    """Pick a task, a model and a dataset; mend the data; train; see where the model errs; ship it.

    Every panel is an attribute with the methods that its clicks call: :attr:`pick`, :attr:`check`,
    :attr:`train`, :attr:`inspect`. The run goes on when this widget, its tab or its kernel is gone;
    ``Workbench(run=...)`` shows it again.

    Parameters
    ----------
    recipe : Recipe, optional
        What to start from.
    run : Run, str or path, optional
        Show this run: all of its past, and what comes.
    **fields
        Fields of the recipe, as in :class:`workbench.Recipe`.

    Examples
    --------
    What clicks do, without clicking::

        app = Workbench(dataset="sample:spam", epochs=1)
        app.pick.set(epochs=2)
        run = app.train.train()
        app.inspect.choose_cell("spam", "ham")
    """

    def __init__(
        self,
        recipe: Recipe | None = None,
        *,
        run: Any = None,
        **fields: Any,
    ):
        attached = _opened(run)
        start = recipe or (attached.recipe if attached is not None else Recipe())
        start = start.replace(**fields) if fields else start
        self._summary: Any = None  # the handle of the second output
        self._shown: tuple | None = None  # state and step that the summary says
        self._listed: tuple | None = None  # run that Inspect shows
        self._at: dict = {}  # where the run is, as last heard
        self._painted = True  # whether the page is there already
        self.header = Header(tab=PICK if attached is None else TRAIN, on_attach=self.attach_offered)
        self.pick = PickPanel(start, look=attached is None)
        self.check = CheckPanel(on_change=self._mended)
        self.inspect = InspectPanel()
        self.inspect.on_run, self.inspect.on_recipe = self._trained_beside, self._take
        self.train = TrainPanel(
            recipe=lambda: self._checked_recipe(), on_run=self._started, on_status=self._status
        )
        self.ship = ShipStep()
        panels = (self.pick, self.check, self.train, self.inspect, self.ship)
        for number, panel in enumerate(panels):
            panel.add_class("wb-panel")
            panel.add_class(f"wb-panel-{number}")
        super().__init__([self.header, *panels])
        self.add_class("wb-app")
        self.inspect.grid.observe(self._write_code, "selected")
        self.inspect.query.observe(self._write_code, "text")
        self.header.observe(self._turned, "tab")
        # not before all panels are there: it is called by the thread that looks at the data
        self.pick.on_change = self._picked
        self.pick.before_look = self.check.wait  # a new file's columns are guessed there
        self._picked()
        if attached is not None:
            self.attach(attached)
        else:
            self._later(self.offer_running)

    @property
    def run(self) -> Any:
        """The run that is shown, or None."""
        return self.train.run

    @property
    def recipe(self) -> Recipe:
        """The recipe that is picked."""
        return self.pick.recipe

    @property
    def code(self) -> str:
        """Python that repeats what the panels did."""
        return self.header.code

    def attach(self, run: Any) -> None:
        """Show this run: its whole past at once, then what comes."""
        run = _opened(run)
        self.inspect.expect(run)
        self._listed, self._at = None, {}
        self._painted = False
        self.train.follow(run)
        self._painted = True
        self.header.run = header_words.place(self.run.path)
        self.header.device = header_words.device(self.run)
        self._write_code()

    def attach_offered(self, path: str) -> None:
        """Show a run that was offered, as the button beside it does."""
        try:
            self.attach(path)
        except WorkbenchError as error:
            self.train.notice.show_error(error)
        self.header.tab = TRAIN
        self.offer_running()

    def offer_running(self) -> None:
        """Look for runs that go on and are not shown here: after a reload, or from elsewhere."""
        self.header.offers = going_on(None if self.run is None else self.run.path)

    def _later(self, work: Any, *values: Any) -> None:
        """Do something once the page is there."""
        later(PAINT, work, *values, failed=self.train.notice.show_error)

    def close(self) -> None:
        """Close the widgets; the run goes on."""
        if hasattr(self, "train"):  # not when making it failed
            self.train.detach()
            self.ship.close()
        super().close()

    def _checked_recipe(self) -> Recipe:
        if self.pick.problem:
            raise WorkbenchError(self.pick.problem)
        return self.pick.recipe

    def _picked(self) -> None:
        problem = self.pick.problem
        with self.train.controls.hold_sync():
            self.train.controls.can_train = not problem
            self.train.controls.why_not = t("app.why_not", problem=problem) if problem else ""
        self._write_code()
        self._write_steps()
        self._examine()

    def _started(self, run: Any) -> None:
        self.inspect.expect(run)
        self._listed, self._at = None, {}
        self.header.tab = TRAIN
        self.header.run, self.header.device = header_words.place(run.path), ""
        self.header.offers = [o for o in self.header.offers if o[0] != str(run.path)]
        self._write_code()

    def _take(self, recipe: Recipe) -> None:
        """Pick what a next step of Inspect is; Train is one press away."""
        self.pick.set(**{name: getattr(recipe, name) for name in recipe.to_dict()})
        self.header.tab = TRAIN

    def _trained_beside(self, run: Any) -> None:
        """A run that Inspect has trained and shows: the other panels follow."""
        self._listed = (run.path,)
        self.train.follow(run)
        self.header.run = header_words.place(run.path)
        self.header.device = header_words.device(run)
        self._write_code()

    def _turned(self, change: dict) -> None:
        if change["new"] == PICK:
            self.pick.look_now()
        elif change["new"] == CHECK:
            self._examine()
        elif change["new"] == SHIP:
            self.ship.look(self.run)

    def _examine(self) -> None:
        """Examine what is picked, once somebody looks."""
        if self.header.tab == CHECK and not self.pick.form.errors:
            self.check.set_data(self.pick.recipe)

    def _mended(self, changes: dict[str, Any]) -> None:
        """What a click in Check changed of the recipe."""
        self.pick.set(**changes)
        self.pick.look_now()

    def _status(self, status: dict, history: History) -> None:
        """Called by the reader's thread at every change of the run."""
        state, run = status.get("state", ""), self.train.run
        with self.header.hold_sync():
            self.header.state = state
            self.header.state_text = t(f"state.{state}") if state else ""
            self._write_steps(status)
            if run is not None and not self.header.device:
                self.header.device = header_words.device(run)
        if run is None:
            return
        if state == "done" and self._listed != (run.path,):
            self._listed = (run.path,)
            if self._painted:  # this is the reader's thread
                self._load(run, status)
            else:  # the page comes first, then what reads tables
                self._later(self._load, run, status)
        if state in ENDED:
            self._summarise(run, status, history)

    def _load(self, run: Any, status: dict) -> None:
        if self.run is run and self.inspect.predictions is None:
            self.inspect.load(run)
            self._write_steps(status)
        if self.run is run and self.header.tab == SHIP:
            self.ship.look(run)

    def _summarise(self, run: Any, status: dict, history: History) -> None:
        says = (run.path, status.get("state"), status.get("step"), len(history.steps))
        if self._summary is None or says == self._shown or not run.path.is_dir():
            return
        self._shown = says
        from IPython.display import HTML

        self._summary.update(HTML(static_summary(run, history)))

    def _write_steps(self, status: dict | None = None) -> None:
        self._at = self._at if status is None else status
        self.header.steps = header_words.steps(self.pick, self.check, self.inspect, self._at)

    def _write_code(self, _change=None) -> None:
        self.header.code = header_words.code(self.run, self.pick, self.inspect)

    def _ipython_display_(self, **_) -> None:
        """The panels, and below them the summary that needs no kernel."""
        from IPython.display import HTML, display

        show_view(self)
        run = self.run
        self._shown = None
        self._summary = display(HTML(placeholder(run)), display_id=True)
        if run is not None:
            self.train.refresh()
            self._summarise_now()

    def _summarise_now(self) -> None:
        status = self.run.status()
        if status.get("state") in ENDED and self.train._follower is not None:
            self._summarise(self.run, status, self.train._follower.history)

    def __repr__(self) -> str:
        if self.run is None:
            return f"<Workbench: {self.pick!r}>"
        return f"<Workbench: {self.run!r}>"


def _opened(run: Any) -> Any:
    if isinstance(run, str | os.PathLike):
        from workbench.training.run import open_run

        return open_run(run)
    return run
