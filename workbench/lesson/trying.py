"""A learner's function on inputs: in a box of time, on copies, whatever it does."""

from __future__ import annotations

import copy
import ctypes
import os
import threading
from collections.abc import Callable
from typing import Any

SECONDS = 5.0  # that one call may take
IN_ALL = 10.0  # of all calls of a check together, after which no further one begins
_INTERRUPTS = 20  # a function that catches everything is interrupted again


class Stopped(BaseException):
    """Sent into a function whose time is over; no ``except Exception`` catches it."""


class TooLong(Exception):
    """A call was not done in its time."""


class Raised(Exception):
    """A call raised; ``error`` is what. An interrupt of whoever waits is none of these."""

    def __init__(self, error: BaseException):
        super().__init__(error)
        self.error = error


class Changed(Exception):
    """A call changed one of its arguments; ``place`` counts from 0."""

    def __init__(self, place: int):
        super().__init__(place)
        self.place = place


def call(function: Callable, arguments: tuple, *, seconds: float) -> Any:
    """What a function gives for copies of these arguments.

    The call runs in a thread of its own. When its time is over it is interrupted between two
    steps of Python; one that waits outside Python (``time.sleep``) is left behind.

    Raises
    ------
    TooLong
        If it takes longer than ``seconds``.
    Changed
        If an argument is not what it was before.
    Raised
        If the function raises, whatever it is.
    """
    given, kept = copy.deepcopy(arguments), copy.deepcopy(arguments)
    came: list[Any] = []
    failed: list[BaseException] = []

    process = os.getpid()

    def run() -> None:
        try:
            came.append(function(*given))
        except BaseException as error:  # SystemExit and KeyboardInterrupt are the function's too
            failed.append(error)
        if os.getpid() != process:  # a copy that the function forked ends here, not as a kernel
            os._exit(0)

    thread = threading.Thread(target=run, daemon=True, name="wb-exercise")
    thread.start()
    try:
        thread.join(seconds)
    except BaseException:  # the kernel is interrupted: so is what runs in it
        _stop(thread)
        raise
    if thread.is_alive():
        _stop(thread)
        raise TooLong
    if failed:
        raise Raised(failed[0])
    for place, (after, before) in enumerate(zip(given, kept, strict=True)):
        if not same(after, before):
            raise Changed(place)
    return came[0]


def same(one: Any, other: Any) -> bool:
    """Whether two arguments hold the same values, of whatever kind they are."""
    if hasattr(one, "shape") and hasattr(other, "shape"):
        return tuple(one.shape) == tuple(other.shape) and bool((one == other).all())
    if isinstance(one, (list, tuple)) and type(one) is type(other):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def _stop(thread: threading.Thread) -> None:
    send = ctypes.pythonapi.PyThreadState_SetAsyncExc
    for _ in range(_INTERRUPTS):
        if not thread.is_alive():
            return
        send(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(Stopped))
        thread.join(0.05)
