"""The conversation on the page: turns, their answers, what is asked next."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import traitlets

from ...base import View, module

_ANSWER: dict[str, tuple[type, ...]] = {"turn": (int,), "side": (str,), "answer": (int,)}
#: What a page may ask for, with the values that come with it and their types. What is asked of an
#: answer names it by its number: another one may have been written since the page was drawn.
DEEDS: dict[str, dict[str, tuple[type, ...]]] = {
    "say": {"text": (str,), "behind": (str,), "turn": (int,), "answers": (list,)},
    "stop": {},
    "again": {"turn": (int,)},
    "edit": {"turn": (int,), "text": (str,)},
    "branch": {"turn": (int,), "by": (int,)},
    "which": {"turn": (int,), "side": (str,), "by": (int,)},
    "open_row": {"row": (int,)},
    "begin": {},
    "conversation": {"by": (int,)},
    "set": {"values": (dict,)},
    "rate": {"turn": (int,), "verdict": (str,), "side": (str,), "answers": (list,)},
    "tokens": _ANSWER,
    "prompt": _ANSWER,
    "nearest": _ANSWER,
    "go_on": {**_ANSWER, "position": (int,), "token": (int,)},
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
    row = traitlets.List().tag(sync=True)  # held-out row, how many there are, split; or none
    place = traitlets.List().tag(sync=True)  # which conversation, of how many
    kinds = traitlets.List().tag(sync=True)
    settings = traitlets.Dict().tag(sync=True)  # kind, fields, system
    detail = traitlets.Dict().tag(sync=True)  # what was looked up of an answer, see .looked_up
    paper = traitlets.Dict().tag(sync=True)  # code or JSON: kind, text

    def __init__(self, on_deed: Callable[[str, dict[str, Any]], None], **traits: Any):
        super().__init__(**traits)
        self._on_deed, self._growing = on_deed, False
        self.on_msg(self._message)

    def grow(self, live: dict[str, str]) -> None:
        """Show the same texts as far as they are written by now; what is new of them is sent alone.
        """
        more = {}
        for key, text in live.items():
            before = self.live[key]
            same = len(before)
            if not text.startswith(before):
                same = len(os.path.commonprefix([before, text]))
            if same < len(text) or same < len(before):  # counted as a page counts, in UTF-16
                kept = len(text[:same].encode("utf-16-le", "surrogatepass")) // 2
                more[key] = [kept, text[same:]]
        if more:
            self._growing = True
            try:
                self.live = live
            finally:
                self._growing = False
            self.send({"grown": more})

    def _should_send_property(self, key: str, value: Any) -> bool:
        grows = key == "live" and self._growing
        return not grows and super()._should_send_property(key, value)

    def _message(self, _widget: object, content: dict, _buffers: object) -> None:
        name = content.get("do")
        if name == "whole":  # a page that has not heard how a text began
            self.send_state("live")
            return
        wanted = DEEDS.get(name) if isinstance(name, str) else None
        if wanted is None:
            return
        values = {key: content.get(key) for key in wanted}
        if all(type(values[key]) in kinds for key, kinds in wanted.items()):
            self._on_deed(name, values)

    def __repr__(self) -> str:
        return f"ChatView({len(self.turns)} turns)"
