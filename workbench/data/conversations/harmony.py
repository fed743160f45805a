"""Texts of OpenAI's harmony format, which gpt-oss writes: each message has a channel.

``<|start|>assistant<|channel|>analysis<|message|>`` is reasoning, ``commentary to=functions.x`` a
call of the tool ``x``, what is left of ``commentary`` and ``final`` is said to the user. A message
that a tool starts (``<|start|>functions.x to=assistant``) is its result.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Container
from typing import Any

from .messages import Message
from .reasoning import KEYS, UNUSUAL, name_of

_START = "<|start|>"
_HEADER = r"<\|start\|>((?:(?!<\|(?:start|message|end)\|>)[^\n]){1,300}?)"
#: In front of a message.
MARK = re.compile(rf"{_HEADER}<\|message\|>")
#: In front of a message of a prompt, or of the reply that is still to be written.
OPEN = re.compile(rf"{_HEADER}(?:<\|message\|>|\Z)")
_ENDED = re.compile(r"<\|(?:end|return|call)\|>\s*\Z")
_BARE = re.compile(r"<\|start\|>\s*(assistant)?\s*\Z")
_NAMED = re.compile(r"\s*assistant\s*(?=<\||to=)")
_GOES_ON = re.compile(r"\s*(?:<\|(?:start|channel|message|constrain)\|>|to=[\w.\-]+\s*<\|)")
_TO = re.compile(r"\bto=([\w.\-]+)")
_CHANNEL = re.compile(r"<\|channel\|>\s*(\w+)")


def speaker(header: str) -> str:
    """The word for who speaks: ``assistant`` of ``assistant<|channel|>final``; of a tool ``tool``.

    Examples
    --------
    >>> speaker("assistant<|channel|>final"), speaker("functions.tide to=assistant")
    ('assistant', 'tool')
    """
    word = re.split(r"<\||\s", header.strip(), maxsplit=1)[0]
    return "tool" if re.match(r"(functions|browser|python)\b", word) else word


def is_result(header: str) -> bool:
    """Whether a message is for the model, as what a tool gives is.

    Examples
    --------
    >>> is_result("container.exec to=assistant<|channel|>commentary"), is_result("user")
    (True, False)
    """
    to = _TO.search(header)
    return to is not None and to[1] == "assistant"


def parted(prompt: str, reply: str) -> tuple[str, str]:
    """A prompt without the message that it begins for the reply, and the reply with it.

    Returns
    -------
    tuple of (str, str)
        The second is "" for a reply that is what is said alone, without channels.

    Examples
    --------
    >>> parted("<|start|>user<|message|>a<|end|><|start|>assistant<|channel|>", "final<|message|>b")
    ('<|start|>user<|message|>a<|end|>', '<|start|>assistant<|channel|>final<|message|>b')
    """
    at = prompt.rfind(_START)
    begun = prompt[at:] if at >= 0 and not _ENDED.search(prompt) else ""
    if begun and not _BARE.match(begun) and speaker(begun[len(_START) :]) != "assistant":
        begun = ""  # a message of the user that nothing ends
    asked = prompt[: len(prompt) - len(begun)]
    if reply.lstrip().startswith(_START):
        return prompt if begun and not _BARE.match(begun) else asked, reply.lstrip()
    bare = _BARE.match(begun) if begun else None
    if begun and bare is None:
        return asked, begun + reply
    if bare and not bare[1] and (named := _NAMED.match(reply)):
        return asked, f"{_START}assistant {reply[named.end() :]}"
    return asked, f"{_START}assistant {reply.lstrip()}" if _GOES_ON.match(reply) else ""


def messages(turns: list[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """Messages as objects: what is thought, called and said without anybody between is one.

    Parameters
    ----------
    turns : list of (role, header, text)
        In their order.
    """
    found: list[dict[str, Any]] = []
    for role, header, said in turns:
        if role == "system" and found and found[-1]["role"] == "system":
            found[-1]["content"] = _joined(found[-1]["content"], said)  # what a developer adds
            continue
        if role != "assistant":
            found.append({"role": role, "content": said})
            continue
        if not found or found[-1]["role"] != "assistant" or _is_over(found[-1]):
            found.append({"role": "assistant", "content": ""})
        one, channel, to = found[-1], _CHANNEL.search(header), _TO.search(header)
        if to:
            name = to[1].removeprefix("functions.")
            one.setdefault("tool_calls", []).append({"name": name, "arguments": said})
        elif channel and channel[1] == "analysis":
            one["reasoning_content"] = _joined(one.get("reasoning_content", ""), said)
        else:
            one["content"] = _joined(one["content"], said)
            one["_over"] = not channel or channel[1] == "final"
    for one in found:
        one.pop("_over", None)
    return found


def _is_over(message: dict[str, Any]) -> bool:
    return bool(message.get("_over"))


def _joined(*texts: str) -> str:
    return "\n\n".join(text for text in texts if text)


def with_channel(raw: dict[str, Any], roles: Container[str] = ()) -> dict[str, Any] | None:
    """A message that is an object with its channel, as ``messages`` of texts are, or that says as
    its role that it is reasoning, unless ``roles`` has that word; None for others.

    Examples
    --------
    >>> with_channel({"role": "assistant", "channel": "analysis", "content": "a"})
    {'role': 'assistant', 'content': None, 'reasoning_content': 'a'}
    >>> with_channel({"from": "thinking", "value": "a"})
    {'role': 'assistant', 'content': None, 'reasoning_content': 'a'}
    >>> with_channel({"role": "user", "channel": "e-mail", "content": "a"})
    """
    who, value = raw.get("role", raw.get("from")), raw.get("content", raw.get("value"))
    told = isinstance(who, str) and (who in roles or who.strip().lower() in roles)
    if not told and name_of(who) in (*KEYS, *UNUSUAL) and (thought := _text(value)) is not None:
        rest = {k: v for k, v in raw.items() if k not in ("role", "from", "content", "value")}
        return {"role": "assistant", **rest, "content": None, "reasoning_content": thought}
    if raw.get("channel") not in ("analysis", "commentary", "final"):
        return None
    kept = {k: v for k, v in raw.items() if k not in ("channel", "recipient", "content_type")}
    if isinstance(kept.get("name"), str):
        kept["name"] = kept["name"].removeprefix("functions.")
    to, said = raw.get("recipient"), _text(raw.get("content"))
    if raw.get("role") != "assistant" or said is None:
        return kept
    if isinstance(to, str) and to not in ("all", "user", "assistant"):
        call = {"name": to.removeprefix("functions."), "arguments": said}
        return {**kept, "content": None, "tool_calls": [call]}
    return {**kept, "content": None, "reasoning_content": said} if raw["channel"] == "analysis" \
        else kept  # fmt: skip


def channels(content: str) -> dict[str, Any] | None:
    """What is said, thought and called in the text of one reply that has channels; None without.

    Examples
    --------
    >>> channels("<|channel|>analysis<|message|>a<|end|><|start|>assistant<|message|>b")
    {'role': 'assistant', 'content': 'b', 'reasoning_content': 'a'}
    """
    text = content.lstrip()
    if text.startswith("<|channel|>"):
        text = f"{_START}assistant{text}"
    marks = list(MARK.finditer(text)) if text.startswith(_START) else []
    if not marks or marks[0].start() or any(speaker(one[1]) != "assistant" for one in marks):
        return None
    ends = [*(one.start() for one in marks[1:]), len(text)]
    said = [("assistant", one[1], _ENDED.sub("", text[one.end() : end]))
            for one, end in zip(marks, ends, strict=True)]  # fmt: skip
    found = messages(said)
    return found[0] if len(found) == 1 else None


def joined(begun: list[Message], goes_on: list[Message]) -> Message | None:
    """The turn of the assistant that two messages make; None where they are none, or are learnt
    differently.

    Parameters
    ----------
    begun, goes_on : list of Message
        One each, or none.
    """
    if len(begun) != 1 or len(goes_on) != 1:
        return None
    one, more = begun[0], goes_on[0]
    if {one.role, more.role} != {"assistant"} or one.train != more.train:
        return None
    thought = _joined(one.reasoning or "", more.reasoning or "")
    return dataclasses.replace(
        one, content=_joined(one.content, more.content), reasoning=thought or None,
        calls=one.calls + more.calls,
    )  # fmt: skip


def _text(written: Any) -> str | None:
    parts = written if isinstance(written, list) else [written]
    texts = [part.get("text") if isinstance(part, dict) else part for part in parts]
    return "\n".join(texts) if all(isinstance(text, str) for text in texts) else None
