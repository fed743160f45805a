"""Conversations as Gemini is given them and as ChatGPT exports them: rows with lists of messages.

Gemini: objects with ``contents``, turns of ``parts``, and maybe ``systemInstruction``. ChatGPT's
``conversations.json``: objects with ``mapping``, a tree of messages, of which the branch is read
that was last on the screen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ...i18n import t
from . import Shape, Source

_SYSTEM = ("systemInstruction", "system_instruction")
_CALL, _RESULT = ("functionCall", "function_call"), ("functionResponse", "function_response")
_TOOLS = ("functionDeclarations", "function_declarations")
_KEPT = ("conversation_id", "id", "title", "create_time", "update_time")
_UNREAD = ("reasoning_recap", "model_editable_context")  # say nothing that was said


def _gemini(first: list[dict], source: Source) -> Callable | None:
    if not first or not all(_is_turns(row.get("contents")) for row in first):
        return None

    def rows(objects: Iterator[tuple[int, dict]]) -> Iterator[tuple[int, dict]]:
        counts = dict.fromkeys(("found", "gemini_tools"), 0)
        for number, row in objects:
            counts["found"] += 1
            counts["gemini_tools"] += any(_first(tool, _TOOLS) is None for tool in _tools(row))
            yield number, _of_contents(row)
        _say_all(source, counts, "'contents'")

    return rows


def _is_turns(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(
        isinstance(turn, dict) and isinstance(turn.get("parts"), list) for turn in value
    )  # fmt: skip


def _of_contents(row: dict) -> dict:
    """The row with messages in place of turns, and tools as a flat list; other keys stay."""
    taken = ("contents", "tools", *_SYSTEM)
    system = _first(row, _SYSTEM)
    if isinstance(system, str):
        system = {"parts": [{"text": system}]}
    turns = row["contents"] if _is_turns(row.get("contents")) else [{"role": "", "parts": None}]
    said = [{"role": turn.get("role") or "user", "content": _parts(turn["parts"])}
            for turn in turns]  # fmt: skip
    if isinstance(system, dict):
        said.insert(0, {"role": "system", "content": _parts(system.get("parts"))})
    tools = [one for tool in _tools(row) for one in _first(tool, _TOOLS) or ()]
    rest = {name: value for name, value in row.items() if name not in taken}
    return {"messages": _text(said), **({"tools": _text(tools)} if tools else {}), **rest}


def _tools(row: dict) -> list[dict]:
    """Groups of functions that may be called, and tools of Google's own."""
    tools = row.get("tools")
    return [one for one in tools if isinstance(one, dict)] if isinstance(tools, list) else []


def _parts(parts: Any) -> Any:
    """Parts of a turn as parts of a message."""
    found: list[dict] = []
    for part in parts if isinstance(parts, list) else [parts]:
        if not isinstance(part, dict):
            return parts  # which is then named
        if isinstance(part.get("text"), str):
            kind = "thinking" if part.get("thought") is True else "text"
            found.append({"type": kind, kind: part["text"]})
        elif isinstance(call := _first(part, _CALL), dict):
            found.append({"type": "tool_use", "name": call.get("name"), "input": call.get("args")})
        elif isinstance(given := _first(part, _RESULT), dict):
            found.append({"type": "tool_result", "name": given.get("name"),
                          "content": _text(given.get("response"))})  # fmt: skip
        else:
            found.append({"type": next(iter(part), "")})
    return found


def _first(row: dict, names: tuple[str, ...]) -> Any:
    return next((row[name] for name in names if row.get(name)), None)


def _chatgpt(first: list[dict], source: Source) -> Callable | None:
    if not first or not all(_is_tree(row.get("mapping")) for row in first):
        return None

    def rows(objects: Iterator[tuple[int, dict]]) -> Iterator[tuple[int, dict]]:
        counts = dict.fromkeys(("found", "chatgpt_branches", "chatgpt_tools"), 0)
        for number, row in objects:
            tree = row["mapping"] if _is_tree(row.get("mapping")) else {}
            branch = _branch(tree, row.get("current_node"))
            if any(map(_is_of_tool, branch)):
                counts["chatgpt_tools"] += 1
                continue
            counts["found"] += 1
            counts["chatgpt_branches"] += len(_said(tree.values())) > len(_said(branch))
            kept = {name: row[name] for name in _KEPT if row.get(name) is not None}
            yield number, {"messages": _text(_joined(_said(branch))), **kept}
        _say_all(source, counts, "'mapping'")

    return rows


def _is_tree(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(
        isinstance(node, dict) and {"message", "parent"} <= node.keys()
        and isinstance(node["message"] or {}, dict) for node in value.values()
    )  # fmt: skip


def _branch(tree: dict[str, dict], last: Any) -> list[dict]:
    """The nodes from the root to the one that was last shown, or to the last of the file."""
    found: dict[str, dict] = {}
    at = last if last in tree else next(reversed(tree), None)
    while at in tree and at not in found:
        found[at] = tree[at]
        at = tree[at]["parent"]
    return list(reversed(found.values()))


def _is_of_tool(node: dict) -> bool:
    """Whether a node is a call of a tool or what that gave."""
    raw = node["message"] or {}
    calls = raw.get("recipient") not in (None, "all")
    return calls or (raw.get("author") or {}).get("role") == "tool"


def _said(nodes: Iterable[dict]) -> list[dict]:
    """The messages of nodes, without those that say nothing."""
    found = []
    for node in nodes:
        raw = node["message"] or {}
        content, role = raw.get("content") or {}, (raw.get("author") or {}).get("role")
        if content.get("content_type") == "user_editable_context":  # of the user's settings
            role, parts = "system", [content.get("user_profile"), content.get("user_instructions")]
        elif content.get("content_type") == "thoughts":
            told = [one.get("content") for one in content.get("thoughts") or ()]
            parts = [{"type": "thinking", "thinking": one} for one in told if one]
        else:
            parts = content.get("parts", [content.get("text")])
        filled = [_part(one) for one in parts or () if one]
        if filled and content.get("content_type") not in _UNREAD:
            found.append({"role": role or "", "content": filled})
    return found


def _part(part: Any) -> dict:
    about = part if isinstance(part, dict) else {"text": part}
    if about.get("type") == "thinking":
        return about
    if isinstance(about.get("text"), str):  # of a dictionary: what was spoken
        return {"type": "text", "text": about["text"]}
    return {"type": str(about.get("content_type", ""))}


def _joined(messages: list[dict]) -> list[dict]:
    """Messages of the assistant that follow each other as one: what it thinks, and goes on with."""
    found: list[dict] = []
    for one in messages:
        if found and one["role"] == found[-1]["role"] == "assistant":
            found[-1]["content"] += one["content"]
        else:
            found.append(one)
    return found


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _say_all(source: Source, counts: dict[str, int], names: str) -> None:
    left_out = ("gemini_tools", "chatgpt_tools")
    for kind, count in counts.items():
        if count:
            source.report.note(
                "warning" if kind in left_out else "info", "conversations",
                t(f"conversations.{kind}", n=count, file=source.name, names=names),
                t(f"conversations.{kind}_back"), count,
            )  # fmt: skip


OBJECTS = (Shape("gemini", _gemini), Shape("chatgpt", _chatgpt))
