"""A notebook's exercises in one line: open, tried, solved."""

from __future__ import annotations

import traitlets

from workbench.i18n import t

from ..base import View, module


class LessonProgress(View):
    """One mark an exercise, and a sentence that counts those that are solved.

    >>> view = LessonProgress("21")
    >>> view.show([("1", "right"), ("2", "tried"), ("3", "open")])
    >>> print(view)
    Exercises of 21: 1 of 3 solved.
    """

    TEXTS = "lesson_progress"
    _esm = module("elements/lesson_progress.js")
    heading = traitlets.Unicode("").tag(sync=True)
    marks = traitlets.List().tag(sync=True)  # [number, state, what a reader hears]

    def __init__(self, notebook: str):
        super().__init__()
        self.notebook = notebook

    def show(self, states: list[tuple[str, str]]) -> None:
        """Show each exercise's number and state (``open``, ``tried``, ``right``)."""
        done = sum(state == "right" for _, state in states)
        with self.hold_sync():
            self.heading = t("lesson.progress", notebook=self.notebook, done=done, n=len(states))
            self.marks = [
                [number, state, t(f"lesson.state.{state}", number=number)]
                for number, state in states
            ]

    def __str__(self) -> str:
        return self.heading
