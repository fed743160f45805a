"""Is a learner's answer the right one? Its form first, then its value."""

from __future__ import annotations

import math
import numbers
from typing import Any

from workbench.errors import kind_of, shown
from workbench.i18n import t


class WrongForm(Exception):
    """An answer that is no answer to this question: a text where a number is asked, say."""


def plain(value: Any) -> Any:
    """A value in Python's own types: tensors, arrays and columns as lists, single ones as numbers.

    >>> import numpy as np
    >>> plain((np.float32(0.5), np.arange(2))), plain({3})
    ((0.5, [0, 1]), {3})
    """
    if isinstance(value, tuple):
        return tuple(plain(one) for one in value)
    if isinstance(value, list):
        return [plain(one) for one in value]
    if hasattr(value, "tolist"):  # torch, numpy, pandas
        return value.tolist()
    return value


def taken(answer: Any, like: Any) -> Any:
    """An answer made plain, which has the form of ``like``.

    Raises
    ------
    WrongForm
        With a sentence that says what is asked for and what was given; also where what was given
        cannot be read, as a tensor without data.
    """
    try:
        answer = plain(answer)
        fits(answer, like)
    except WrongForm:
        raise
    except Exception as error:  # it is the learner's: whatever reading it raises
        given, error = kind_of(answer), said_of(error)
        raise WrongForm(t("lesson.form.unreadable", given=given, error=error)) from None
    return answer


def shape_of(value: Any) -> tuple[int, ...] | None:
    """The shape of an array or tensor; None for what has none that can be read."""
    try:
        return tuple(int(size) for size in value.shape)
    except Exception:  # as in taken
        return None


def said_of(error: BaseException, most: int = 200) -> str:
    """An error's kind and its message, which may be long, empty or not to be had, in one line."""
    try:
        said = " ".join(str(error).split())
    except Exception:  # it is the learner's own
        said = ""
    said = f"{type(error).__name__}: {said}" if said else type(error).__name__
    return said if len(said) <= most else said[: most - 1] + "…"


def fits(answer: Any, like: Any) -> None:
    """Whether an answer has the form of ``like``, both of them plain.

    Raises
    ------
    WrongForm
        With a sentence that says what is asked for and what was given.
    """
    if isinstance(like, (tuple, list)):
        if not isinstance(answer, (tuple, list)) or len(answer) != len(like):
            raise WrongForm(t("lesson.form.several", n=len(like), given=_given(answer)))
        for one, other in zip(answer, like, strict=True):
            fits(one, other)
        return
    if isinstance(like, bool):
        good, asked = isinstance(answer, bool), "truth"
    elif isinstance(like, numbers.Real):
        good = isinstance(answer, numbers.Real) and not isinstance(answer, bool)
        asked = "number"
    else:
        good, asked = isinstance(answer, str), "text"
    if not good:
        raise WrongForm(t(f"lesson.form.{asked}", given=_given(answer)))


def equal(answer: Any, right: Any, within: float) -> bool:
    """Whether two plain values of one form are the same, numbers up to ``within``; texts by words.

    >>> equal([0.333, 2], [1 / 3, 2], 1e-3), equal(math.nan, 0.0, 1.0), equal(" ah", "AH", 0)
    (True, False, True)
    """
    if isinstance(right, (tuple, list)):
        return all(equal(one, other, within) for one, other in zip(answer, right, strict=True))
    if isinstance(right, bool):
        return answer is right
    if isinstance(right, numbers.Real):
        try:
            return abs(answer - right) <= within + 1e-9 if math.isfinite(right) else answer == right
        except OverflowError:  # a whole number of 400 digits
            return False
    return answer.strip().casefold() == right.strip().casefold()


def _given(answer: Any) -> str:
    if isinstance(answer, (tuple, list)):
        return t("lesson.form.list", n=len(answer), value=shown(answer))
    return shown(answer)
