"""What a conversation is: messages with roles, reasoning, calls of tools and their results."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from ..columns.cells import is_blank

ROLES = ("system", "user", "assistant", "tool")


@dataclasses.dataclass(frozen=True)
class ToolCall:
    """One call of a tool.

    Parameters
    ----------
    name : str
    arguments : dict or str
        By name; a text where they are written in a way that cannot be read.
    id : str
        By which a result names its call; empty where there is none.
    """

    name: str
    arguments: Any = dataclasses.field(default_factory=dict)
    id: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As chat templates take it, the arguments encoded once."""
        called = {"type": "function", "function": {"name": self.name, "arguments": self.arguments}}
        return {"id": self.id, **called} if self.id else called


@dataclasses.dataclass(frozen=True)
class Message:
    """One turn.

    Parameters
    ----------
    role : {'system', 'user', 'assistant', 'tool'}
    content : str
        What is said; empty of a turn that only calls.
    reasoning : str or None
        What the assistant thought before, without tags.
    calls : tuple of ToolCall
    call_id, name : str
        Of a result the call that it answers; the name of who speaks, or of the tool.
    train : bool or None
        Whether the turn is to be learnt; None where the data says nothing: replies are.
    """

    role: str
    content: str = ""
    reasoning: str | None = None
    calls: tuple[ToolCall, ...] = ()
    call_id: str = ""
    name: str = ""
    train: bool | None = None

    @property
    def learnt(self) -> bool:
        """Whether a model shall learn to write this turn."""
        return self.role == "assistant" and self.train is not False

    @property
    def empty(self) -> bool:
        """Whether nothing is said and nothing called."""
        return is_blank(self.content) and not self.calls

    def as_dict(self) -> dict[str, Any]:
        """As chat templates take it: only keys that hold something, and ``content``."""
        found: dict[str, Any] = {"role": self.role, "content": self.content}
        if self.reasoning is not None:
            found["reasoning_content"] = self.reasoning
        if self.calls:
            found["tool_calls"] = [call.as_dict() for call in self.calls]
        if self.call_id:
            found["tool_call_id"] = self.call_id
        if self.name:
            found["name"] = self.name
        return found


@dataclasses.dataclass(frozen=True)
class Conversation:
    """Messages in their order.

    Parameters
    ----------
    messages : tuple of Message
    tools : tuple of dict
        What may be called, each as its schema.
    row : int
        Where it stands in its split, from 0.
    id : str
        What the data calls it; empty where it has no name.
    split : str
    """

    messages: tuple[Message, ...]
    tools: tuple[dict, ...] = ()
    row: int = 0
    id: str = ""
    split: str = "train"

    @property
    def place(self) -> str:
        """How a finding names it: ``train row 3``, with the name that it has in the data."""
        return f"{self.split} row {self.row}" + (f" ({self.id})" if self.id else "")

    @property
    def replies(self) -> list[int]:
        """Numbers of the messages that are to be learnt."""
        return [n for n, message in enumerate(self.messages) if message.learnt]

    def as_dicts(self) -> list[dict[str, Any]]:
        """The messages as chat templates take them."""
        return [message.as_dict() for message in self.messages]

    def as_json(self) -> str:
        """The messages as one line of JSON, as they are kept in a table."""
        return json.dumps(self.as_dicts(), ensure_ascii=False)
