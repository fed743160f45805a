"""The head of the app: where things stand, the steps, the code that repeats it."""

from __future__ import annotations

from collections.abc import Callable

import traitlets

from ..base import View, module


class Header(View):
    """Title, state, run, steps as tabs, and the code behind a button.

    The page itself shows and hides the panels (``data-tab`` on the app), so that turning to another
    step needs no kernel. When the kernel is gone, the page says so: it shows a picture then.

    Parameters
    ----------
    on_attach : callable, optional
        ``on_attach(path)`` when a run that is offered shall be shown.
    """

    TEXTS = "header"
    _esm = module("keys.js", "elements/header.js")
    tab = traitlets.Int(0).tag(sync=True)
    steps = traitlets.List().tag(sync=True)  # [name, what it says about itself]
    state = traitlets.Unicode("").tag(sync=True)
    state_text = traitlets.Unicode("").tag(sync=True)
    run = traitlets.Unicode("").tag(sync=True)
    device = traitlets.Unicode("").tag(sync=True)
    code = traitlets.Unicode("").tag(sync=True)
    offers = traitlets.List().tag(sync=True)  # [folder, sentence] of runs that go on elsewhere

    def __init__(self, *, on_attach: Callable[[str], None] | None = None, **traits):
        super().__init__(**traits)
        self._on_attach = on_attach
        self.on_msg(self._message)

    def _message(self, _widget, content: dict, _buffers) -> None:
        path = content.get("attach")
        if self._on_attach is not None and path in [offer[0] for offer in self.offers]:
            self._on_attach(path)
