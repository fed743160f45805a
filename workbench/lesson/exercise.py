"""What an exercise asks for, in three kinds: a value, whatever passes a test, a function.

Its words stand in the catalogue: ``exercise.<notebook>.<number>`` with ``hint``, ``longer`` (after
three tries) and ``solution``. What it is judged by stands in ``exercises/n<notebook>.py``, so that
a notebook's file gives no answer away.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from workbench.errors import shown
from workbench.i18n import t

from . import trying
from .comparing import WrongForm, equal, plain, said_of, shape_of, taken


class Judged(NamedTuple):
    """How an answer was judged."""

    right: bool
    counts: bool = True  # as a try: an answer of the wrong form is none
    why: str = ""  # a sentence beside the hint
    open: bool = False  # the three dots still stand where the answer belongs


class Exercise:
    """Judges answers. Values of the lesson that it needs come by name: ``needs``."""

    needs: tuple[str, ...] = ()

    def judge(self, answer: Any, given: Mapping[str, Any]) -> Judged:
        """Whether the answer is right."""
        raise NotImplementedError

    def examples(self, given: Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
        """Answers that have to pass, and answers that have to fail: what tests try."""
        raise NotImplementedError


@dataclass(frozen=True)
class Value(Exercise):
    """One right value: a number, a text, true or false, or several of them in order.

    ``right`` may be a function of the lesson's values. Numbers may differ by ``within``.
    """

    right: Any
    within: float = 0.0
    needs: tuple[str, ...] = ()

    def judge(self, answer: Any, given: Mapping[str, Any]) -> Judged:
        right = self._right(given)
        try:
            answer = taken(answer, right)
        except WrongForm as wrong:
            return Judged(False, False, str(wrong))
        return Judged(equal(answer, right, self.within))

    def examples(self, given: Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
        right = self._right(given)
        return [right], other_values(right, self.within)

    def _right(self, given: Mapping[str, Any]) -> Any:
        return plain(self.right(**given) if callable(self.right) else self.right)


@dataclass(frozen=True)
class Holds(Exercise):
    """Whatever passes a test: ``test(answer, **given)``. ``right`` and ``wrong`` are examples."""

    test: Callable[..., bool]
    right: tuple[Any, ...]
    wrong: tuple[Any, ...]
    needs: tuple[str, ...] = ()

    def judge(self, answer: Any, given: Mapping[str, Any]) -> Judged:
        try:
            answer = taken(answer, self.right[0])
        except WrongForm as wrong:
            return Judged(False, False, str(wrong))
        return Judged(bool(self.test(answer, **given)))

    def examples(self, given: Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
        return list(self.right), list(self.wrong)


@dataclass(frozen=True)
class Written(Exercise):
    """A function that does what ``reference`` does, on inputs that ``draw(rng)`` draws.

    Numbers may differ by ``within``; tensors and arrays have to have the reference's shape.
    ``wrong`` are functions that have to fail.
    """

    reference: Callable[..., Any]
    draw: Callable[[Any], tuple]
    wrong: tuple[Callable[..., Any], ...]
    within: float = 1e-4
    tries: int = 20
    needs: tuple[str, ...] = ()

    def judge(self, answer: Any, given: Mapping[str, Any]) -> Judged:
        import numpy as np

        if not callable(answer):
            return Judged(False, False, t("lesson.form.function", given=shown(answer)))
        ends = time.monotonic() + trying.IN_ALL
        for seed in range(self.tries):
            if time.monotonic() >= ends:  # none of them alone took long
                values = {"n": seed, "of": self.tries, "seconds": f"{trying.IN_ALL:g}"}
                return Judged(False, False, t("lesson.written.slow", **values))
            arguments = self.draw(np.random.default_rng(seed))
            inputs = ", ".join(shown(plain(one), 120) for one in arguments)
            try:
                came = trying.call(answer, arguments, seconds=trying.SECONDS)
            except trying.TooLong:
                told = t("lesson.written.long", inputs=inputs, seconds=f"{trying.SECONDS:g}")
                return Judged(False, True, told)
            except trying.Changed as changed:
                place = changed.place + 1
                return Judged(False, True, t("lesson.written.changed", inputs=inputs, place=place))
            except trying.Raised as raised:
                said = said_of(raised.error)
                return Judged(False, True, t("lesson.written.raised", inputs=inputs, error=said))
            if has_dots(came):
                return Judged(False, False, open=True)
            if why := self._fault(came, self.reference(*arguments), inputs):
                return Judged(False, True, why)
        return Judged(True)

    def _fault(self, came: Any, right: Any, inputs: str) -> str:
        """What is wrong with what a call gave."""
        wanted = getattr(right, "shape", None)
        if wanted is not None:
            shape = shape_of(came)
            if shape != tuple(wanted):
                got = t("lesson.written.none") if shape is None else shape
                return t("lesson.written.shape", inputs=inputs, got=got, right=tuple(wanted))
        try:
            came, right = taken(came, plain(right)), plain(right)
        except WrongForm as wrong:
            return t("lesson.written.form", inputs=inputs, why=str(wrong))
        if equal(came, right, self.within):
            return ""
        values = {"got": shown(came, 120), "right": shown(right, 120)}
        return t("lesson.written.value", inputs=inputs, **values)

    def examples(self, given: Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
        return [self.reference], list(self.wrong)


def has_dots(answer: Any) -> bool:
    """Whether an answer is ``...``, or several of which one still is."""
    return answer is ... or (isinstance(answer, (tuple, list)) and any(a is ... for a in answer))


def other_values(right: Any, within: float) -> list[Any]:
    """Values of the same form that are not right, one for each part that can be wrong.

    >>> other_values((0.5, True), 0.1)
    [(0.8, True), (0.5, False)]
    """
    if isinstance(right, (tuple, list)):
        return [
            type(right)([*right[:i], other, *right[i + 1 :]])
            for i, part in enumerate(right)
            for other in other_values(part, within)
        ]
    if isinstance(right, bool):
        return [not right]
    if isinstance(right, str):
        return [right + "x"]
    return [right + 3 * within if within else right + 1]
