"""Rows of a table as conversations, whatever shape they have; what is wrong is named by row."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from . import harmony, one_message, tool_calls, turn_texts
from .cells import as_written, messages_in, pair_of
from .layouts import LOOKED_AT, Layout, layout_of
from .messages import Conversation, Message
from .problems import LEFT, Problem, Said, said
from .reasoning import KEYS, UNUSUAL, is_switch, text_in
from .segments import not_found, unread_columns


@dataclasses.dataclass
class Read:
    """What was read.

    Parameters
    ----------
    conversations : list of Conversation
        Those that can be used, in the order of their rows.
    problems : list of Problem
    rows : int
        How many rows there were.
    layout : Layout
    """

    conversations: list[Conversation]
    problems: list[Problem]
    rows: int
    layout: Layout

    @property
    def left(self) -> list[str]:
        """Places of the rows that cannot be used."""
        return list(dict.fromkeys(p.place for p in self.problems if p.kind in LEFT))

    def said(self) -> list[Said]:
        """The problems, one sentence a kind, with counts, places and what to do."""
        return said(self.problems)


def read(
    rows: Iterable[dict[str, Any]], *, layout: Layout | None = None, split: str = "train",
    roles: dict[str, str] | None = None, reasoning: str = "", nulls: bool = False,
) -> Read:  # fmt: skip
    """Read rows onto conversations.

    Parameters
    ----------
    rows : iterable of dict
        Column -> cell: lists of messages (or their JSON text), texts, or lists of texts.
    layout : Layout, optional
        Which columns, where it is not to be found out.
    split : str
        How places are named.
    roles : dict of str to str, optional
        Words of the data for ``system``, ``user``, ``assistant``, ``tool`` that are not known.
    reasoning : {'', 'key', 'inline'}
        Which one counts where a turn has two; '' leaves such rows out and names them.
    nulls : bool
        Whether the rows come from a table whose objects were given the keys of all rows: then keys
        that hold nothing go, and are counted.

    Raises
    ------
    DataError
        If no columns hold conversations.
    """
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows[:LOOKED_AT] for name in row))
    if layout is None:
        values = {n: [row.get(n) for row in rows[:LOOKED_AT]] for n in names}
        layout = layout_of(values)
        if layout is None:
            raise not_found(values)
    found, problems = [], []
    unread = unread_columns([name for name in names if name not in layout.columns.values()], layout)
    for number, row in enumerate(rows):
        one = _Row(row, number, split, layout, roles or {}, reasoning, nulls)
        conversation = one.read()
        for name, kind in unread.items():
            value = row.get(name)
            switch = kind == "reasoning_column" and is_switch(value)
            if value not in (None, "", []) and value == value and not switch:
                one.say(kind, name)
        problems += one.problems
        if conversation is not None and not any(p.kind in LEFT for p in one.problems):
            found.append(conversation)
    return Read(found, problems, len(rows), layout)


class _Row:
    """One row while it is read."""

    def __init__(self, row: dict, number: int, split: str, layout: Layout, roles: dict,
                 reasoning: str, nulls: bool):  # fmt: skip
        self.row, self.number, self.split, self.layout = row, number, split, layout
        self.roles, self.reasoning, self.nulls = roles, reasoning, nulls
        self.problems: list[Problem] = []
        self.tools: Any = None  # that stand within a message
        name = self._cell("id")
        self.id = "" if name is None or isinstance(name, (dict, list)) else str(name)

    def _cell(self, role: str) -> Any:
        column = self.layout.columns.get(role)
        value = None if column is None else self.row.get(column)
        return None if isinstance(value, float) and value != value else value

    def say(self, kind: str, detail: str = "") -> None:
        place = Conversation((), row=self.number, id=self.id, split=self.split).place
        self.problems.append(Problem(kind, place, detail))

    def read(self) -> Conversation | None:
        """The conversation; None where the row holds none."""
        way = {"messages": self._messages, "halves": self._halves, "turns": self._turns,
               "marked": self._marked}.get(self.layout.kind, self._pair)  # fmt: skip
        if str(self._cell("wanted")).strip().lower() == "false":
            self.say("unwanted")
            return None
        messages = way()
        system = self._cell("system")
        if isinstance(system, str) and system.strip() and messages is not None:
            if not messages or messages[0].role != "system":
                messages = [Message("system", system), *messages]
        if messages is None:
            return None
        tools = self._cleaned(self._cell("tools")) or self.tools
        return Conversation(
            tuple(messages), tool_calls.tools_of(tools, self.say), self.number, self.id, self.split
        )

    def _cleaned(self, value: Any) -> Any:
        if isinstance(value, str) or not self.nulls:
            return value
        return tool_calls.without_nulls(value, lambda *_: None)

    def _list(self, role: str) -> list[Message] | None:
        """The messages of one cell."""
        cell = self._cell(role)
        found = messages_in(cell)
        if found is None:
            text, column = cell if isinstance(cell, str) else "", self.layout.columns.get(role)
            plain = column in self.layout.texts or not isinstance(as_written(text), (list, dict))
            if role == "prompt" and text and plain:
                return [Message("user", text)]
            if role == "reply" and text and plain:
                raw = {"role": "assistant", "content": text}
                return self._signed(one_message.read(raw, self.say, decided=self.reasoning))
            self.say("unreadable", f"{column} is {str(cell)[:40]!r}")
            return None
        messages: list[Message] = []
        begun = False  # whether a turn whose channels are messages of their own goes on
        for raw in found:
            if not isinstance(raw, dict):
                self.say("unreadable", f"a message is {str(raw)[:40]!r}")
                continue
            if self.nulls and not isinstance(cell, str):
                lost: list[str] = []
                kept = {k: v for k, v in raw.items() if v is not None}
                raw = tool_calls.without_nulls(kept, lambda *_, lost=lost: lost.append(""))
                if lost:
                    self.say("nulls_left")
            if not one_message.is_message(raw) and (pair := pair_of(raw)) is not None:
                sides = zip(("user", "assistant"), pair[1:], strict=True)
                messages += [Message(role, str(text or "")) for role, text in sides]
                continue
            if not one_message.is_message(raw):
                self.say("unreadable", f"a message is {str(raw)[:40]!r}")
                continue
            if not self.tools and not self._cell("tools") and one_message.offers(raw, self.roles):
                self.tools, raw = raw["tools"], {k: v for k, v in raw.items() if k != "tools"}
            turned = harmony.with_channel(raw, self.roles)
            read = one_message.read(turned or raw, self.say, roles=self.roles,
                                    decided=self.reasoning)  # fmt: skip
            if begun and (whole := harmony.joined(messages[-1:], read)) is not None:
                messages[-1] = whole
            else:
                messages += read
            begun = turned is not None and raw.get("channel") != "final"
            self._signed(read)
        return messages

    def _messages(self) -> list[Message] | None:
        messages, beside = self._list("messages"), self.layout.beside
        if messages and messages[-1].role in ("user", "tool") and self.row.get(beside):
            self.say("reply_unread", beside)
        return messages

    def _halves(self) -> list[Message] | None:
        """Prompt and reply; of the prompt no turn is learnt."""
        prompt, reply = self._list("prompt"), self._list("reply")
        if prompt is None or reply is None:
            return None
        if reply and prompt[-len(reply) :] == reply:
            self.say("reply_repeated")
            prompt = prompt[: -len(reply)]
        elif prompt and prompt[-1].role == "assistant" and reply[: len(prompt)] != prompt:
            self.say("prompt_answered", self.layout.columns["reply"])
        quiet = [
            dataclasses.replace(one, train=False) if one.role == "assistant" else one
            for one in prompt
        ]
        return [*quiet, *reply[len(prompt) if reply[: len(prompt)] == prompt else 0 :]]

    def _pair(self) -> list[Message] | None:
        """A question and its answer, with an input of its own and what was said before."""
        parts = [self._text(role) for role in ("prompt", "input", "reply")]
        if any(part is None for part in parts):
            return None
        prompt, given, reply = parts
        asked = f"{prompt}\n\n{given}" if prompt.strip() and given.strip() else prompt or given
        before = self._before()
        found = turn_texts.halves(prompt, reply) if self.layout.rendered else None
        asked_in, parted = found or ([{"role": "user", "content": asked}], None)
        if parted == []:
            self.say("unreadable", f"{self.layout.columns['reply']} is {reply[:40]!r}")
            return None
        if found is not None:
            reply = turn_texts.without_end(reply)
        raws = self._with_reasoning(parted or [{"role": "assistant", "content": reply}])
        if not self.layout.rendered:
            answered = self._signed(one_message.read(raws[0], self.say, decided=self.reasoning))
            return None if before is None else [*before, Message("user", asked), *answered]
        quiet = [dataclasses.replace(one, train=False) if one.role == "assistant" else one
                 for one in self._from_text(asked_in)]  # fmt: skip
        return None if before is None else [*before, *quiet, *self._from_text(raws)]

    def _signed(self, said: list[Message]) -> list[Message]:
        """The messages; signs of a template in replies, which are learnt as text, are named."""
        for one in said:
            if one.role == "assistant" and (sign := turn_texts.sign_left(one.content)):
                self.say("signs_left", sign)
        return said

    def _with_reasoning(self, raws: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """A reply's messages, the first of the assistant with what the column of reasoning says."""
        column, value = self.layout.columns.get("reasoning"), self._cell("reasoning")
        if column is None or text_in(value) == "":
            return raws
        at = next(n for n, raw in enumerate(raws) if raw["role"] == "assistant")
        first, key = dict(raws[at]), column.strip().lower()
        if first.get("reasoning_content") and self.reasoning == "inline":
            return raws
        if text_in(value) and self.reasoning == "key":
            first.pop("reasoning_content", None)
        first[key if key in UNUSUAL else KEYS[1]] = value
        return [*raws[:at], first, *raws[at + 1 :]]

    def _text(self, role: str) -> str | None:
        cell = self._cell(role)
        if cell is None or isinstance(cell, str):
            return cell or ""
        self.say("unreadable", f"{self.layout.columns[role]} is {str(cell)[:40]!r}")
        return None

    def _before(self) -> list[Message] | None:
        history = self._cell("history")
        if messages_in(history):
            return self._list("history")
        history = as_written(history) if isinstance(history, str) else history
        if history in (None, "", []):
            return []
        return self._alternating(history, "history")

    def _turns(self) -> list[Message] | None:
        return self._alternating(tool_calls.loaded(self._cell("messages")), "messages")

    def _alternating(self, cells: Any, role: str) -> list[Message] | None:
        """Texts that take turns, or pairs of what was asked and answered."""
        found = list(cells) if isinstance(cells, (list, tuple)) else [None]
        if all(isinstance(one, (list, tuple)) and len(one) == 2 for one in found):
            found = [text for pair in found for text in pair]
        if not all(isinstance(one, str) for one in found):
            self.say("unreadable", f"{self.layout.columns[role]} is {str(cells)[:40]!r}")
            return None
        return [Message("assistant" if n % 2 else "user", one) for n, one in enumerate(found)]

    def _marked(self) -> list[Message] | None:
        cell = self._cell("messages")
        found = turn_texts.turns(cell) if isinstance(cell, str) else None
        if found is None:
            self.say("unreadable", repr(str(cell)[:40]))
            return None
        return self._from_text(found)

    def _from_text(self, raws: list[dict]) -> list[Message]:
        """Messages that stood in a text; signs of a template that were left there are named."""
        for raw in raws:
            for text in (raw["content"], raw.get("reasoning_content") or ""):
                if sign := turn_texts.sign_left(text):
                    self.say("signs_left", sign)
        return [
            one for raw in raws
            for one in one_message.read(raw, self.say, roles=self.roles, decided=self.reasoning)
        ]  # fmt: skip
