"""What is learnt of each row: marked, with what is cut struck through."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import traitlets

from workbench.i18n import t

from ..base import View, module

if TYPE_CHECKING:
    from workbench.data.rendering.seen_rows import SeenRows
    from workbench.recipe import Recipe

LONGEST = 20_000  # characters of a row that are drawn
MATES = 8  # rows that are named beside one


class LearntRows(View):
    """A row at a time, the worst first; buttons and arrow keys go on and back.

    Parameters
    ----------
    found : SeenRows or Recipe, optional
        What :func:`workbench.data.preview` gives, or a recipe of a task that writes, fills in or
        finds texts, whose rows are then made as its run would make them.
    on_ask : callable, optional
        Called when somebody asks to see it, where nothing is there yet.

    Examples
    --------
    Without clicking::

        rows = wb.widgets.LearntRows(recipe)
        rows.go(3)
        rows.heading, rows.pieces
    """

    TEXTS = "learnt"
    _esm = module("keys.js", "elements/learnt_rows.js")
    total = traitlets.Int(-1).tag(sync=True)  # -1: nothing was asked for yet
    at = traitlets.Int(0).tag(sync=True)
    heading = traitlets.Unicode("").tag(sync=True)
    #: [[text, learnt, cut, what is read there instead, what begins here]], one behind the other
    pieces = traitlets.List().tag(sync=True)
    mates = traitlets.List().tag(sync=True)  # [[number in this order, place]]
    mates_title = traitlets.Unicode("").tag(sync=True)
    mates_left = traitlets.Unicode("").tag(sync=True)  # how many more there are
    legend = traitlets.List().tag(sync=True)  # of marked, cut and other text, of what stands there
    summary = traitlets.Unicode("").tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self, found: SeenRows | Recipe | None = None, *, on_ask: Callable[[], Any] | None = None
    ):
        super().__init__()
        self._on_ask, self._order = on_ask, []
        self._found: SeenRows | None = None
        self.on_msg(self._message)
        if found is not None:
            self.show(found)

    def show(self, found: SeenRows | Recipe) -> None:
        """Show the rows of a preview, or of what a recipe's run would learn."""
        from workbench.data.rendering.preview import preview
        from workbench.recipe import Recipe

        seen = preview(found) if isinstance(found, Recipe) else found
        self._found, self._order = seen, seen.order()
        with self.hold_sync():
            self.busy = False
            self.total = len(self._order)
            self.summary, self.legend = seen.summary(), list(seen.legend)
            self.mates_title = seen.mates_title
            self.go(0)

    def forget(self) -> None:
        """Show nothing: what was shown is of other data or settings."""
        self._found, self._order = None, []
        with self.hold_sync():
            self.total, self.at, self.heading, self.summary = -1, 0, "", ""
            self.pieces, self.mates, self.mates_left, self.busy = [], [], "", False

    def go(self, at: int) -> None:
        """Show the row of this number, the worst being 0; past the ends the first or the last."""
        from workbench.data.rendering.shown import visible

        if self._found is None or not self._order:
            self.heading, self.pieces, self.mates, self.mates_left = "", [], [], ""
            return
        at = max(0, min(len(self._order) - 1, int(at)))
        number = self._order[at]
        left, pieces, over = LONGEST, [], 0
        begun, unspelt = self._found.begun(number, LONGEST)
        for text, learnt, cut, stands, head in begun:
            text = visible(text)
            over += max(0, len(text) - left)
            if left > 0:
                pieces.append([text[:left], learnt, cut, visible(stands), visible(head)])
            left = max(0, left - len(text))
        if over:
            pieces.append([t("learnt.shortened", n=over), False, False, "", ""])
        if unspelt:
            pieces.append([t("learnt.unspelt", n=unspelt), False, False, "", ""])
        with self.hold_sync():
            self.at, self.heading, self.pieces = at, self._found.heading(number), pieces
            self._show_mates(number)

    def _show_mates(self, number: int) -> None:
        assert self._found is not None  # `go` has been here
        places = {row: at for at, row in enumerate(self._order)}
        found = self._found.mates(number)
        more = len(found) - MATES
        self.mates = [[places[row], self._found.place(row)] for row in found[:MATES]]
        self.mates_left = t("learnt.more_mates", n=more) if more > 0 else ""

    def _message(self, _widget: Any, content: dict, _buffers: Any) -> None:
        if content.get("do") == "ask" and self._on_ask is not None:
            self._on_ask()
        elif content.get("do") == "go" and isinstance(content.get("at"), int):
            self.go(content["at"])

    def __repr__(self) -> str:
        return f"LearntRows({max(self.total, 0):,} rows)"
