"""The Pick panel: task, model, dataset, the settings that matter, and what the data looks like."""

from __future__ import annotations

import contextlib
import importlib
import threading
from collections.abc import Callable
from typing import Any

from workbench.errors import RecipeError, WorkbenchError, explain
from workbench.i18n import t
from workbench.recipe import Recipe
from workbench.reference import Origin, origin_of

from ..boxes import GridBox, VBox
from ..elements.examples_table import ExamplesTable
from ..elements.notice import Notice
from ..newest import Newest
from .data_look import (
    DataLook,
    check_max_length,
    data_key,
    look_at,
    model_width,
    rows_and_classes,
)
from .data_view import DataView
from .download_gate import DownloadGate, Missing
from .form import RecipeForm
from .memory_said import MemorySaid, wanted

PAINT = 0.5  # seconds that the page has to appear in before this process imports what reads data


class PickPanel(GridBox):
    """Choose what a run does, and see the data as the run would use it.

    Parameters
    ----------
    recipe : Recipe, optional
        What to start from.
    on_change : callable, optional
        Called without arguments when the recipe or its problems changed.
    look : bool
        Load the data in the background and show it.
    weigh : bool, optional
        Say what memory the recipe takes, which a process of its own finds out; as
        :func:`.memory_said.wanted` says when not given.

    Attributes
    ----------
    on_change : callable or None
        May be set later, by an owner whose other parts are to be there before it is called.
    before_look : callable or None
        Called before data is looked at, in the thread that looks: may wait for whoever is about to
        find out which column is what.
    """

    def __init__(
        self,
        recipe: Recipe | None = None,
        *,
        on_change: Callable[[], None] | None = None,
        look: bool = True,
        weigh: bool | None = None,
    ):
        self.form, self.notice, self.data = RecipeForm(recipe), Notice(), DataView()
        self.preview = ExamplesTable(page_size=5)
        self.look: DataLook | None = None
        self.on_change, self._looks = on_change, look
        self.before_look: Callable[[], Any] | None = None
        self._key: str | None = None
        self._newest = Newest(self._work, self._show, self._broke,
                              name="workbench-data", delay=PAINT)  # fmt: skip
        self._data_problem = ""
        self._weighs = wanted() if weigh is None else weigh
        self.memory, self._refused = MemorySaid(self._memory_told), dict[str, str]()
        self._here: set[tuple[str, str]] = set()  # models and datasets that need no download
        self.gate = DownloadGate(self._fetched, self.notice)
        side = VBox([self.gate, self.data, self.notice, self.preview])
        side.add_class("wb-stack")
        super().__init__([self.form, side])
        self.add_class("wb-pick")
        self.form.observe(self._changed, ["values"])
        if look:
            self._ask()

    @property
    def recipe(self) -> Recipe:
        """The recipe that is chosen.

        Raises
        ------
        RecipeError
            If a field is wrong.
        SpecError
            If the task contradicts itself.
        """
        return self.form.recipe

    @property
    def problem(self) -> str:
        """Why this recipe cannot be trained; "" when it can, as far as is known."""
        return self.form.problem or self._data_problem or self.gate.sentence

    def set(self, **fields: Any) -> None:
        """Change fields of the recipe, as typing does."""
        self.form.set(**fields)
        self._changed()  # what the form has no field for changes too

    def wait(self, timeout: float = 60.0) -> DataLook | None:
        """Wait until the data of the recipe as it is now has been looked at."""
        return self.look if self._newest.wait(timeout) else None

    def fetch(self, timeout: float | None = None) -> DataLook | None:
        """Download what is missing, as the Download button does, and look at the data.

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait for the download; for ever when not given.

        Returns
        -------
        DataLook or None
            None when it took longer, was stopped, or failed: :attr:`problem` says what.
        """
        self.wait()
        thread = self.gate.begin()
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)
        return self.wait()

    def look_now(self) -> None:
        """Load and show the data if that was put off (``look=False``)."""
        if not self._looks:
            self._looks = True
            self._ask()

    def _fetched(self) -> None:
        """All that was missing is here: look at it."""
        self._key = None
        self._ask()

    def _missing(self, recipe: Recipe) -> tuple[list[Missing], dict[str, Exception]]:
        """What of a recipe has to be downloaded first, and what cannot be had at all."""
        from workbench.catalog import download_size

        missing, problems = [], {}
        for kind, reference in (("dataset", recipe.dataset), ("model", recipe.model)):
            if (kind, reference) in self._here:
                continue
            try:
                size = download_size(reference, kind)
            except Exception as problem:  # said in the panel
                problems[kind] = problem
                continue
            if size == 0:
                self._here.add((kind, reference))
            else:
                missing.append(Missing(kind, reference, size))
        return missing, problems

    def _describe(self) -> None:
        """Facts of the chosen model and dataset; the tables come with pandas, so not at once."""
        from workbench.catalog import datasets, listing, models

        facts = {"method": self.form.facts.get("method", "")}
        offers = (("model", models(), "parameters"), ("dataset", datasets(), "size"))
        task = self.form.values.get("task", "")
        for name, table, size in offers:
            row = table[table["id"] == self.form.values.get(name)]
            if len(row):
                known = row.iloc[0]
                amount = t(f"form.{size}", n=_big(int(known[size])))
                noted = listing.note(name, known["id"], task)
                parts = [amount, known["languages"], known["licence"], noted]
                facts[name] = " · ".join(str(p) for p in parts if p)
        self.form.facts = facts

    def _changed(self, _change=None) -> None:
        if self._looks:
            self._ask()
        if self.on_change is not None:
            self.on_change()

    def _ask(self) -> None:
        """Look at the data again if the recipe's data changed; otherwise only move the cut."""
        try:
            recipe = self.recipe
        except WorkbenchError:  # marked in the form
            return
        if data_key(recipe) == self._key:
            self._check_length(recipe)
            return
        self._key = data_key(recipe)
        self._data_problem = ""  # it was of the data before
        self.data.clear(t("data.loading", name=recipe.dataset))
        self.notice.clear()
        self._newest.ask(recipe)

    def _work(self, recipe: Recipe, is_newest: Callable[[], bool]) -> tuple:
        if self.before_look is not None:
            self.before_look()
            if not is_newest():
                return [], None, None
        self._describe()
        missing, problems = self._missing(recipe)
        absent = {one.kind for one in missing} | set(problems)
        self.form.know_width(
            None if "model" in absent and origin_of(recipe.model, "model") is not Origin.HUB
            else model_width(recipe.model)
        )  # fmt: skip
        look, error = None, problems.get("dataset")
        if "dataset" not in absent:
            look, error = _look(recipe, with_model="model" not in absent)
        return missing, look, error or problems.get("model")

    def _broke(self, error: Exception) -> None:
        self._key = None  # so that the next change looks once more, at the same data too
        self.data.clear()
        self.notice.show_error(error)

    def _show(self, recipe: Recipe, found: tuple) -> None:
        missing, look, error = found
        with contextlib.suppress(WorkbenchError):  # a wrong field is marked in the form
            recipe = self.recipe  # fields that need no second look changed meanwhile, perhaps
        self.gate.offer(missing)
        self.look = look
        self.form.know_rows(*rows_and_classes(recipe, look))
        problem = error or (look.positions_error if look else None)
        self._data_problem = "" if problem is None else " ".join(explain(problem)).strip()
        if problem is not None:
            self.notice.show_error(problem)
        if look is None:
            self.data.clear()
            self.form.columns = list(getattr(error, "columns", []))
            self.preview.show(_empty(), "")
            self.preview.layout.display = "none"  # no table of nothing
        else:
            self.data.show(look, recipe.max_length)
            self.form.columns = look.columns
            self.preview.show(look.preview, t("data.preview"))
            self.preview.layout.display = None
        self._check_length(recipe)
        if self.on_change is not None:
            self.on_change()

    def _check_length(self, recipe: Recipe) -> None:
        """Mark a ``max_length`` that the model has no positions for; move the cut; weigh it all."""
        if self.look is not None:
            self.data.set_max_length(self.look, recipe.max_length)
        found = {}
        if ("model", recipe.model) in self._here:  # else it is found out when it is here
            try:
                check_max_length(recipe)
            except RecipeError as error:
                found = {error.field or "max_length": str(error)}
            except WorkbenchError:
                pass  # the notice says already what is wrong with the model
            if self._weighs and self.look is not None and not found:
                self.memory.ask(recipe, self.look)
        self.form.mark({**self._refused, **found})

    def _memory_told(self, sentence: str, refused: dict[str, str]) -> None:
        """Show at the method what a recipe takes, or mark what its model does not allow."""
        self.form.facts = {**self.form.facts, "method": sentence}
        if refused != self._refused:
            self._refused = refused
            self.form.mark(refused)
            if self.on_change is not None:
                self.on_change()

    def __repr__(self) -> str:
        return f"<PickPanel: {self.problem or self.recipe!r}>"


def _look(recipe: Recipe, *, with_model: bool) -> tuple[DataLook | None, Exception | None]:
    """What the data looks like, or what is wrong with it."""
    try:
        try:
            return look_at(recipe, with_model=with_model), None
        except AttributeError:
            # another thread was half through importing transformers, which datasets asks about
            # whenever it is loaded: wait for that import, then look again
            importlib.import_module("transformers")
            return look_at(recipe, with_model=with_model), None
    except Exception as problem:  # said in the panel
        return None, problem


def _big(n: int) -> str:
    return f"{n / 1e6:.1f} M" if n >= 1_000_000 else f"{n:,}"


def _empty():
    import pandas as pd

    return pd.DataFrame({"text": pd.Series([], dtype=object)})
