"""Conversations that are one text: rendered by a template, or with a name in front of each turn."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...i18n import t
from . import chatglm, harmony
from .one_message import NAMES

_WORDS = (
    "system|user|human|assistant|bot|chatbot|customer|agent|ai|model|gpt|question|answer|"
    "用户|人类|助手|系统|问题|回答"
)
_INLINE = "System|User|Human|Assistant|Bot|Chatbot|AI|GPT|Customer|Agent|Question|Answer"
_HEADS = (
    "System|User|Human|Assistant|Bot|Chatbot|Instruction|Input|Context|Response|Output|Question|"
    "Answer"
)
_ROLES = {"q": "user", "a": "assistant", "问": "user", "答": "assistant", "问题": "user",
          "回答": "assistant", "instruction": "user", "output": "assistant", "chatbot": "assistant",
          "inst": "user", "/inst": "assistant", "system_prompt": "system", "developer": "system",
          "input": "input", "context": "input"}  # fmt: skip
_ENDS = ("</s>", "<eos>", "<|endoftext|>", "<|end_of_text|>", "<|end|>", "<|eot_id|>", "<|eom_id|>",
         "<|eot|>", "<|im_end|>", "<end_of_turn>", "<|END_OF_TURN_TOKEN|>", "<|return|>",
         "<|call|>", "<｜end▁of▁sentence｜>", "<|end_of_sentence|>",
         "[/SYSTEM_PROMPT]")  # fmt: skip
BEGINS = ("<s>", "<bos>", "<|begin_of_text|>", "<BOS_TOKEN>", "<｜begin▁of▁sentence｜>",
           "[gMASK]sop", "[gMASK] sop", "[gMASK]", "<sop>", "<|endoftext|>", "<|startoftext|>",
           "<|begin_of_sentence|>", "<|bos|>")  # fmt: skip
_SIGNS_AROUND = tuple(dict.fromkeys((*_ENDS, *BEGINS)))
_AROUND = "|".join(map(re.escape, _SIGNS_AROUND))
_FRONT = re.compile(rf"\A(?:\s|{'|'.join(map(re.escape, BEGINS))})+")
_SOFT = ("headings", "names", "letters", "inline")  # words that other texts may have as well
_SYS = re.compile(r"\A\s*<<SYS>>(.*?)<</SYS>>", re.S)
_RESULTS = re.compile(r"\s*<tool_response>(.*?)</tool_response>\s*", re.S)
_SIGNS = re.compile(
    rf"<\|[\w▁]+\|>|<｜[\w▁]+｜>|<(?:start|end)_of_turn>|<</?SYS>>|\[/?(?:INST|TOOL_\w+|AVAILABLE_TOOLS)\]|"
    rf"{_AROUND}"
)


@dataclass(frozen=True)
class Form:
    """How turns are marked.

    Parameters
    ----------
    name : str
        Its title is ``turn_texts.<name>`` of the catalogue of words.
    mark : re.Pattern
        What stands in front of a turn; the first of its groups that is filled says who speaks.
    strict : bool
        Whether user and assistant have to take turns, for marks that any text might have.
    needs : tuple of str
        A text without any of them has no turns that are marked so: what is quickly seen.
    open : re.Pattern, optional
        ``mark`` for prompts, which may end within a mark.
    cut : callable, optional
        The marks of a text as matches, where it is not all that ``mark`` finds.
    """

    name: str
    mark: re.Pattern
    strict: bool = False
    needs: tuple[str, ...] = ()
    open: re.Pattern | None = None
    cut: Callable[[str], list[re.Match]] | None = None

    @property
    def title(self) -> str:
        """How it is called."""
        return t(f"turn_texts.{self.name}")

    @property
    def soft(self) -> bool:
        """Whether its marks are words that other texts may have as well."""
        return self.name in _SOFT


FORMS = (
    Form("chatml", re.compile(r"<\|im_start\|>[ ]*(\w+)[^\S\n]*\n?")),
    Form("llama3", re.compile(
        r"<\|start_header_id\|>(\w+)<\|end_header_id\|>|<\|header_start\|>(\w+)<\|header_end\|>")),
    Form("gemma", re.compile(r"<start_of_turn>[ ]*(\w+)\n?")),
    Form("command", re.compile(
        r"<\|START_OF_TURN_TOKEN\|><\|(USER|CHATBOT|SYSTEM)_TOKEN\|>")),
    Form("deepseek", re.compile(r"<｜(User|Assistant)｜>")),
    Form("signs", re.compile(
        r"<\|(system|user|assistant|human|bot|prompter|tool|observation)\|>\n?", re.I)),
    Form("harmony", harmony.MARK, open=harmony.OPEN),
    Form("chatglm", chatglm.MARK, needs=("[Round ",), cut=chatglm.marks),
    Form("inst", re.compile(r"\[(/?INST|SYSTEM_PROMPT)\]"), needs=("[INST]", "[/INST]")),
    Form("headings", re.compile(
        rf"\#{{2,4}}[ ]*[*_]{{0,2}}({_HEADS})[*_]{{0,2}}[ ]*(?:[:：][*_]{{0,2}}|(?=\n))", re.I)),
    Form("names", re.compile(
        rf"^[ \t]*[*_]{{0,2}}({_WORDS})[*_]{{0,2}}[ \t]*[:：][*_]{{0,2}}[ \t]?", re.I | re.M)),
    Form("letters", re.compile(r"^[ \t]*(Q|A|问|答)[ \t]*[:：][ \t]?", re.M), strict=True),
    Form("inline", re.compile(
        rf"(?<![^\s>])({_INLINE}|{_INLINE.upper()})[ ]?[:：](?=\s)"), strict=True,
        needs=tuple("User Human Customer Question USER HUMAN CUSTOMER QUESTION".split())),
)  # fmt: skip


def form_of(text: Any) -> Form | None:
    """How the turns of a text are marked; None where it is no conversation."""
    found = _parted(text) if isinstance(text, str) else None
    return None if found is None else found[0]


def turns(text: str, *, open_end: bool = False) -> list[dict[str, Any]] | None:
    """The messages of a text whose turns are marked, as objects; None where there are none such.

    ``User:`` and ``Assistant:`` at the beginning of lines (``### Human:``, ``**Bot:**`` and others
    alike), or a text that a template has made (``<|im_start|>user``, ``[INST]``, ``<|user|>``).
    What stands before the first turn is a system prompt. What ends a text or a turn is cut off.

    Parameters
    ----------
    text : str
    open_end : bool
        Whether the text is a prompt: no reply has to be there, and one that is begun and has
        nothing is left out.

    Examples
    --------
    >>> [m["content"] for m in turns("Human: Is it far?\\nAssistant: Two miles.\\nBy boat.")]
    ['Is it far?', 'Two miles.\\nBy boat.']
    """
    found = _parted(text, prompt=open_end)
    if found is None:
        return None
    if found[0].name == "harmony":
        made = harmony.messages(
            [(role_of(word) or harmony.speaker(word), word, said) for word, said in found[1]]
        )
        last = made[-1]
        empty = last["role"] == "assistant" and not any(
            last.get(key) for key in ("content", "reasoning_content", "tool_calls")
        )
        return made[:-1] if open_end and empty else made
    messages: list[dict[str, Any]] = []
    given: list[str] = []  # stands before what is to be done with it
    for one in (one for pair in found[1] for one in _messages(*pair)):
        if one["role"] == "input":
            asked = messages and messages[-1]["role"] == "user"
            parts = [messages.pop()["content"]] if asked else given
            parts = [part for part in (*parts, one["content"]) if part]
            given = [] if asked else parts
            if asked:
                messages.append({"role": "user", "content": "\n\n".join(parts)})
            continue
        if given and one["role"] == "user":
            one, given = {**one, "content": "\n\n".join([*given, one["content"]])}, []
        messages.append(one)
    if open_end and messages[-1] == {"role": "assistant", "content": ""}:
        messages.pop()
    return messages


def is_open(text: Any) -> bool:
    """Whether a text is a prompt that a template has made, with or without a reply begun."""
    found = _parted(text, prompt=True) if isinstance(text, str) else None
    if found is None:
        return False
    form, pairs = found
    begun = role_of(pairs[-1][0]) == "assistant" and not pairs[-1][1]
    return not form.soft or (begun and form.name in ("headings", "names", "inline")
                                      and pairs[-1][0].lower() != "answer")  # fmt: skip


def without_end(text: str) -> str:
    """A reply without what ends it."""
    end = len(text)  # a pattern would look at each run of blanks from each of its places
    while end:
        if text[end - 1].isspace():
            end -= 1
        elif text.endswith(_SIGNS_AROUND, 0, end):
            end -= max(len(sign) for sign in _SIGNS_AROUND if text.endswith(sign, 0, end))
        else:
            break
    return text[:end].lstrip()


def halves(
    prompt: str, reply: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]] | None] | None:
    """The messages of a prompt that a template has made, and those of its reply; None where the
    prompt is no such text.

    The second is None for a reply that is what is said alone, and empty for one that has channels
    and cannot be read. A reply that the prompt begins is read with what is begun of it.

    Examples
    --------
    >>> begun = "<|start|>user<|message|>a<|end|><|start|>assistant<|channel|>final"
    >>> halves(begun, "<|message|>b<|return|>")[1]
    [{'role': 'assistant', 'content': 'b'}]
    """
    found = _parted(prompt, prompt=True)
    if found is None or found[0].name != "harmony":
        asked = turns(prompt, open_end=True)
        if asked is None or asked[-1]["role"] != "assistant" or prompt.rstrip().endswith(_ENDS):
            return asked and (asked, None)
        begun = asked[-1]["content"] + prompt[len(prompt.rstrip()) :]
        return asked[:-1], [{"role": "assistant", "content": without_end(begun + reply)}]
    before, whole = harmony.parted(prompt, reply)
    asked = turns(before, open_end=True)
    if asked is None or not whole:
        return asked and (asked, None)
    said = turns(f"<|start|>user<|message|>?<|end|>{whole}") or []
    return asked, said[1:] if said[:1] == [{"role": "user", "content": "?"}] else []


def sign_left(text: str) -> str:
    """The first sign of a template that stands in a text; "" for none."""
    found = _SIGNS.search(text)
    return found[0] if found else ""


def _parted(text: str, *, prompt: bool = False) -> tuple[Form, list[tuple[str, str]]] | None:
    for form in FORMS:
        if form.needs and not any(one in text for one in form.needs):
            continue
        mark = form.open if prompt and form.open else form.mark
        marks = form.cut(text) if form.cut else list(mark.finditer(text))
        if not marks:
            continue
        ends = [one.start() for one in marks[1:]] + [len(text)]
        pairs = [
            (next(filter(None, m.groups())), without_end(text[m.end() : end]))
            for m, end in zip(marks, ends, strict=True)
        ]
        first = without_end(_FRONT.sub("", text[: marks[0].start()]))
        if first:
            pairs.insert(0, ("system", first))
        if _whole(pairs, form, prompt=prompt):
            return form, pairs
    return None


def role_of(word: str) -> str:
    """Who speaks, of system, user, assistant, tool and ``input``; "" for a word that says none."""
    name = harmony.speaker(word).lower()
    return _ROLES.get(name) or NAMES.get(name) or ("tool" if harmony.is_result(word) else "")


def _whole(pairs: list[tuple[str, str]], form: Form, *, prompt: bool) -> bool:
    roles = [role_of(word) for word, _ in pairs]
    talk = [role for role in roles if role in ("user", "assistant")]
    if "user" not in talk or ("assistant" not in talk and not prompt):
        return False
    if form.soft and talk[0] != "user":
        return False
    if form.strict and (talk[::2].count("assistant") or talk[1::2].count("user")):
        return False
    return not form.soft or "" not in roles


def _messages(word: str, said: str) -> list[dict[str, str]]:
    """What a turn stands for: a system prompt and results of tools may be written within one."""
    role = role_of(word) or word
    found: list[dict[str, str]] = []
    if role == "user" and (system := _SYS.match(said)):
        found.append({"role": "system", "content": system[1].strip()})
        said = said[system.end() :].strip()
    whole = role == "user" and said.startswith("<tool_response>")
    if whole and not _RESULTS.sub("", said).strip():
        results = [{"role": "tool", "content": one.strip()} for one in _RESULTS.findall(said)]
        return [*found, *results]
    return [*found, {"role": role, "content": said}]
