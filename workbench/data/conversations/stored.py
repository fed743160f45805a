"""Conversations as one line of JSON, in which nothing of them is lost, and back."""

from __future__ import annotations

import json
from typing import Any

from .messages import Conversation, Message, ToolCall


def to_line(one: Conversation, ask: int | None = None) -> str:
    """A conversation as JSON; ``ask`` is how many messages stand before what is to be written."""
    messages = []
    for message, plain in zip(one.messages, one.as_dicts(), strict=True):
        messages.append(plain if message.train is None else {**plain, "train": message.train})
    about: dict[str, Any] = {"messages": messages}
    if one.tools:
        about["tools"] = list(one.tools)
    if one.id:
        about["id"] = one.id
    if ask is not None:
        about["ask"] = ask
    return json.dumps(about, ensure_ascii=False)


def from_line(line: str, *, row: int = 0, split: str = "train") -> tuple[Conversation, int | None]:
    """The conversation of a line of :func:`to_line`, and its ``ask``."""
    about = json.loads(line)
    messages = tuple(_message(one) for one in about["messages"])
    tools = tuple(about.get("tools", ()))
    return Conversation(messages, tools, row, about.get("id", ""), split), about.get("ask")


def _message(one: dict[str, Any]) -> Message:
    calls = tuple(
        ToolCall(call["function"]["name"], call["function"]["arguments"], call.get("id", ""))
        for call in one.get("tool_calls", ())
    )
    return Message(
        one["role"], one["content"], one.get("reasoning_content"), calls,
        one.get("tool_call_id", ""), one.get("name", ""), one.get("train"),
    )  # fmt: skip
