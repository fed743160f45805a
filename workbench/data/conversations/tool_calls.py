"""Calls of tools in every way in which they are written, each argument encoded once."""

from __future__ import annotations

import json
import re
from typing import Any

from .messages import ToolCall

_INLINE = re.compile(r"\s*<tool_call>\s*(\{.*?\})\s*</tool_call>", re.S)
_UNREAD = re.compile(r"</?tool_call>|<function=")
_ARGUMENTS = ("arguments", "parameters", "input", "args")


def calls_of(raw: dict[str, Any], say: Any) -> list[ToolCall]:
    """What a message calls: under ``tool_calls`` or ``function_call``; [] where nothing is."""
    given = loaded(raw.get("tool_calls"))
    old = loaded(raw.get("function_call"))
    found = given if isinstance(given, list) else [given] if isinstance(given, dict) else []
    if isinstance(old, dict) and not found:
        found = [old]
    calls = [call for one in found if (call := call_of(one, say)) is not None]
    if given not in (None, "", []) and not found:
        say("unreadable", f"tool_calls is {str(given)[:40]!r}")
    return calls


def call_of(one: Any, say: Any) -> ToolCall | None:
    """One call, flat or under ``function``; None for the empty place of another row's call."""
    one = loaded(one)
    if one is None or (isinstance(one, dict) and not any(v is not None for v in one.values())):
        return None
    inner = loaded(one.get("function")) if isinstance(one, dict) else None
    inner = inner if isinstance(inner, dict) else one
    if not isinstance(inner, dict) or not isinstance(inner.get("name"), str):
        say("unreadable", f"a call without a name: {str(one)[:40]!r}")
        return None
    written = next((inner[n] for n in _ARGUMENTS if inner.get(n) is not None), None)
    return ToolCall(inner["name"], arguments_of(written, say), str(one.get("id") or ""))


def arguments_of(written: Any, say: Any) -> Any:
    """Arguments by name, whether they come as an object or as its JSON text, encoded twice too."""
    found, times = written, 0
    while isinstance(found, str) and found.strip() and times < 4:
        try:
            found = json.loads(found)
        except (ValueError, RecursionError):
            if times == 0:
                say("arguments_unreadable", repr(written[:40]))
            return found
        times += 1
    if times > 1:
        say("encoded_twice", "")
    if found is None or found == "":
        return {}
    if not isinstance(found, dict):
        say("arguments_unreadable", repr(str(written)[:40]))
        return written if isinstance(written, str) else json.dumps(written, ensure_ascii=False)
    return found


def without_nulls(value: Any, say: Any) -> Any:
    """Objects without keys that hold nothing: a table fills those in that other rows have."""
    if isinstance(value, dict):
        kept = {k: without_nulls(v, say) for k, v in value.items() if v is not None}
        if len(kept) < len(value):
            say("nulls_left", "")
        return kept
    if isinstance(value, list):
        return [without_nulls(one, say) for one in value]
    return value


def inline(content: str, say: Any) -> tuple[str, list[ToolCall]]:
    """What is said around calls between ``<tool_call>`` tags, and the calls, in their order."""
    calls = []
    for found in _INLINE.finditer(content):
        one = loaded(found[1])
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            calls = []
            break
        calls.append(call_of(one, say))
    if not calls:
        if (left := _UNREAD.search(content)) is not None:
            say("signs_left", left[0])
        return content, []
    behind = _INLINE.split(content)[2:]
    if any(text.strip() for text in behind[::2]):
        say("calls_moved", "")
    return _INLINE.sub("", content).strip(), calls


def tools_of(value: Any, say: Any) -> tuple[dict, ...]:
    """The schemas of what may be called, from a list or its JSON text."""
    found = loaded(value)
    if isinstance(found, dict):
        found = [found]
    if found in (None, "", []):
        return ()
    if not isinstance(found, list):
        say("unreadable", f"tools is {str(value)[:40]!r}")
        return ()
    kept = [one for one in map(loaded, found) if one is not None]
    if any(not isinstance(one, dict) for one in kept):
        say("unreadable", f"tools holds {str(kept)[:40]!r}")
        return ()
    return tuple(one if "function" in one or "name" not in one else _wrapped(one) for one in kept)


def _wrapped(one: dict) -> dict:
    """A flat schema as templates take it."""
    inner = {key: value for key, value in one.items() if key not in ("type", "input_schema")}
    if "input_schema" in one and "parameters" not in inner:
        inner["parameters"] = one["input_schema"]
    return {"type": "function", "function": inner}


def loaded(value: Any) -> Any:
    """A value, or what its text says where that is a JSON object or list."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
