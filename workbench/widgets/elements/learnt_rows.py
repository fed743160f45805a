"""What is learnt of conversations, row by row: replies marked, what is cut struck through."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import traitlets

from workbench.i18n import t

from ..base import View, module

if TYPE_CHECKING:
    from workbench.data.rendering.preview import Preview
    from workbench.recipe import Recipe

LONGEST = 20_000  # characters of a row that are drawn


class LearntRows(View):
    """A row at a time, the worst first; buttons and arrow keys go on and back.

    Parameters
    ----------
    found : Preview or Recipe, optional
        What :func:`workbench.data.rendering.preview.preview` gives, or a recipe of conversations,
        which is then rendered as its run would be.
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
    pieces = traitlets.List().tag(sync=True)  # [[text, learnt, cut]], end to end the row's text
    mates = traitlets.List().tag(sync=True)  # [[number in this order, place]]: rows of its pack
    summary = traitlets.Unicode("").tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self, found: Preview | Recipe | None = None, *, on_ask: Callable[[], Any] | None = None
    ):
        super().__init__()
        self._on_ask, self._order = on_ask, []
        self._found: Preview | None = None
        self.on_msg(self._message)
        if found is not None:
            self.show(found)

    def show(self, found: Preview | Recipe) -> None:
        """Show the rows of a preview, or of what a recipe's run would learn."""
        from workbench.data.rendering.preview import preview_of
        from workbench.recipe import Recipe

        self._found = preview_of(found) if isinstance(found, Recipe) else found
        self._order = self._found.order()
        fitted = self._found.fitted
        wrong = sum(bool(self._found.problems(n)) for n in self._order)
        with self.hold_sync():
            self.busy = False
            self.total = len(self._order)
            self.summary = " ".join([
                t("learnt.rows", n=len(fitted)),
                t("learnt.tokens", n=sum(one.targets for one in fitted)),
                t("learnt.wrong", n=wrong), t("learnt.template", name=self._found.template.name),
                *([t("learnt.packs", n=len(self._found.packs))] if self._found.packs else []),
            ])  # fmt: skip
            self.go(0)

    def forget(self) -> None:
        """Show nothing: what was shown is of other data or settings."""
        self._found, self._order = None, []
        with self.hold_sync():
            self.total, self.at, self.heading, self.summary = -1, 0, "", ""
            self.pieces, self.mates, self.busy = [], [], False

    def go(self, at: int) -> None:
        """Show the row of this number, the worst being 0; past the ends the first or the last."""
        from workbench.data.rendering import shown

        if self._found is None or not self._order:
            self.heading, self.pieces, self.mates = "", [], []
            return
        at = max(0, min(len(self._order) - 1, int(at)))
        number = self._order[at]
        left, pieces = LONGEST, []
        for text, learnt, cut in shown.pieces(self._found.fitted[number]):
            text = shown.visible(text)
            pieces.append([text[:left] + ("…" if len(text) > left else ""), learnt, cut])
            left -= len(text)
            if left <= 0:
                break
        with self.hold_sync():
            self.at, self.heading, self.pieces = at, self._found.heading(number), pieces
            self.mates = self._mates(number)

    def _mates(self, number: int) -> list:
        from workbench.data.rendering import shown

        pack = next((rows for rows in self._found.packs if number in rows), [])
        places = {row: at for at, row in enumerate(self._order)}
        fitted = self._found.fitted
        return [
            [places[row], shown.visible(fitted[row].row.conversation.place)]
            for row in pack if row != number
        ][:8]  # fmt: skip

    def _message(self, _widget: Any, content: dict, _buffers: Any) -> None:
        if content.get("do") == "ask" and self._on_ask is not None:
            self._on_ask()
        elif content.get("do") == "go" and isinstance(content.get("at"), int):
            self.go(content["at"])

    def __repr__(self) -> str:
        return f"LearntRows({max(self.total, 0):,} rows)"
