"""``check``: is an answer right? ``solution``: how one gets there."""

from __future__ import annotations

import html
import os
from dataclasses import dataclass
from typing import Any

from workbench.errors import DataError, UnknownName, nearest
from workbench.i18n import t
from workbench.plain_html import as_it_is

from . import record, tracking
from .comparing import said_of
from .exercise import Exercise, Judged, has_dots
from .exercises import exercises_of, names

PATIENCE = 3  # wrong tries before the longer hint and the solution
_open = Judged(False, open=True)
PROOF = "WORKBENCH_LESSON_PROOF"  # set by tests: an open exercise tries its own examples


@dataclass(frozen=True)
class Verdict:
    """What ``check`` says, as a sentence or several; ``right`` is None where nothing was judged."""

    exercise: str
    right: bool | None
    sentences: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join((f"{self.exercise}:", *self.sentences))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        sign, colour = {True: ("✓", "#0a7d55"), False: ("✗", "#b3261e"), None: ("○", "#6b7280")}[
            self.right
        ]
        text = " ".join(html.escape(one) for one in self.sentences)
        style = f"margin:4px 0;padding:6px 10px;border-left:4px solid {colour}"
        return as_it_is(
            f'<p role="status" style="{style}">'
            f"<b>{sign} {html.escape(self.exercise)}</b> {text}</p>"
        )


def check(exercise: str, answer: Any = ..., **given: Any) -> Verdict:
    """Say whether an answer is right; if not, give a hint, and after three tries a longer one.

    Parameters
    ----------
    exercise : str
        Its notebook and number: ``"21.3"``.
    answer
        What was found; ``...`` as long as there is none. What kind it has to be (a number, a text,
        several, a function) stands in the exercise, and an answer of another kind is no try.
    given
        Values of the lesson by which the answer is judged, as the exercise's cell has them.

    Returns
    -------
    Verdict
        Its ``right`` is True, False, or None where nothing was judged.

    Raises
    ------
    UnknownName
        If there is no such exercise.
    DataError
        If a value of the lesson is missing, or is another than the lesson's.
    """
    notebook, number, found = _find(exercise)
    missing = [name for name in found.needs if name not in given]
    if missing:
        said = t("lesson.needs", exercise=exercise, missing=", ".join(missing))
        raise DataError(said, _remedy(exercise, found))
    given = {name: given[name] for name in found.needs}
    try:
        judged = _open if has_dots(answer) else found.judge(answer, given)
    except Exception as error:
        if not given:
            raise
        names = ", ".join(given)
        said = t("lesson.others", exercise=exercise, names=names, error=said_of(error))
        raise DataError(said, _remedy(exercise, found)) from error
    if judged.open:
        if os.environ.get(PROOF):
            _prove(exercise, found, given)
        return Verdict(exercise, None, (t("lesson.open"),))
    if not judged.right and not judged.counts:
        return Verdict(exercise, None, (judged.why, t("lesson.no_try")))
    kept = record.Record(notebook)
    now = kept.add(number, right=judged.right)
    tracking.refresh(notebook)
    said = [t("lesson.right")] if judged.right else _hints(exercise, judged.why, now["tries"])
    return Verdict(exercise, judged.right, tuple(one for one in (*said, kept.problem) if one))


def solution(exercise: str) -> Verdict:
    """How the exercise is solved, once it was solved or tried three times.

    Raises
    ------
    UnknownName
        If there is no such exercise.
    """
    notebook, number, _ = _find(exercise)
    done = record.Record(notebook).read().get(number, {"tries": 0, "right": False})
    left = PATIENCE - done["tries"]
    if not done["right"] and left > 0:
        return Verdict(exercise, None, (t("lesson.tries_first", n=left),))
    return Verdict(exercise, None, (t(f"exercise.{exercise}.solution"),))


def _find(exercise: str) -> tuple[str, str, Exercise]:
    notebook, _, number = str(exercise).partition(".")
    found = exercises_of(notebook).get(number)
    if found is None:
        raise UnknownName(
            t("lesson.unknown", exercise=str(exercise)), nearest(str(exercise), names())
        )
    return notebook, number, found


def _remedy(exercise: str, found: Exercise) -> str:
    call = ", ".join(f"{name}=..." for name in found.needs)
    return t("lesson.needs_remedy", call=f'check("{exercise}", answer, {call})')


def _hints(exercise: str, why: str, tries: int) -> list[str]:
    said = [why or t("lesson.wrong")]
    if tries < PATIENCE:
        return [*said, t(f"exercise.{exercise}.hint")]
    call = f'wb.lesson.solution("{exercise}")'
    return [*said, t(f"exercise.{exercise}.longer"), t("lesson.see_solution", call=call)]


def _prove(exercise: str, found: Exercise, given: dict[str, Any]) -> None:
    right, wrong = found.examples(given)
    assert right and wrong, f"{exercise} has no examples"
    for one in right:
        assert found.judge(one, given).right, f"{exercise}: {one!r} is right and does not pass"
    for one in wrong:
        judged = found.judge(one, given)
        assert not judged.right and judged.counts, f"{exercise}: {one!r} is wrong and passes"
