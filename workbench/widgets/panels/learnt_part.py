"""The part of the Check panel that shows what is learnt of each row, when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import cached_property
from typing import Any

from workbench import task_registry
from workbench.recipe import Recipe

from ..boxes import VBox
from ..elements.learnt_rows import LearntRows
from ..elements.notice import Notice
from ..newest import Newest

#: Fields that decide what is learnt of a row, and with which rows it shares a step: those of the
#: examples, and these.
DECIDING = ("model", "prompt", "rows", "masking", "matching", "writes", "batch_size",
            "gradient_accumulation", "length_grouping", "speed")  # fmt: skip


class LearntPart(VBox):
    """Rows of a recipe as its run would learn them; out of sight where outputs have names, such as
    classes: there a row's label is all that is learnt.

    Its parts are made with the first such recipe: what is made is part of every saved notebook.
    """

    def __init__(self):
        self._recipe: Recipe | None = None
        self._newest = Newest(self._look, self._show, self._broke, name="workbench-learnt")
        super().__init__([])
        self.add_class("wb-stack")
        self.set(None)

    @cached_property
    def rows(self) -> LearntRows:
        """The rows, one at a time."""
        return LearntRows(on_ask=self.ask)

    @cached_property
    def notice(self) -> Notice:
        """Why there are none."""
        return Notice()

    def set(self, recipe: Recipe | None) -> None:
        """Whose rows are to be seen; what is there of another one goes."""
        declared = None if recipe is None else task_registry.find(recipe.task)
        fits = declared is not None and declared.trains and not declared.names_outputs
        before, self._recipe = self._recipe, recipe if fits else None
        if fits and not self.children:
            self.children = (self.rows, self.notice)
        other = before is None or recipe is None or _deciding(before) != _deciding(recipe)
        if self.children and (other or not fits):
            self.rows.forget()
            self.notice.clear()
        self.layout.display = "" if fits else "none"

    def ask(self) -> None:
        """Render the rows, as a click on the button does."""
        if self._recipe is not None:
            self.rows.busy = True
            self.notice.clear()
            self._newest.ask(self._recipe)

    def wait(self, timeout: float = 60.0) -> bool:
        """Wait until what was asked for is shown."""
        return self._newest.wait(timeout)

    def _look(self, recipe: Recipe, is_newest: Callable[[], bool]) -> tuple[Any, Exception | None]:
        from workbench.data.rendering.preview import preview

        try:
            return preview(recipe), None
        except Exception as error:  # said in the panel
            return None, error

    def _show(self, recipe: Recipe, found: tuple[Any, Exception | None]) -> None:
        preview, error = found
        if self._recipe is None or _deciding(self._recipe) != _deciding(recipe):
            return  # other data came meanwhile
        if error is not None:
            self.rows.forget()
            self.notice.show_error(error)
        else:
            self.rows.show(preview)

    def _broke(self, error: Exception) -> None:
        self.rows.forget()
        self.notice.show_error(error)


def _deciding(recipe: Recipe) -> list[Any]:
    examples = [one.name for one in fields(recipe) if one.metadata["scope"] == "examples"]
    return [getattr(recipe, name) for name in (*examples, *DECIDING)]
