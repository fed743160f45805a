"""What an exercise asks for, in three kinds: a value, whatever passes a test, a function.

Its words stand in the catalogue: ``exercise.<notebook>.<number>`` with ``hint``, ``longer`` (after
three tries) and ``solution``. What it is judged by stands in ``exercises/n<notebook>.py``, so that
a notebook's file gives no answer away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from workbench.errors import shown
from workbench.i18n import t

from . import trying
from .comparing import WrongForm, equal, fits, plain


class Judged(NamedTuple):
    """How an answer was judged."""

    right: bool
    counts: bool = True  # as a try: an answer of the wrong form is none
    why: str = ""  # a sentence beside the hint


class Exercise:
    """Judges answers. Values of the lesson that it needs come by name: ``needs``."""

    needs: tuple[str, ...] = ()

    def judge(self, answer: Any, given: Mapping[str, Any]) -> Judged:
        """Whether the answer is right."""
        raise NotImplementedError

    def is_open(self, answer: Any) -> bool:
        """Whether the three dots still stand where the answer belongs."""
        return has_dots(answer)

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
        right, answer = self._right(given), plain(answer)
        try:
            fits(answer, right)
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
        answer = plain(answer)
        try:
            fits(answer, self.right[0])
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
        for seed in range(self.tries):
            arguments = self.draw(np.random.default_rng(seed))
            if why := self._fault(answer, arguments):
                return Judged(False, True, why)
        return Judged(True)

    def is_open(self, answer: Any) -> bool:
        import numpy as np

        if not callable(answer):
            return has_dots(answer)
        try:
            return has_dots(trying.call(answer, self.draw(np.random.default_rng(0))))
        except (trying.TooLong, trying.Changed, trying.Raised):  # it does something: judge says it
            return False

    def _fault(self, answer: Callable, arguments: tuple) -> str:
        inputs = ", ".join(shown(plain(one), 120) for one in arguments)
        try:
            came = trying.call(answer, arguments)
        except trying.TooLong:
            return t("lesson.written.long", inputs=inputs, seconds=int(trying.SECONDS))
        except trying.Changed as changed:
            return t("lesson.written.changed", inputs=inputs, place=changed.place + 1)
        except trying.Raised as raised:
            said = f"{type(raised.error).__name__}: {raised.error}".partition("\n")[0]
            return t("lesson.written.raised", inputs=inputs, error=shown_text(said))
        right = self.reference(*arguments)
        shape, wanted = (getattr(one, "shape", None) for one in (came, right))
        if wanted is not None and (shape is None or tuple(shape) != tuple(wanted)):
            got = t("lesson.written.none") if shape is None else tuple(shape)
            return t("lesson.written.shape", inputs=inputs, got=got, right=tuple(wanted))
        try:
            fits(plain(came), plain(right))
        except WrongForm as wrong:
            return t("lesson.written.form", inputs=inputs, why=str(wrong))
        if equal(plain(came), plain(right), self.within):
            return ""
        got, right = shown(plain(came), 120), shown(plain(right), 120)
        return t("lesson.written.value", inputs=inputs, got=got, right=right)

    def examples(self, given: Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
        return [self.reference], list(self.wrong)


def has_dots(answer: Any) -> bool:
    """Whether an answer is ``...``, or several of which one still is."""
    return answer is ... or (isinstance(answer, (tuple, list)) and any(a is ... for a in answer))


def shown_text(text: str, most: int = 200) -> str:
    """A message that may be long or hold line ends, in one line."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"


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
