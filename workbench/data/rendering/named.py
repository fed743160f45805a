"""Chat templates by name, each declared in a few lines, for tokenizers that have none of their own.

What stands before and behind a turn is declared; the Jinja that the library renders is made of it.
Every reply, with what ends it, lies in ``{% generation %}``, and no turn looks at those behind it:
a text goes on as it began.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from ...errors import ModelError, UnknownName, nearest
from ...i18n import t

#: Who says what a system prompt says: the system, or the user's first turn begins with it.
SYSTEMS = ("own", FIRST_USER := "first_user")
END = "\0end"  # stands for the tokenizer's own end of a text


@dataclass(frozen=True)
class Named:
    """A template.

    Parameters
    ----------
    name, title : str
    before : dict of str to str
        What stands in front of a turn, by role.
    after : dict of str to str
        What stands behind it; of the assistant that which ends a reply.
    between : str
        What follows a reply that has ended.
    markers : tuple of str
        What has to be one token each of the tokenizer.
    """

    name: str
    title: str
    before: dict[str, str]
    after: dict[str, str]
    between: str = "\n"
    markers: tuple[str, ...] = field(default=())


def _same(before: str, after: str, names: dict[str, str] | None = None) -> tuple[dict, dict]:
    roles = {role: role for role in ("system", "user", "assistant", "tool")} | (names or {})
    found = {role: before.format(role=name) for role, name in roles.items()}
    return found, dict.fromkeys(roles, after)


_CHATML = ("<|im_start|>", "<|im_end|>")
_QWEN_BEFORE, _QWEN_AFTER = _same("<|im_start|>{role}\n", "<|im_end|>\n")
_LLAMA = ("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")
NAMED: dict[str, Named] = {
    one.name: one for one in (
        Named("chatml", "ChatML", *_same("<|im_start|>{role}\n", "<|im_end|>\n"), "\n", _CHATML),
        Named("qwen", "Qwen",
              _QWEN_BEFORE | {"tool": "<|im_start|>user\n<tool_response>\n"},
              _QWEN_AFTER | {"tool": "\n</tool_response><|im_end|>\n"}, "\n", _CHATML),
        Named("llama-3", "Llama 3",
              *_same("<|start_header_id|>{role}<|end_header_id|>\n\n", "<|eot_id|>",
                     {"tool": "ipython"}), "", _LLAMA),
        Named("zephyr", "Zephyr", *_same("<|{role}|>\n", END + "\n"), "\n"),
        Named("alpaca", "Alpaca",
              {"system": "", "user": "### Instruction:\n", "assistant": "### Response:\n",
               "tool": "### Result:\n"}, dict.fromkeys(("system", "user", "tool"), "\n\n")
              | {"assistant": END + "\n\n"}, "\n\n"),
        Named("dialogue", "User and assistant by name",
              {"system": "", "user": "User: ", "assistant": "Assistant:", "tool": "Result: "},
              dict.fromkeys(("system", "user", "tool"), "\n") | {"assistant": END + "\n"}),
        Named("plain", "Texts alone", dict.fromkeys(("system", "user", "assistant", "tool"), ""),
              dict.fromkeys(("system", "user", "tool"), "\n") | {"assistant": END + "\n"}),
    )
}  # fmt: skip

_TOOLS = "Tools that can be called, one a line:\n"
_HOW = ('To call one, write {"name": ..., "arguments": ...} between <tool_call> and </tool_call>.')


def find(name: str) -> Named:
    """The template of that name.

    Raises
    ------
    UnknownName
        If there is none; it names those that there are.
    """
    if name not in NAMED:
        raise UnknownName(t("templates.unknown", name=name), nearest(name, NAMED))
    return NAMED[name]


def end_of(tokenizer: Any) -> str:
    """What ends a text of the tokenizer.

    Raises
    ------
    ModelError
        If it has nothing that does: a model could never learn to stop.
    """
    end = tokenizer.eos_token or tokenizer.sep_token
    if not end:
        raise ModelError(t("templates.no_end"), t("templates.no_end_back"))
    return end


def source(name: str, tokenizer: Any) -> str:
    """The Jinja of a named template, with the tokenizer's own end and beginning of a text."""
    one = find(name)
    end = end_of(tokenizer) if any(END in after for after in one.after.values()) else ""
    after = {role: text.replace(END, end) for role, text in one.after.items()}
    stop = after["assistant"]
    stop = stop[: len(stop) - len(one.between)] if one.between else stop
    return _SOURCE.format(
        begin=json.dumps(_begin(tokenizer), ensure_ascii=False),
        before=json.dumps(one.before, ensure_ascii=False),
        after=json.dumps(after, ensure_ascii=False),
        stop=json.dumps(stop, ensure_ascii=False),
        between=json.dumps(one.between, ensure_ascii=False),
        tools=json.dumps(_TOOLS), how=json.dumps(_HOW),
        gap=json.dumps(" " if one.before["assistant"].endswith(":") else ""),
    )  # fmt: skip


def _begin(tokenizer: Any) -> str:
    """What the tokenizer puts before every text, if it does."""
    first = tokenizer("a", verbose=False)["input_ids"][:1]
    token = tokenizer.bos_token or tokenizer.cls_token
    return token if token and first == [tokenizer.convert_tokens_to_ids(token)] else ""


# Blocks are cut clean of their lines, so that nothing but what is written out is rendered. `gap`
# is a blank that a model writes itself, as the first sign of its reply.
_SOURCE = """\
{{{{- {begin} }}}}
{{%- set before = {before} %}}
{{%- set after = {after} %}}
{{%- if tools %}}
{{{{- before.system }}}}
{{%- if messages[0].role == "system" %}}{{{{- messages[0].content + "\\n\\n" }}}}{{%- endif %}}
{{{{- {tools} }}}}
{{%- for tool in tools %}}{{{{- tool | tojson + "\\n" }}}}{{%- endfor %}}
{{{{- {how} + after.system }}}}
{{%- endif %}}
{{%- for message in messages %}}
{{%- if message.role == "assistant" %}}
{{{{- before.assistant }}}}
{{%- generation %}}
{{{{- {gap} }}}}
{{%- if message.reasoning_content %}}
{{{{- "<think>\\n" + message.reasoning_content + "\\n</think>\\n\\n" }}}}
{{%- endif %}}
{{{{- message.content }}}}
{{%- for call in message.tool_calls or [] %}}
{{%- if message.content or not loop.first %}}{{{{- "\\n" }}}}{{%- endif %}}
{{{{- "<tool_call>\\n" }}}}
{{{{- dict(name=call.function.name, arguments=call.function.arguments) | tojson }}}}
{{{{- "\\n</tool_call>" }}}}
{{%- endfor %}}
{{{{- {stop} }}}}
{{%- endgeneration %}}
{{{{- {between} }}}}
{{%- elif not (message.role == "system" and loop.first and tools) %}}
{{{{- before[message.role] + message.content + after[message.role] }}}}
{{%- endif %}}
{{%- endfor %}}
{{%- if add_generation_prompt %}}{{{{- before.assistant }}}}{{%- endif %}}
"""
