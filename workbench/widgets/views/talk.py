"""The Talk view: the run's model and the one that it began with, side by side on any question."""

from __future__ import annotations

from typing import Any

from ..boxes import VBox
from ..panels.chat.panel import ChatPanel


class TalkView(VBox):
    """A chat panel for each run, made when its tab is first looked at.

    Attributes
    ----------
    chat : ChatPanel or None
        That of the run which is shown; those of other runs stay, with their ratings, without
        memory for their models.
    """

    ASKS = True  # a text is typed here: the panel has no line for one

    def __init__(self):
        self.chat: ChatPanel | None = None
        self._chats: dict[tuple[str, str], ChatPanel] = {}  # by folder and split
        super().__init__()
        self.add_class("wb-stack")

    def load(self, panel: Any) -> None:
        """Talk to the panel's run, going on with what was said to it; models of another one go."""
        place = str(panel.run.path), panel.split
        there = self._chats.get(place)
        if self.chat is not None and self.chat is not there:
            self.chat.leave()
        if there is None:
            there = self._chats[place] = ChatPanel(panel.run, split=panel.split)
        self.chat = there
        self.children = (there,)

    def close(self) -> None:
        """Close all, and give the memory back."""
        super().close()
        for chat in self._chats.values():
            chat.close()
