"""One thing of several, chosen in a list; which is its one state."""

from __future__ import annotations

import traitlets

from ..base import View, module


class Choice(View):
    """A list with its name before it. Keys pressed in it never reach the notebook around it.

    >>> choice = Choice(label="Against", options=[["another run …", ""], ["first", "runs/first"]])
    >>> choice.value
    ''
    """

    TEXTS = "common"
    _esm = module("elements/choice.js")
    label = traitlets.Unicode("").tag(sync=True)
    options = traitlets.List().tag(sync=True)  # [what is read, value]
    value = traitlets.Unicode("").tag(sync=True)

    def __init__(self, **traits):
        super().__init__(**traits)
