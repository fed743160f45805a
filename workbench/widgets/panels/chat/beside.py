"""What a panel has done beside the page: loading, listening, looking up."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Beside:
    """Does each work in a thread of its own.

    Parameters
    ----------
    failed : callable
        Called with what a work raised.
    ended : callable
        Called behind each work, however it ended.
    """

    def __init__(self, failed: Callable[[Exception], object], ended: Callable[[], object]):
        self._failed, self._ended = failed, ended
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def start(self, work: Callable[[], object]) -> None:
        """Begin one."""

        def guarded() -> None:
            try:
                work()
            except Exception as error:
                self._failed(error)
            finally:
                self._ended()

        thread = threading.Thread(target=guarded, name="workbench-chat", daemon=True)
        with self._lock:
            thread.start()
            self._threads = [one for one in self._threads if one.is_alive()] + [thread]

    def wait(self, timeout: float | None = None) -> None:
        """Wait until nothing is done any more; ``timeout`` in seconds each.

        Raises
        ------
        TimeoutError
        """
        while self._threads:
            thread = self._threads[0]
            thread.join(timeout)
            if thread.is_alive():
                raise TimeoutError
            with self._lock:
                self._threads = [one for one in self._threads if one is not thread]
