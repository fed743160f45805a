"""The template that a tokenizer's conversations are rendered with: its own, or a named one."""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import Any

from ... import libraries
from ...errors import DataError
from ...i18n import t
from ..conversations.messages import Conversation
from . import named
from .control import NOTHING, Tokens, texts_in
from .in_order import InOrder

OWN = "own"
_IN_FRONT = """\
{%- if messages and messages[0]['role'] == 'system' -%}
{%- if messages | length > 1 and messages[1]['role'] == 'user' -%}
{%- set messages = [{'role': 'user', 'content': messages[0]['content'] + '\\n\\n'
    + messages[1]['content']}] + messages[2:] -%}
{%- else -%}
{%- set messages = [{'role': 'user', 'content': messages[0]['content']}] + messages[1:] -%}
{%- endif -%}
{%- endif -%}
"""
_MARKUP = re.compile(
    r"<\|[^\s<>|]{1,40}\|>|</?s>|\[/?INST\]|<(?:start|end)_of_turn>|<｜[^\s<>｜]+｜>"
)
_PROBE = {"role": "user", "content": "one"}
_ARGUMENTS = {"a": "b"}


class Refused(DataError):
    """A template refuses messages; ``why`` is what it says itself, on one line."""

    def __init__(self, why: str):
        super().__init__(t("templates.refuses", why=why), t("templates.refuses_back"))
        self.why = why


class Template:
    """A template with the tokenizer that it is for.

    Parameters
    ----------
    tokenizer : transformers.PreTrainedTokenizerBase
    name : str, optional
        One of :data:`.named.NAMED`, or ``"own"``; where it is left out the tokenizer's own, and
        where that has none the named one that fits it.
    control : bool
        Whether control tokens that conversations spell out are such; else they stay text.
    system : str
        One of :data:`.named.SYSTEMS`: ``"first_user"`` writes a system prompt in front of the
        user's first turn, with an empty line between, for templates that refuse the role. Where no
        user follows it, it is the user's turn itself.

    Attributes
    ----------
    name : str
    in_front : bool
        Whether system prompts stand in front of the user's first turn.
    said : str
        What to say where nobody chose it; empty where the tokenizer has its own.

    Raises
    ------
    DataError
        If the tokenizer has no template of its own, and that was asked for.
    UnknownName
        If there is no template of that name.
    """

    def __init__(self, tokenizer: Any, name: str | None = None, *, control: bool = False,
                 system: str = "own"):  # fmt: skip
        self.tokenizer, self.tokens, self.said = tokenizer, Tokens(tokenizer), ""
        self.control, self.in_front = control, system == named.FIRST_USER
        has_own = bool(getattr(tokenizer, "chat_template", None))
        if name == OWN and not has_own:
            raise DataError(t("templates.no_own"), t("templates.no_own_back", names=_names()))
        self.name = name or (OWN if has_own else fitting(tokenizer))
        if name is None and not has_own:
            self.said = t("templates.chosen", name=self.name, title=named.find(self.name).title)
        self._source = None if self.name == OWN else named.source(self.name, tokenizer)

    def source(self, *, tools: bool = False) -> str:
        """The Jinja; a tokenizer may have another one for conversations with tools."""
        if self._source is not None:
            source = self._source
        else:
            source = self.tokenizer.get_chat_template(None, [{}] if tools else None)
        return self._with_system(source)

    def _with_system(self, source: str) -> str:
        known = not self.in_front or source.startswith(_IN_FRONT)  # as a saved model has it
        return source if known else _IN_FRONT + source

    @property
    def written(self) -> str | dict[str, str]:
        """What a tokenizer has to have for its template, so that whoever asks does it this way."""
        own = getattr(self.tokenizer, "chat_template", None)
        if self._source is None and isinstance(own, dict):
            return {name: self._with_system(source) for name, source in own.items()}
        return self.source()

    @property
    def parted(self) -> re.Pattern:
        """Finds control tokens in conversations that are to stay text."""
        return NOTHING if self.control else self.tokens.pattern

    def spelt(self, one: Conversation) -> set[str]:
        """Control tokens that a conversation spells out."""
        texts = texts_in([one.as_dicts(), list(one.tools)])
        return {name for text in texts for name in self.tokens.pattern.findall(text)}

    @cached_property
    def end(self) -> int | None:
        """Id of the control token that ends a reply; None where no single one does."""
        try:
            text = self.text([_PROBE, {"role": "assistant", "content": "two"}])
        except DataError:  # a template of other roles
            return None
        after = text.rpartition("two")[2].lstrip()
        found = self.tokens.pattern.match(after)
        return self.tokens.control[found[0]] if found and found[0] else None

    @property
    def goes_on(self) -> bool:
        """Whether no turn's text depends on those behind it, which is so of named templates."""
        return self._source is not None

    def text(
        self, messages: list[dict], tools: list[dict] | None = None, *, ask: bool = False
    ) -> str:
        """The rendered text, by the library's sandboxed renderer; ``ask`` opens a reply.

        Raises
        ------
        Refused
            If the template refuses these messages, with its own words.
        """
        return self._rendered(messages, tools, ask=ask)[0]

    def learnt(self, messages: list[dict], tools: list[dict] | None) -> list[tuple[int, int]]:
        """Where ``{% generation %}`` stands in the text of all messages (characters)."""
        return self._rendered(messages, tools, spans=True)[1]

    def _rendered(self, messages: list[dict], tools: Any, *, ask: bool = False,
                  spans: bool = False) -> tuple[str, list[tuple[int, int]]]:  # fmt: skip
        render = libraries.transformers("utils.chat_template_utils.render_jinja_template")
        if self.arguments_are_text:
            messages = [_with_text(message) for message in messages]
        try:
            texts, places = render(
                conversations=[messages], tools=tools or None,
                chat_template=self.source(tools=bool(tools)), return_assistant_tokens_mask=spans,
                add_generation_prompt=ask, **self.tokenizer.special_tokens_map,
            )  # fmt: skip
        except Exception as error:  # whatever somebody's template raises
            why = str(error).partition("\n")[0] or type(error).__name__
            raise Refused(why) from error
        return texts[0], [tuple(place) for place in places[0]] if spans else []

    def turns(
        self, messages: list[dict], tools: list[dict] | None = None
    ) -> tuple[str, list[int]] | None:
        """The text of all messages and where each ends in it, by one rendering.

        None where that cannot be told of this template or of these messages. Where it can, the
        text up to an end is that of the messages so far, and :attr:`opening` behind it asks.
        """
        if tools or self._in_order is None:
            return None
        return self._in_order.text(messages)

    @cached_property
    def _in_order(self) -> InOrder | None:
        """The template if it writes one turn behind the other, which is tried with a few turns."""
        found = InOrder.of(self.source(), dict(self.tokenizer.special_tokens_map))
        if found is None or not self.opening:
            return None
        for before in ([], [{"role": "system", "content": "be brief"}]):
            said = before + [
                {"role": role, "content": f" {role} {n}.\n"}
                for n, role in enumerate(("user", "assistant", "user", "assistant"))
            ]
            try:
                known = found.text(said)
                if known is None or known[0] != self.text(said):
                    return None
                for n, end in enumerate(known[1], 1):
                    if self.text(said[:n]) != known[0][:end]:
                        return None
                    if self.text(said[:n], ask=True) != known[0][:end] + self.opening:
                        return None
            except DataError:
                if not before:
                    return None  # of one that knows no system prompt the other turns count
        return found

    @cached_property
    def marks_replies(self) -> bool:
        """Whether it has ``{% generation %}``."""
        return re.search(r"\{%-?\s*generation\s*-?%\}", self.source()) is not None

    @cached_property
    def arguments_are_text(self) -> bool:
        """Whether it takes arguments as JSON text and would write an object in Python's way."""
        if self._source is not None:
            return False
        self.__dict__["arguments_are_text"] = False  # while it is found out
        called = {"name": "probe", "arguments": _ARGUMENTS}
        call = {"id": "call00001", "type": "function", "function": called}
        asked = [_PROBE, {"role": "assistant", "content": "", "tool_calls": [call]}]
        try:
            return str(_ARGUMENTS) in self.text(asked)
        except DataError:
            try:
                self.text([_PROBE, _with_text(asked[1])])
            except DataError:
                return False  # it takes no calls at all
            return True

    @cached_property
    def opening(self) -> str:
        """What asks for a reply, behind a question."""
        try:
            asked, plain = self.text([_PROBE], ask=True), self.text([_PROBE])
        except DataError:
            return ""
        return asked[len(plain) :] if asked.startswith(plain) else ""

    @cached_property
    def strange(self) -> list[str]:
        """Marks that it writes and that the tokenizer cuts into pieces, or does not know."""
        answer = {"role": "assistant", "content": "two"}
        try:
            text = self.text([_PROBE, answer])
        except DataError:
            return []
        if self._source is not None:  # what else it writes, it writes as text
            found = named.find(self.name).markers
        else:
            found = tuple(dict.fromkeys(_MARKUP.findall(text)))
        return [mark for mark in found if not _is_one(self.tokenizer, mark)]


def fitting(tokenizer: Any) -> str:
    """The named template whose marks the tokenizer knows; else one that has none."""
    for name in ("chatml", "llama-3"):
        if all(_is_one(tokenizer, mark) for mark in named.find(name).markers):
            return name
    return "dialogue"


def _is_one(tokenizer: Any, mark: str) -> bool:
    ids = tokenizer(mark, add_special_tokens=False, verbose=False)["input_ids"]
    return len(ids) == 1 and ids[0] != tokenizer.unk_token_id


def _with_text(message: dict) -> dict:
    """A message whose calls have their arguments as JSON text."""
    if "tool_calls" not in message:
        return message
    calls = []
    for call in message["tool_calls"]:
        inner = call["function"]
        given = inner["arguments"]
        text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
        calls.append({**call, "function": {**inner, "arguments": text}})
    return {**message, "tool_calls": calls}


def _names() -> str:
    return ", ".join(map(repr, named.NAMED))
