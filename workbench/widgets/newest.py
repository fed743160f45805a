"""Work in the background for the newest request only, however quickly they follow each other."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

log = logging.getLogger("workbench")


class Newest:
    """Answers the newest request in a thread of its own; older ones are dropped.

    One thread works at a time and ends when nothing is asked any more. Whether it goes on is
    decided under the same lock under which a request is put down, so that no request is left
    between a thread that is about to end and a caller that still saw it alive.

    Parameters
    ----------
    work : callable
        ``work(request, is_newest)`` returns what :attr:`show` gets; ``is_newest()`` tells a long
        work whether somebody still waits for it.
    show : callable
        ``show(request, found)``, called when no newer request came meanwhile.
    failed : callable
        Called with what ``work`` or ``show`` raised for the newest request, to say it where the
        answer would stand.
    name : str
        Of the thread.
    delay : float
        Seconds to let pass before each work, so that requests in quick succession are one.

    Examples
    --------
    >>> said = []
    >>> newest = Newest(lambda request, is_newest: 2 * request, lambda *both: said.append(both),
    ...                 said.append)
    >>> newest.ask(21)
    >>> newest.wait(10), said
    (True, [(21, 42)])
    """

    def __init__(
        self,
        work: Callable[[Any, Callable[[], bool]], Any],
        show: Callable[[Any, Any], None],
        failed: Callable[[Exception], None],
        *,
        name: str = "workbench-newest",
        delay: float = 0.0,
    ):
        self._failed = failed
        self._do, self._show, self._name, self._delay = work, show, name, delay
        self._changed = threading.Condition()
        self._number = 0  # of the newest request
        self._done = 0  # number of the request that was answered last
        self._request: Any = None
        self._works = False  # whether a thread is there that will look once more

    def ask(self, request: Any) -> None:
        """Put down a request; the one before it, if it still waits or is worked on, is dropped."""
        with self._changed:
            self._number += 1
            self._request = request
            if not self._works:
                self._works = True
                threading.Thread(target=self._work, name=self._name, daemon=True).start()

    @property
    def is_idle(self) -> bool:
        """Whether the newest request has been answered."""
        with self._changed:
            return self._done == self._number

    def wait(self, timeout: float) -> bool:
        """Wait until the newest request has been answered; False after ``timeout`` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._done == self._number, timeout)

    def _tell(self, error: Exception) -> None:
        try:
            self._failed(error)
        except Exception:  # the place where it is said is what broke: nobody is left to say it
            log.exception("What was asked of %s failed", self._name)

    def _work(self) -> None:
        while True:
            time.sleep(self._delay)
            with self._changed:
                number, request = self._number, self._request
            try:
                found = self._do(request, lambda number=number: self._number == number)
                if self._number == number:
                    self._show(request, found)
            except Exception as error:  # neither may end the panel's work for good
                if self._number == number:
                    self._tell(error)
            with self._changed:
                if self._number == number:
                    self._done, self._request, self._works = number, None, False
                    self._changed.notify_all()
                    return
