"""A button that asks a training run where its steps spend their time, and the table it answers."""

from __future__ import annotations

import threading
from typing import Any

import traitlets

from workbench.errors import WorkbenchError
from workbench.i18n import t

from ..base import View, module

SHOWN = 12  # operations


class ProfileView(View):
    """Hidden while there is neither a training run nor a profile.

    >>> view = ProfileView()
    >>> view.follow(None)
    >>> view.can_ask, view.rows
    (False, [])
    """

    TEXTS = "profile"
    _esm = module("panels/profile_view.js")
    rows = traitlets.List().tag(sync=True)  # [operation, milliseconds a step, share, calls a step]
    note = traitlets.Unicode("").tag(sync=True)
    waiting = traitlets.Bool(False).tag(sync=True)
    can_ask = traitlets.Bool(False).tag(sync=True)  # the run trains

    def __init__(self, **traits):
        super().__init__(**traits)
        self.run: Any = None
        self.on_msg(self._message)

    def follow(self, run: Any) -> None:
        """Ask this run from now on; None for no run."""
        self.run = run
        with self.hold_sync():
            self.rows, self.note, self.waiting, self.can_ask = [], "", False, False

    def ask(self) -> threading.Thread | None:
        """Ask for a profile of ten steps in the background, as the button does.

        Returns
        -------
        threading.Thread or None
            It ends when the answer is shown; ``None`` when nothing was asked.
        """
        if self.run is None or self.waiting:
            return None
        self.waiting = True
        thread = threading.Thread(target=self._wait, args=(self.run,), daemon=True)
        thread.start()
        return thread

    def _wait(self, run: Any) -> None:
        try:
            rows, note = run.profile().head(SHOWN), t("profile.where", folder=run.path / "profile")
        except (WorkbenchError, OSError) as error:
            rows, note = None, str(error)
        if run is not self.run:  # another run is shown by now
            return
        with self.hold_sync():
            if rows is not None:
                columns = ["operation", "milliseconds", "share", "calls"]
                self.rows = rows[columns].to_numpy(dtype=object).tolist()
            self.note, self.waiting = note, False

    def _message(self, _widget, content: dict, _buffers) -> None:
        if content.get("press") == "profile":
            self.ask()
