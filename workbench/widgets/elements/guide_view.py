"""What to try next, each with a button that makes the recipe."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import traitlets

from ..base import View, module

if TYPE_CHECKING:
    import pandas as pd


class GuideView(View):
    """The rows of :func:`workbench.inspection.next_steps`; nothing where there are none.

    Parameters
    ----------
    on_take : callable
        ``on_take(position)`` for a press of a row's button.
    """

    TEXTS = "guide"
    _esm = module("elements/guide_view.js")
    rows = traitlets.List().tag(sync=True)  # [finding, evidence, advice]
    told = traitlets.Unicode("").tag(sync=True)  # what became of the last press

    def __init__(self, *, on_take: Callable[[int], object], **traits):
        super().__init__(**traits)
        self._on_take = on_take
        self.on_msg(self._message)

    def show(self, steps: pd.DataFrame | None) -> None:
        """Show these steps; None for none."""
        names = ["finding", "evidence", "advice"]
        with self.hold_sync():
            self.told = ""
            self.rows = [] if steps is None else steps[names].values.tolist()

    def _message(self, _widget, content: dict, _buffers) -> None:
        position = content.get("take")
        if isinstance(position, int) and 0 <= position < len(self.rows):
            self._on_take(position)

    def __repr__(self) -> str:
        return f"GuideView({len(self.rows)} steps)"
