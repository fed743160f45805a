"""While developing: a script or style sheet that is saved is put into the open views at once.

Set ``ANYWIDGET_HMR=1`` before the kernel starts, as for any anywidget. The workbench's scripts are
joined of several files, so that the library's own watching does not see them.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

PAUSE = 0.4  # seconds between two looks at the files


def is_on() -> bool:
    """Whether views follow their files."""
    return os.environ.get("ANYWIDGET_HMR") == "1"


class Live:
    """Views, and the files that each shows something of.

    Parameters
    ----------
    forget : callable
        Called before files are read again: what was kept of them is old.
    """

    def __init__(self, forget: Callable[[], None]):
        self._forget = forget
        self._lock = threading.Lock()
        self._views: weakref.WeakKeyDictionary[Any, tuple] = weakref.WeakKeyDictionary()
        self._seen: dict[Path, int] = {}
        self._thread: threading.Thread | None = None

    def follow(self, view: Any, trait: str, files: tuple[Path, ...], read: Callable[[], str]):
        """Set a view's ``trait`` to what ``read`` gives whenever one of the files changes."""
        with self._lock:
            self._views[view] = (trait, files, read)
            for file in files:
                self._seen.setdefault(file, _changed(file))
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._watch, name="workbench-live", daemon=True
                )
                self._thread.start()

    def look(self) -> int:
        """Look at the files once; how many views got another text."""
        with self._lock:
            views = list(self._views.items())
            new = {file for file, before in self._seen.items() if _changed(file) != before}
            self._seen |= {file: _changed(file) for file in new}
        if not new:
            return 0
        self._forget()
        count = 0
        for view, (trait, files, read) in views:
            if new & set(files) and view.comm is not None:
                setattr(view, trait, read())
                count += 1
        return count

    def _watch(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(PAUSE)
            try:
                self.look()
            except OSError:  # an editor is just writing it
                continue


def _changed(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0
