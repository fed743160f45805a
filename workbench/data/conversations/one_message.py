"""One message as people write it, read onto :class:`~.messages.Message`."""

from __future__ import annotations

import json
import re
from typing import Any

from . import harmony, reasoning, tool_calls
from .messages import Message, ToolCall

ROLE_KEYS = ("role", "from", "speaker", "sender", "author")
CONTENT_KEYS = ("content", "value", "text", "message", "utterance")
_WORDS = {
    "system": ("system", "developer", "system_prompt", "instructions", "系统"),
    "user": ("user", "human", "prompter", "customer", "usr", "client", "question", "user_message",
             "用户", "人类"),
    "assistant": ("assistant", "gpt", "bot", "chatbot", "model", "ai", "chatgpt", "claude", "bing",
                  "bard", "agent", "answer", "response", "助手", "模型"),
    "tool": ("tool", "function", "observation", "ipython", "tool_response", "function_response",
             "tool_result", "tool-response"),
    "call": ("function_call", "tool_call", "function-call", "tool-call"),
}  # fmt: skip
NAMES = {word: role for role, words in _WORDS.items() for word in words}
#: Types of the parts that content may be made of.
_PARTS = frozenset(
    "text input_text output_text thinking reasoning tool_use tool_result image image_url "
    "input_image audio input_audio video file input_file document refusal".split()
)
_CALLS = ("tool_calls", "function_call")
_TRAIN = ("train", "training", "weight", "loss")  # say whether a turn is learnt
_SWITCHES = {"true": True, "yes": True, "1": True, "1.0": True,
             "false": False, "no": False, "0": False, "0.0": False}  # fmt: skip
_LIKE_TRAIN = frozenset("train trained trainable training mask masked loss weight weights "
                        "supervise supervised learn learnt learned".split())  # fmt: skip
_KNOWN = {*ROLE_KEYS, *CONTENT_KEYS, *reasoning.KEYS, *reasoning.UNUSUAL, *_TRAIN, *_CALLS,
          "name", "tool_call_id", "id"}  # fmt: skip
_SPELT = _KNOWN - {*ROLE_KEYS, *CONTENT_KEYS, "name", "id"}  # however their words are parted


def is_message(value: Any) -> bool:
    """Whether an object is a message: it says who speaks, and what.

    Examples
    --------
    >>> is_message({"from": "human", "value": "Hello"}), is_message({"role": "admin"})
    (True, False)
    """
    return (
        isinstance(value, dict)
        and any(isinstance(value.get(key), str) for key in ROLE_KEYS)
        and any(key in CONTENT_KEYS or reasoning.name_of(key) in _CALLS for key in value)
    )


def role_of(raw: dict[str, Any], roles: dict[str, str]) -> tuple[str, str]:
    """Who speaks, of :data:`~.messages.ROLES` or ``call``, and the word for it in the data."""
    word = next((raw[key] for key in ROLE_KEYS if isinstance(raw.get(key), str)), "")
    given = roles.get(word) or roles.get(word.strip().lower())
    return given or NAMES.get(word.strip().lower(), ""), word


def read(
    raw: dict[str, Any], say: Any, *, roles: dict[str, str] | None = None, decided: str = ""
) -> list[Message]:
    """The messages that an object stands for: one, or several of parts that are results.

    Parameters
    ----------
    raw : dict
    say : callable
        ``say(kind, detail)`` notes a problem; see :data:`~.problems.KINDS`.
    roles : dict of str to str, optional
        Words of the data for a role that are not known here.
    decided : {'', 'key', 'inline'}
        Which reasoning counts where a turn has two.
    """
    raw = _spelt(raw)
    role, word = role_of(raw, roles or {})
    if not role:
        say("role_unknown", word)
        return []
    key = next((name for name in CONTENT_KEYS if raw.get(name) is not None), None)
    written = raw[key] if key else ""
    if role == "tool" and (isinstance(written, bool) or _is_result(written)):
        written = json.dumps(written, ensure_ascii=False, default=str)
    parts = _Parts(written, say)
    if parts.text is None:
        say("unreadable", f"{key} is {str(written)[:40]!r}")
        return []
    _say_left(raw, say)
    content, thought, calls = parts.text, None, [*tool_calls.calls_of(raw, say), *parts.calls]
    if role == "call":
        one = tool_calls.loaded(content)
        several = one if isinstance(one, list) else [one]
        calls += [call for each in several if (call := tool_calls.call_of(each, say)) is not None]
        role, content = "assistant", ""
    if role == "assistant":
        if (found := harmony.channels(content)) is not None:
            calls += tool_calls.calls_of(found, say)
            parts.reasoning = parts.reasoning or found.get("reasoning_content", "")
            content = found["content"]
        content, thought = reasoning.parted(content, raw, say, decided, parts.reasoning)
        content, between = tool_calls.inline(content, say)
        calls += between
    said = Message(
        role, content, thought, tuple(calls), str(raw.get("tool_call_id") or ""),
        _name(raw, role), _train(raw, role, say),
    )  # fmt: skip
    if parts.results:
        return [*parts.results, *([said] if said.content.strip() or said.calls else [])]
    return [said]


class _Parts:
    """Content that is a text, nothing, or a list of parts: its text, reasoning, calls, results."""

    def __init__(self, written: Any, say: Any):
        self.text: str | None = ""
        self.reasoning = ""
        self.calls: list[ToolCall] = []
        self.results: list[Message] = []
        written = [written] if isinstance(written, dict) else written
        if written is None or isinstance(written, str):
            self.text = written or ""
            return
        if isinstance(written, (int, float)) and not isinstance(written, bool):
            self.text = str(written)
            return
        if not isinstance(written, list):
            self.text = None
            return
        texts = []
        for part in written:
            if isinstance(part, str):
                texts.append(part)
            elif isinstance(part, dict):
                texts += self._part(part, say)
            elif part is not None:
                self.text = None
                return
        self.text = "\n".join(texts) if self.text is not None else None

    def _part(self, part: dict, say: Any) -> list[str]:
        kind = part.get("type") or ("text" if isinstance(part.get("text"), str) else "")
        if kind in ("text", "input_text", "output_text"):
            texts = [part[k] for k in ("text", "content", "value") if isinstance(part.get(k), str)]
            if texts:
                return texts[:1]
        if reasoning.name_of(kind) in (*reasoning.KEYS, *reasoning.UNUSUAL):
            told = reasoning.text_in({"text": part.get(kind), **part})
            rest = [value for key, value in part.items() if key not in ("type", "id", "status")]
            if told is None and any(rest):
                say("parts_left", str(kind))
            self.reasoning = "\n".join(filter(None, (self.reasoning, told)))
        elif kind == "tool_use":
            if (call := tool_calls.call_of(part, say)) is not None:
                self.calls.append(call)
        elif kind == "tool_result":
            inner = _Parts(part.get("content"), say)
            self.results.append(
                Message("tool", inner.text or "", call_id=str(part.get("tool_use_id") or ""),
                        name=str(part.get("name") or ""))  # fmt: skip
            )
        else:
            say("parts_left", str(kind or sorted(part))[:40])
        return []


def _is_result(written: Any) -> bool:
    """Whether what a tool gave is an object or a list of its own and no part of a message."""
    found = [written] if isinstance(written, dict) else written
    if not isinstance(found, list) or not found or any(map(_is_part, found)):
        return False
    return not all(isinstance(one, str) for one in found)


def _is_part(one: Any) -> bool:
    """Whether an object is a part of a message: its type says so, or it holds a text alone."""
    if not isinstance(one, dict):
        return False
    filled = {name for name, value in one.items() if value is not None}
    typed = isinstance(one.get("type"), str) and one["type"] in _PARTS
    return typed or (filled == {"text"} and isinstance(one["text"], str))


def _name(raw: dict, role: str) -> str:
    name = raw.get("name")
    return name if isinstance(name, str) and role in ("user", "assistant", "tool") else ""


def _train(raw: dict, role: str, say: Any) -> bool | None:
    """What the data says of learning the turn: a switch, or a weight of 0; None for nothing."""
    unread = None
    for key in _TRAIN:
        value = raw.get(key)
        if value is None or value != value:
            continue
        found = _SWITCHES.get(str(value).strip().lower())
        if found is None:  # another key may say it
            share = isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
            unread = unread or ("weighted" if share else "mask_unread", key, value)
            continue
        if role == "assistant" and not found:
            say("masked")
        elif role != "assistant" and found:
            say("mask_elsewhere", role)
        return found
    if unread is not None:
        kind, key, value = unread
        say(kind, f"{key} is {str(value)[:40]!r}")
    return None


def offers(raw: dict, roles: dict[str, str]) -> bool:
    """Whether a message of the system or the user says under ``tools`` what may be called."""
    found = tool_calls.loaded(raw.get("tools"))
    several = found if isinstance(found, list) else [found]
    return role_of(raw, roles)[0] in ("system", "user") and all(
        isinstance(tool_calls.loaded(one), dict) for one in several
    )


def is_like_train(name: str) -> bool:
    """Whether a name that is not known seems to say what is learnt.

    Examples
    --------
    >>> is_like_train("loss_mask"), is_like_train("doTrain"), is_like_train("source")
    (True, True, False)
    """
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z]+", " ", name)
    return not _LIKE_TRAIN.isdisjoint(parted.lower().split())


def _spelt(raw: dict) -> dict:
    """The message with keys that are read called as they are here: ``toolCalls``, ``Weight``."""
    found = dict(raw)
    for key in raw:
        name = key if key in _KNOWN else reasoning.name_of(key)
        if name != key and name in _SPELT and found.get(name) in (None, ""):
            found[name] = found.pop(key)
    return found


def _say_left(raw: dict, say: Any) -> None:
    """Name keys that hold something and are not read."""
    for key, value in raw.items():
        if key in _KNOWN or value in (None, "", [], {}):
            continue
        like = reasoning.is_like(key, value) and "reasoning_left"
        say(like or ("mask_left" if is_like_train(str(key)) else "keys_left"), str(key))
