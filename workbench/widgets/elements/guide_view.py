"""What to try next, each with a button that makes the recipe."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import traitlets

from workbench.i18n import t

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
    told = traitlets.Unicode("").tag(sync=True)  # of the last press, or what was not looked for

    def __init__(self, *, on_take: Callable[[int], object], **traits):
        super().__init__(**traits)
        self._on_take = on_take
        self.on_msg(self._message)

    def show(self, steps: pd.DataFrame | None) -> None:
        """Show these steps; None for none."""
        names = ["finding", "evidence", "advice"]
        with self.hold_sync():
            self.leave_out([] if steps is None else steps.attrs.get("left_out", []))
            self.rows = [] if steps is None else steps[names].values.tolist()

    def leave_out(self, sentences: list[str]) -> None:
        """Say why something was not looked for; nothing of none."""
        self.told = t("guide.left_out", reason=" ".join(sentences)) if sentences else ""

    def _message(self, _widget, content: dict, _buffers) -> None:
        position, row = content.get("take"), content.get("row")
        if isinstance(position, int) and self.rows[position : position + 1] == [row]:
            self._on_take(position)  # else the page showed the steps of before

    def __repr__(self) -> str:
        return f"GuideView({len(self.rows)} steps)"
