"""Reading a run's folder in the background, so that a panel moves while a cell is busy."""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

from workbench.run_folder.files import metric_rows

from ..elements.history import History

log = logging.getLogger("workbench")

BUSY, QUIET = 0.5, 2.0  # seconds between two looks: while the run works, and afterwards
WORKING = ("queued", "running")


class Follower:
    """Looks at a run again and again and says when something changed.

    Parameters
    ----------
    run : Run
    on_change : bound method taking (status, history)
        Called from the follower's thread, first with everything that is there. Held weakly: when
        its object is gone, the thread ends.
    on_failure : bound method taking an exception
        Called with what a look raised, or the showing of it; it is shown anew at the next look.
    """

    def __init__(
        self,
        run: Any,
        on_change: Callable[[dict, History], None],
        on_failure: Callable[[Exception], None],
    ):
        self.run = run
        self.history = History()
        self._rows = metric_rows(run.path)
        self._call = weakref.WeakMethod(on_change)
        self._failed = weakref.WeakMethod(on_failure)
        self._owed = False  # whether what was read is still to be shown
        self._seen: dict = {}
        self._ended = threading.Event()
        self._turn = threading.Lock()

    def start(self) -> Follower:
        """Look once now, then in the background."""
        self.look()
        threading.Thread(target=self._loop, name="workbench-follower", daemon=True).start()
        return self

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()

    def look(self) -> bool:
        """Look at the folder once; whether something had changed."""
        with self._turn:
            rows = self._rows.read()
            if self._rows.restarted:  # a resumed run cut what came after its checkpoint
                self.history = History()
            self.history.add(rows)
            status = self.run.status()
            told = {k: v for k, v in status.items() if k != "heartbeat"}
            changed = rows or self._rows.restarted or told != self._seen
            if not changed and not self._owed:
                return False
            self._seen, self._owed = told, True
            call = self._call()
            if call is None:
                self.stop()
            else:
                call(status, self.history)
            self._owed = False
            return True

    def _say(self, error: Exception) -> None:
        tell = self._failed()
        try:
            if tell is not None:
                tell(error)
        except Exception:  # the place where it is said is what broke: nobody is left to say it
            log.exception("The panel could not show the run %s", self.run.path)

    def _loop(self) -> None:
        wait = BUSY
        while not self._ended.wait(wait) and self._call() is not None:
            started = time.monotonic()
            try:
                self.look()
            except Exception as error:  # must not end the watching; the next look shows it anew
                self._say(error)
            working = self._seen.get("state") in WORKING
            wait = max(BUSY if working else QUIET, 5 * (time.monotonic() - started))
