"""Parallel coordinates: a line each through its place on every axis."""

from __future__ import annotations

import traitlets

from ..base import View, module


class Parallel(View):
    """Axes side by side; a line is what was tried, and goes through its value on each."""

    TEXTS = "parallel_lines"
    _esm = module("elements/parallel.js")
    heading = traitlets.Unicode("").tag(sync=True)
    axes = traitlets.List().tag(sync=True)  # name, ticks [[place from 0 to 1, text]]
    lines = traitlets.List().tag(sync=True)  # name, places from 0 to 1, texts, best

    def show(self, heading: str, axes: list[dict], lines: list[dict]) -> None:
        """Draw these lines.

        Parameters
        ----------
        axes : list of dict
            ``name`` and ``ticks``, pairs of a place (0 is below, 1 above) and its text.
        lines : list of dict
            ``name``, ``places`` and ``texts`` on each axis, and whether it is the ``best``.
        """
        with self.hold_sync():
            self.heading, self.axes, self.lines = heading, axes, lines

    def __repr__(self) -> str:
        return f"Parallel({len(self.lines)} lines)"
