"""One at a time, and the newest of several: what threads that write the same widgets need."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any, TypeVar

Work = TypeVar("Work", bound=Callable[..., Any])


def in_turn(work: Work) -> Work:
    """A method that nothing else of its object runs beside: it holds the object's ``_turn``.

    What is read and what is written of it belong together then. Nothing is waited for within.
    """

    @functools.wraps(work)
    def alone(self: Any, *args: Any, **named: Any) -> Any:
        with self._turn:
            return work(self, *args, **named)

    return alone  # type: ignore[return-value]


class Turns:
    """Which of several requests is the newest, whatever threads they come from.

    Within ``with turns:`` nothing is asked, so that what was found for the newest request is shown
    as that of the newest.

    >>> turns = Turns()
    >>> first, second = turns.take(), turns.take()
    >>> turns.is_newest(first), turns.is_newest(second)
    (False, True)
    """

    def __init__(self) -> None:
        self._turn = threading.RLock()
        self._number = 0

    @property
    def newest(self) -> int:
        """The number of the newest request."""
        return self._number

    @in_turn
    def take(self) -> int:
        """The number of a new request; those before it are not the newest any more."""
        self._number += 1
        return self._number

    @in_turn
    def is_newest(self, number: int) -> bool:
        """Whether nothing was asked since."""
        return number == self._number

    def __enter__(self) -> Turns:
        self._turn.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self._turn.release()
