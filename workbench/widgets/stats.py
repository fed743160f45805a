"""A row of figures, each with its name below."""

from __future__ import annotations

import traitlets

from .base import View, module


class Stats(View):
    """Figures such as tokens a second or padding.

    >>> stats = Stats()
    >>> stats.show([("1,180", "tokens a second")], note="The run goes on by itself.")
    >>> stats.figures
    [['1,180', 'tokens a second']]
    """

    TEXTS = "stats"
    _esm = module("stats.js")
    figures = traitlets.List().tag(sync=True)  # [value, name], both text
    note = traitlets.Unicode("").tag(sync=True)

    def show(self, figures: list[tuple[str, str]], note: str = "") -> None:
        """Show these figures, and a sentence below them."""
        with self.hold_sync():
            self.figures = [[value, name] for value, name in figures]
            self.note = note
