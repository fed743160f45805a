"""The Talk view: the run's model and the one that it began with, side by side on any question."""

from __future__ import annotations

from typing import Any

from ..boxes import VBox
from ..panels.chat.panel import ChatPanel


class TalkView(VBox):
    """A chat panel, made when its tab is first looked at and again for another run.

    Attributes
    ----------
    chat : ChatPanel or None
    """

    def __init__(self):
        self.chat: ChatPanel | None = None
        super().__init__()
        self.add_class("wb-stack")

    def load(self, panel: Any) -> None:
        """Talk to the panel's run; the conversation with another run is closed."""
        if self.chat is not None:
            self.chat.close()
        self.chat = ChatPanel(panel.run, split=panel.split)
        self.children = (self.chat,)

    def close(self) -> None:
        """Close it, and give the memory back."""
        super().close()
        if self.chat is not None:
            self.chat.close()
