"""What has to be downloaded, with its size, before anything is: begun and stopped by a button."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

import traitlets

from workbench.errors import Cancelled
from workbench.i18n import t

from ..base import View, module
from ..elements.notice import Notice

OFTEN = 0.25  # seconds between two looks at the bytes that came


class Missing(NamedTuple):
    """A model or dataset that is not here, and the bytes that are still to come (None: unknown)."""

    kind: str
    reference: str
    size: int | None


class DownloadGate(View):
    """Says what is missing and how large it is; fetches it when the button is pressed.

    Parameters
    ----------
    on_done : callable
        Called without arguments, from the download's thread, when all is here.
    notice : Notice
        Says what goes wrong.
    """

    TEXTS = "download"
    _esm = module("panels/download_gate.js")
    items = traitlets.List(traitlets.Unicode()).tag(sync=True)  # a sentence each; none: all is here
    state = traitlets.Unicode("").tag(sync=True)  # "", "asked", "running"
    progress = traitlets.Float(0.0).tag(sync=True)  # 0 to 1, of all of it
    status = traitlets.Unicode("").tag(sync=True)

    def __init__(self, on_done: Callable[[], None], notice: Notice):
        super().__init__()
        self.missing: list[Missing] = []
        self._on_done, self._notice = on_done, notice
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._turn = threading.Lock()
        self.layout.display = "none"
        self.on_msg(self._message)

    @property
    def sentence(self) -> str:
        """What is missing, in one sentence; "" when all is here."""
        return " ".join(self.items)

    def offer(self, missing: list[Missing]) -> None:
        """Show what is missing instead of what was; a download of something else is stopped."""
        with self._turn:
            if missing == self.missing and self.state == "running":
                return
            self._stopped.set()
            self.missing = list(missing)
            with self.hold_sync():
                self.items = [_sentence(one) for one in missing]
                self.state, self.progress, self.status = ("asked" if missing else ""), 0.0, ""
            self.layout.display = None if missing else "none"

    def begin(self) -> threading.Thread | None:
        """Fetch what is missing, as the button does; the thread that does it, or None."""
        with self._turn:
            if self.state != "asked":
                return None
            self._stopped = stopped = threading.Event()
            self.state = "running"
            self._notice.clear()
            wanted = list(self.missing)
            thread = threading.Thread(
                target=self._fetch, args=(wanted, stopped), name="workbench-download", daemon=True
            )
            self._thread = thread
        thread.start()
        return thread

    def stop(self) -> None:
        """Stop the download within a block, as the button does; what came is gone on from later."""
        self._stopped.set()

    def _fetch(self, wanted: list[Missing], stopped: threading.Event) -> None:
        from workbench import catalog

        whole = sum(one.size or 0 for one in wanted)
        before, problem = 0, None
        try:
            for one in wanted:
                tell = self._teller(before, whole, stopped)
                catalog.fetch(one.reference, one.kind, progress=tell, cancelled=stopped.is_set)
                before += one.size or 0
        except Exception as error:  # said in the panel
            problem = error
        with self._turn:
            if self._stopped is not stopped:
                return  # something else is wanted meanwhile
            if problem is not None:
                with self.hold_sync():
                    self.state = "asked"
                    self.status = t("download.stopped") if stopped.is_set() else ""
                if not isinstance(problem, Cancelled):
                    self._notice.show_error(problem)
                return
        self._on_done()

    def _teller(self, before: int, whole: int, stopped: threading.Event):
        last = 0.0

        def tell(_name: str, done: int, size: int) -> None:
            nonlocal last
            now = time.monotonic()
            if stopped is not self._stopped or (now - last < OFTEN and done < size):
                return
            last = now
            total = max(whole, before + size)
            with self.hold_sync():
                self.progress = min(1.0, (before + done) / total) if total else 0.0
                self.status = t("download.so_far", done=megabytes(before + done),
                                whole=megabytes(total))  # fmt: skip

        return tell

    def _message(self, _widget, content: dict, _buffers) -> None:
        if content.get("press") == "begin":
            self.begin()
        elif content.get("press") == "stop":
            self.stop()


def megabytes(size: float) -> str:
    """Bytes for people.

    >>> megabytes(358_000_000), megabytes(2_100_000_000), megabytes(225_000)
    ('358 MB', '2.1 GB', '0.2 MB')
    """
    if size >= 1e9:
        return t("size.gb", n=size / 1e9)
    return t("size.mb", n=size / 1e6) if size >= 1e7 else t("size.mb_small", n=size / 1e6)


def _sentence(one: Missing) -> str:
    if one.size is None:
        return t("download.unknown", name=one.reference)
    return t("download.missing", name=one.reference, size=megabytes(one.size))
