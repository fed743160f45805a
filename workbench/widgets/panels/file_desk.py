"""What a page has for a file that is predicted: a button for it, progress, a download."""

from __future__ import annotations

import traitlets

from ..base import View, module

FORMATS = ("csv", "xlsx", "parquet")  # that predictions go back in


class FileDesk(View):
    """The button that takes a file, progress, stop, and the button that gives one back."""

    TEXTS = "file_predictions"
    _esm = module("keys.js", "panels/file_desk.js")
    kinds = traitlets.List(traitlets.Unicode()).tag(sync=True)
    uploading = traitlets.Unicode("").tag(sync=True)
    received = traitlets.Int(-1).tag(sync=True)  # bytes so far; -1: nothing is wanted
    state = traitlets.Unicode("").tag(sync=True)  # "", coming, working, done
    share = traitlets.Float(0.0).tag(sync=True)
    status = traitlets.Unicode("").tag(sync=True)
    formats = traitlets.List(traitlets.Unicode(), list(FORMATS)).tag(sync=True)
    format = traitlets.Enum(FORMATS, FORMATS[0]).tag(sync=True)  # that the download will have
    code = traitlets.Unicode("").tag(sync=True)  # the Python that does the same
    reading = traitlets.List().tag(sync=True)  # [name, label, value, [[value, text]]] of the file

    def __init__(self, **traits):
        super().__init__(**traits)

    def say(self, state: str, status: str) -> None:
        """Be in this state, which ``status`` says in words."""
        with self.hold_sync():
            self.status, self.share = status, 0.0
            self.state = state  # last: whoever waits for it finds the status there
