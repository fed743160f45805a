"""What of a notebook's exercises is done, as one small widget."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from workbench.errors import UnknownName, nearest
from workbench.i18n import t

from . import record
from .exercises import exercises_of, notebooks

if TYPE_CHECKING:
    from workbench.widgets.elements.lesson_progress import LessonProgress

_shown: weakref.WeakSet[LessonProgress] = weakref.WeakSet()


def progress(notebook: str) -> LessonProgress:
    """The exercises of a notebook, each open, tried or solved; ``str()`` of it is one sentence.

    It is kept in a file on this machine (``$WORKBENCH_LESSONS``), so it is there again after a
    restart, and it follows each ``check``.

    Parameters
    ----------
    notebook : str
        Its number: ``"21"``.

    Raises
    ------
    UnknownName
        If that notebook has no exercises.
    """
    from workbench.widgets.elements.lesson_progress import LessonProgress

    notebook = str(notebook)
    if notebook not in notebooks():
        raise UnknownName(
            t("lesson.no_exercises", notebook=notebook), nearest(notebook, notebooks())
        )
    view = LessonProgress(notebook)
    _shown.add(view)
    _fill(view)
    return view


def states(notebook: str) -> list[tuple[str, str]]:
    """Number and state of each exercise: ``open``, ``tried`` or ``right``."""
    done = record.Record(notebook).read()

    def state(number: str) -> str:
        one = done.get(number)
        if one is None:
            return "open"
        return "right" if one["right"] else "tried"

    return [(number, state(number)) for number in exercises_of(notebook)]


def refresh(notebook: str) -> None:
    """Show the state of today in the widgets of a notebook that are shown."""
    for view in tuple(_shown):
        if view.notebook == notebook:
            _fill(view)


def _fill(view: LessonProgress) -> None:
    view.show(states(view.notebook))
