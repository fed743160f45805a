"""One sentence of what went wrong, one of what to do, the details folded."""

from __future__ import annotations

import traceback

import traitlets

from workbench.errors import WorkbenchError, explain

from ..base import View, module


class Notice(View):
    """Shown while it has a message; never a bare traceback.

    >>> notice = Notice()
    >>> notice.show("The text is empty.", "Type a few words.")
    >>> notice.message
    'The text is empty.'
    """

    TEXTS = "notice"
    _esm = module("elements/notice.js")
    message = traitlets.Unicode("").tag(sync=True)
    remedy = traitlets.Unicode("").tag(sync=True)
    details = traitlets.Unicode("").tag(sync=True)

    def __init__(self, **traits):
        super().__init__(**traits)
        self.layout.display = None if self.message else "none"

    def show(self, message: str, remedy: str = "", details: str = "") -> None:
        """Say this; an empty message hides the notice."""
        with self.hold_sync():
            self.message, self.remedy, self.details = message, remedy, details[-20_000:]
        self.layout.display = None if message else "none"

    def show_error(self, error: BaseException) -> None:
        """Say what an exception means; the traceback of an unexpected one is folded away."""
        message, remedy = explain(error)
        expected = isinstance(error, WorkbenchError)
        self.show(message, remedy, "" if expected else "".join(traceback.format_exception(error)))

    def clear(self) -> None:
        """Hide it."""
        self.show("")
