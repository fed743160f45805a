"""A row of tabs; which is chosen is its one state."""

from __future__ import annotations

import traitlets

from ..base import View, module


class Tabs(View):
    """Names with their titles; a click, an arrow key or :meth:`select` chooses one."""

    TEXTS = "tabs"
    _esm = module("keys.js", "elements/tabs.js")
    names = traitlets.List().tag(sync=True)  # [name, title]
    selected = traitlets.Unicode("").tag(sync=True)

    def __init__(self, **traits):
        super().__init__(**traits)

    def show(self, names: list[tuple[str, str]]) -> None:
        """Offer these; the chosen one stays when it is among them."""
        keys = [name for name, _ in names]
        with self.hold_sync():
            self.names = [list(pair) for pair in names]
            if self.selected not in keys:
                self.selected = keys[0] if keys else ""

    def take_focus(self) -> None:
        """Let the keyboard go on at the chosen tab, where what had it is gone from the page."""
        self.send({"focus": True})

    def select(self, name: str) -> None:
        """Choose a tab.

        Raises
        ------
        ValueError
            If it is not offered.
        """
        keys = [key for key, _ in self.names]
        if name not in keys:
            raise ValueError(f"There is no tab {name!r}; there are {', '.join(keys)}.")
        self.selected = name
