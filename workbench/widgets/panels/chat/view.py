"""The conversation on the page: turns, their answers, what is asked next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets

from ...base import View, module

#: What a page may ask for, with the values that come with it and their types.
DEEDS: dict[str, dict[str, tuple[type, ...]]] = {
    "say": {"text": (str,), "behind": (str,)},
    "stop": {},
    "again": {"turn": (int,)},
    "edit": {"turn": (int,), "text": (str,)},
    "branch": {"turn": (int,), "by": (int,)},
    "which": {"turn": (int,), "side": (str,), "by": (int,)},
    "open_row": {"row": (int,)},
    "begin": {},
    "conversation": {"by": (int,)},
    "set": {"values": (dict,)},
    "rate": {"turn": (int,), "verdict": (str,), "side": (str,)},
    "tokens": {"turn": (int,), "side": (str,)},
    "prompt": {"turn": (int,), "side": (str,)},
    "nearest": {"turn": (int,), "side": (str,)},
    "go_on": {"turn": (int,), "side": (str,), "position": (int,), "token": (int,)},
    "close_detail": {},
    "paper": {"kind": (str,)},
}


class ChatView(View):
    """Shows what it is given, and tells what was asked for.

    Parameters
    ----------
    on_deed : callable
        ``on_deed(name, values)`` for each of :data:`DEEDS`; others never come.
    """

    TEXTS = "chat_panel"
    _esm = module("keys.js", "panels/chat/view.js", "panels/chat/turn.js", "panels/chat/detail.js",
                  "panels/chat/asking.js")  # fmt: skip
    way = traitlets.Unicode("conversation").tag(sync=True)
    names = traitlets.List().tag(sync=True)  # of the seats
    blind = traitlets.Bool(False).tag(sync=True)
    learnt = traitlets.Bool(False).tag(sync=True)  # whether there is training to look at
    turns = traitlets.List().tag(sync=True)  # see .shown.turns_shown
    live = traitlets.Dict().tag(sync=True)  # texts that are being written, by turn:side
    writing = traitlets.Bool(False).tag(sync=True)
    status = traitlets.Unicode("").tag(sync=True)
    notes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    row = traitlets.List().tag(sync=True)  # the held-out row, and how many there are; or none
    place = traitlets.List().tag(sync=True)  # which conversation, of how many
    kinds = traitlets.List().tag(sync=True)
    settings = traitlets.Dict().tag(sync=True)  # kind, fields, system
    detail = traitlets.Dict().tag(sync=True)  # what was looked up of an answer, see .looked_up
    paper = traitlets.Dict().tag(sync=True)  # code or JSON: kind, text

    def __init__(self, on_deed: Callable[[str, dict[str, Any]], None], **traits: Any):
        super().__init__(**traits)
        self._on_deed = on_deed
        self.on_msg(self._message)

    def _message(self, _widget: object, content: dict, _buffers: object) -> None:
        name = content.get("do")
        wanted = DEEDS.get(name) if isinstance(name, str) else None
        if wanted is None:
            return
        values = {key: content.get(key) for key in wanted}
        if all(type(values[key]) in kinds for key, kinds in wanted.items()):
            self._on_deed(name, values)

    def __repr__(self) -> str:
        return f"ChatView({len(self.turns)} turns)"
