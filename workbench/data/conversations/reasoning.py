"""Reasoning, wherever it stands: under a key of its own, between tags, or in a part."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

KEYS = ("reasoning_content", "reasoning")  # as servers and templates call it
UNUSUAL = ("thinking", "thought", "thoughts", "think", "rationale", "chain_of_thought", "cot",
           "reasoning_text", "reasoning_details", "reasoning_trace", "thinking_content",
           "thinking_blocks", "thinking_process", "thought_process", "scratchpad")  # fmt: skip
#: What a switch of reasoning says, which is none.
_SWITCHES = frozenset("on off true false yes no none null auto low medium high minimal enabled "
                      "disabled 0 1".split())  # fmt: skip
_LIKE = frozenset("reasoning thinking think thought thoughts rationale cot scratchpad".split())
#: What tags around reasoning and calls are called.
_NAMES = "think|thinking|thoughts?|reasoning|reason|seed:think|scratchpad|rationale|cot"
TAGS = frozenset({*_NAMES.replace("s?", "").split("|"), "thoughts", "answer", "tool_call",
                  "tool_response"})  # fmt: skip
_WITHIN = r"(?:\s[^<>]{0,99})?"  # what a tag may say beside its name
_OPENING = re.compile(rf"\s*<({_NAMES}){_WITHIN}>", re.I)
_CLOSING = re.compile(rf"(?<![`'\"“‘])</({_NAMES})>(?![`'\"”’])", re.I)
_IN_PARTS = ("text", "thinking", "reasoning", "content", "summary")
_SIGNS = (
    ("[THINK]", "[/THINK]"), ("◁think▷", "◁/think▷"), ("<|think|>", "<|/think|>"),
    ("<|thinking|>", "<|/thinking|>"), ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
)  # fmt: skip
_ANSWER = re.compile(  # around what is said behind such reasoning
    r"\A\s*(?:<\|begin_of_solution\|>(.*?)(?:<\|end_of_solution\|>)?|"
    r"<\|START_RESPONSE\|>(.*?)(?:<\|END_RESPONSE\|>)?)\s*\Z", re.S
)  # fmt: skip
DECIDED = ("key", "inline")


def parted(
    content: str, raw: dict[str, Any], say: Any, decided: str = "", part: str = ""
) -> tuple[str, str | None]:
    """What is said without reasoning, and the reasoning of a turn; None where there is none.

    Parameters
    ----------
    content : str
        What the message says, maybe with reasoning between tags at its beginning.
    raw : dict
        The message with its other keys.
    say : callable
        ``say(kind, detail)`` notes a problem.
    decided : {'', 'key', 'inline'}
        Which one counts where a turn has two.
    part : str
        Reasoning in parts of the content: as good as between tags.
    """
    keyed = None
    for key in (*KEYS, *UNUSUAL):
        if raw.get(key) is None:
            continue
        value = text_in(raw[key])
        if value is None or is_switch(value):
            say("reasoning_left" if isinstance(raw[key], (list, dict)) else "keys_left", key)
            continue
        if not value.strip():
            continue
        if keyed is not None and _same(keyed, value):
            continue
        if keyed is not None and decided:  # the first of them is taken
            say("keys_left", key)
            continue
        if keyed is not None:
            say("two_reasonings", f"{_short(keyed)} | {_short(value)}")
            continue
        keyed = value.strip()
        if key in UNUSUAL:
            say("unusual_key", key)
    rest, inline = _inline(content, say, decided, part.strip())
    if inline is None or keyed is None or _same(inline, keyed):
        return rest, keyed if keyed is not None else inline
    if decided in DECIDED:
        return rest, keyed if decided == "key" else inline
    say("two_reasonings", f"{_short(keyed)} | {_short(inline)}")
    return rest, keyed


def name_of(key: Any) -> str:
    """How a key is known, however its words are parted: ``reasoningContent``, ``Reasoning``.

    Examples
    --------
    >>> name_of("reasoningContent"), name_of("Reasoning"), name_of("chain-of-thought")
    ('reasoning_content', 'reasoning', 'chain_of_thought')
    """
    return _name_of(str(key))


@lru_cache(4096)
def _name_of(key: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z0-9]+", "_", key).strip("_").lower()


def is_switch(value: Any) -> bool:
    """Whether a value says at most that there is reasoning, and is none.

    Examples
    --------
    >>> is_switch("on"), is_switch(True), is_switch(512), is_switch("3 x 4"), is_switch("")
    (True, True, True, False, False)
    """
    return isinstance(value, (int, float)) or (
        isinstance(value, str) and value.strip().lower() in _SWITCHES
    )


def is_like(key: Any, value: Any) -> bool:
    """Whether a key that is not known seems to hold reasoning: its name says so, and it holds more
    than a word or a number.

    Examples
    --------
    >>> is_like("model_thoughts", "It is late."), is_like("reasoning_effort", "high")
    (True, False)
    """
    long = isinstance(value, (list, dict)) or (isinstance(value, str) and len(value.split()) > 1)
    return long and not _LIKE.isdisjoint(name_of(key).split("_"))


def _inline(content: str, say: Any, decided: str, part: str) -> tuple[str, str | None]:
    """What follows a block of reasoning at the beginning, and the block; both without tags."""
    found: list[str] = [part] if part else []
    rest = content = _plain_tags(content)
    while opening := _OPENING.match(rest):
        closing = _partner(rest, opening)
        if closing is None:
            say("tag_closing_missing", _short(rest))
            found.append(_untagged(rest[opening.end() :], opening[1]))
            rest = ""
            break
        found.append(_untagged(rest[opening.end() : closing.start()], opening[1]))
        rest = rest[closing.end() :].lstrip()
    while found and (alone := _CLOSING.match(rest)):
        say("tags_left", _short(rest))
        rest = rest[alone.end() :].lstrip()
    closings = list(_CLOSING.finditer(rest))
    if not found and len(closings) == 1 and not _opened(rest[: closings[0].start()]):
        before = rest[: closings[0].start()].strip()
        if before:
            say("tag_opening_missing", _short(before))
            return rest[closings[0].end() :].lstrip(), before
        rest = rest[closings[0].end() :].lstrip()
    if any(found) and rest.count("```") % 2 == 0 and _CLOSING.search(rest):
        say("tags_left", _short(rest))
    filled = list(dict.fromkeys(one for one in found if one))
    if len(filled) > 1 and not decided:
        say("two_reasonings", " | ".join(map(_short, filled[:2])))
    return rest, "\n\n".join(filled) or None


def text_in(value: Any) -> str | None:
    """The text of reasoning that is written as a text, as parts or as an object with a text.

    Returns
    -------
    str or None
        "" where there is none; None where it is something else.

    Examples
    --------
    >>> text_in([{"type": "text", "text": "3 x 4"}, "is 12"]), text_in(None), text_in(7)
    ('3 x 4\\nis 12', '', None)
    """
    if value is None or value is False or value == "":
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, (list, tuple)):
        return "" if isinstance(value, float) and value != value else None
    told = []
    for part in value:
        if isinstance(part, dict):
            held = next((part[n] for n in _IN_PARTS if part.get(n)), None)
            part = text_in(held) if held is not None else None
        if not isinstance(part, str):
            return None
        told.append(part)
    return "\n".join(told)


def _plain_tags(content: str) -> str:
    """Content whose reasoning stands between other signs than tags, with tags."""
    for opening, closing in _SIGNS:
        if content.lstrip().startswith(opening):
            before, sign, after = content.rpartition(closing)
            if not sign:  # it is never closed
                before, after = after, ""
            before = before.replace(opening, "<think>").replace(closing, "</think>")
            if sign and (said := _ANSWER.match(after)):
                after = said[1] if said[1] is not None else said[2]
            return before + ("</think>" if sign else "") + after
    return content


def _partner(text: str, opening: re.Match) -> re.Match | None:
    """The tag that closes an opening one, past those that are opened within; one of another name
    of reasoning where none has its own."""
    deep = 1
    last = None
    for tag in re.compile(rf"<(/?){re.escape(opening[1])}>", re.I).finditer(text, opening.end()):
        deep += -1 if tag[1] else 1
        last = tag if tag[1] else last
        if not deep:
            return tag
    return last or _CLOSING.search(text, opening.end())


def _untagged(text: str, name: str) -> str:
    return re.sub(rf"</?{re.escape(name)}>", "", text, flags=re.I).strip()


def _opened(text: str) -> bool:
    """Whether a tag is opened in the middle of a text, or spoken of."""
    opened = re.search(rf"<({_NAMES}){_WITHIN}>", text, re.I)
    return opened is not None or text.count("```") % 2 == 1


def _same(one: str, other: str) -> bool:
    return "".join(one.split()) == "".join(other.split())


def _short(text: str) -> str:
    text = " ".join(text.split())
    return repr(text if len(text) <= 40 else text[:39] + "…")
