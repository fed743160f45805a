"""Puts a conversation onto its page: all of it, or what is being written as it grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.errors import WorkbenchError
from workbench.talking.seats import CONVERSATION

from . import settings, shown
from .view import ChatView

if TYPE_CHECKING:
    from workbench.talking.talks import Talk


class Page:
    """What a view shows of a conversation; whoever draws sees to it that one does at a time."""

    def __init__(self, talk: Talk, view: ChatView):
        self.talk, self.view = talk, view
        self._refused, self.rendering = 0, False

    def draw(self, at: int | None) -> None:
        """Show the turns that lead to one."""
        turns, live = shown.turns_shown(self.talk, at, rendering=self.rendering)
        every, first = shown.beginnings(self.talk), shown.beginning_of(self.talk, at)
        view = self.view
        with view.hold_sync():
            view.turns, view.live, view.writing = turns, live, self.talk.writing
            view.notes = self.talk.notes
            view.place = [0 if first is None else every.index(first) + 1, len(every)]
            if view.row:
                view.row = [shown.row_of(self.talk, at), *view.row[1:]]

    def grow(self, at: int | None) -> bool:
        """Show how far texts are written by now; False where they are not those that are shown as
        growing: then all is to be drawn."""
        live = shown.live_of(self.talk, at)
        if set(live) != set(self.view.live):
            return False
        self.view.grow(live)
        return True

    def show_settings(self, *, refused: bool = False) -> None:
        """Show how words are chosen; of a value that was refused the page takes back its own."""
        self._refused += refused
        generation, system = self.talk.generation, self.talk.system
        self.view.blind = self.talk.blind
        self.view.settings = {
            "kind": generation["kind"], "fields": settings.fields_of(generation),
            "system": (system or "") if self.talk.way == CONVERSATION else None,
            "rendered": self.rendering, "refused": self._refused,
        }  # fmt: skip

    def count_rows(self, at: int | None) -> None:
        """Show how many held-out rows there are to open, where there are some."""
        if not self.talk.seats[0].run:
            return
        try:
            count = len(self.talk.seats[0].the_run().predictions(self.talk.split))
        except WorkbenchError:  # it trains: the conversation says so
            return
        self.view.row = [shown.row_of(self.talk, at), count, self.talk.split]
