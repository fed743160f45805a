"""The head of the app: where things stand, the steps, the code that repeats it."""

from __future__ import annotations

import traitlets

from .base import View, module


class Header(View):
    """Title, state, run, steps as tabs, and the code behind a button.

    The page itself shows and hides the panels (``data-tab`` on the app), so that turning to another
    step needs no kernel.
    """

    TEXTS = "header"
    _esm = module("header.js")
    tab = traitlets.Int(0).tag(sync=True)
    steps = traitlets.List().tag(sync=True)  # [name, what it says about itself]
    state = traitlets.Unicode("").tag(sync=True)
    state_text = traitlets.Unicode("").tag(sync=True)
    run = traitlets.Unicode("").tag(sync=True)
    device = traitlets.Unicode("").tag(sync=True)
    code = traitlets.Unicode("").tag(sync=True)
