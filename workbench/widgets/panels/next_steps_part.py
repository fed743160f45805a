"""What to try next: looked for beside the page, listed in the guide, taken as a recipe."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from workbench import inspection
from workbench.errors import explain
from workbench.i18n import t

from ..elements.guide_view import GuideView

if TYPE_CHECKING:
    import pandas as pd

    from workbench.recipe import Recipe

GUIDE_AFTER = 1.0  # seconds: the first view is there by then


class NextSteps:
    """The next steps of the run that is shown; a panel lays out the guide.

    Parameters
    ----------
    run : callable
        Gives that run.
    split : str
        Of which the predictions are judged.
    on_recipe : callable
        Called with the recipe of a step that was taken; says whether somebody picked it.
    """

    def __init__(self, run: Callable[[], Any], split: str, on_recipe: Callable[[Recipe], bool]):
        self._run, self.split, self._on_recipe = run, split, on_recipe
        self.view = GuideView(on_take=self.take)
        self.listed: pd.DataFrame | None = None
        self.recipe: Recipe | None = None  # what was made of a step

    def clear(self) -> None:
        """List nothing."""
        self.listed = None
        self.view.show(None)

    def find(self) -> pd.DataFrame:
        """Look for the next steps of the run and list them."""
        run = self._run()
        found = inspection.next_steps(run, self.split)
        if run is self._run():
            self.listed = found
            self.view.show(found)
        return found

    def take(self, position: int) -> Recipe:
        """Make the recipe of a step, as its button does."""
        run, changes = self._run(), self.listed["changes"].iloc[position]
        self.recipe = run.recipe.replace(**changes)
        if self._on_recipe(self.recipe):
            self.view.told = t("guide.taken")
        else:
            said = ", ".join(f"{name}={value!r}" for name, value in changes.items())
            code = f"wb.start(wb.open_run({str(run.path)!r}).recipe.replace({said}))"
            self.view.told = t("guide.taken_alone", code=code)
        return self.recipe

    def later(self, ready: Callable[[], bool]) -> None:
        """Look for next steps beside the page; it comes first."""
        run = self._run()

        def work() -> None:
            try:
                if self._run() is run and ready():
                    self.find()
            except Exception as error:  # said where the steps would stand
                if self._run() is run:
                    self.view.leave_out([" ".join(explain(error))])

        timer = threading.Timer(GUIDE_AFTER, work)
        timer.daemon = True
        timer.start()
