"""Conversations that are one text, with a mark in front of each turn."""

from __future__ import annotations

import re

from .messages import Message
from .one_message import NAMES

_WORDS = (
    "system|user|human|assistant|bot|chatbot|customer|agent|ai|model|gpt|用户|人类|助手|系统"
)
_MARKED = re.compile(
    rf"^[ \t]*(?:\#{{2,4}}[ ]*)?[*_]{{0,2}}({_WORDS})[*_]{{0,2}}[ \t]*[:：][*_]{{0,2}}[ \t]?",
    re.I | re.M,
)
_CHATML = re.compile(r"<\|im_start\|>(\w+)\n(.*?)(?:<\|im_end\|>|\Z)", re.S)
_WHO = r"<\|(system|user|assistant|human|bot)\|>"
_SIGNS = re.compile(rf"{_WHO}\n?(.*?)(?={_WHO.replace('(', '(?:')}|\Z)", re.S | re.I)
_ENDS = re.compile(r"(</s>|<\|endoftext\|>|<\|end\|>|<\|eot_id\|>)\s*\Z")


def turns(text: str) -> list[Message] | None:
    """The messages of a text whose turns are marked; None where it has no two such turns.

    ``User:`` and ``Assistant:`` at the beginning of lines (``### Human:``, ``**Bot:**`` and others
    alike), or a text that a template has made (``<|im_start|>user``, ``<|user|>``).

    Examples
    --------
    >>> [m.content for m in turns("Human: Is it far?\\nAssistant: Two miles.\\nBy boat.")]
    ['Is it far?', 'Two miles.\\nBy boat.']
    """
    for mark in (_CHATML, _SIGNS):
        if found := mark.findall(text):
            pairs = [(role, _ENDS.sub("", said).strip()) for role, said in found]
            return _whole(pairs)
    marks = list(_MARKED.finditer(text))
    if not marks or text[: marks[0].start()].strip():
        return None
    ends = [one.start() for one in marks[1:]] + [len(text)]
    pairs = [(m[1], text[m.end() : end].strip()) for m, end in zip(marks, ends, strict=True)]
    return _whole(pairs)


def _whole(pairs: list[tuple[str, str]]) -> list[Message] | None:
    roles = [NAMES.get(word.lower()) for word, _ in pairs]
    if None in roles or not {"user", "assistant"} <= set(roles):
        return None
    return [Message(role, said) for role, (_, said) in zip(roles, pairs, strict=True)]
