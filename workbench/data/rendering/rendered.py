"""Conversations rendered to tokens, each with whether a model learns to write it."""

from __future__ import annotations

import copy
import dataclasses
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Any

from ..conversations.messages import Conversation
from . import control
from .template import Refused, Template

IGNORED = -100  # the label of a token that is not learnt
#: What can be wrong with a rendered turn, and how much it matters.
ISSUES = {
    "refused": "error",
    "asked_otherwise": "error",
    "stop_missing": "warning",
    "reasoning_gone": "warning",
    "calls_gone": "warning",
    "tools_gone": "warning",
    "text_gone": "warning",
    "names_gone": "info",
    "alone": "info",
    "marked_otherwise": "info",
}
KEPT = ("role", "type", "id", "tool_call_id")  # what a template compares


@dataclasses.dataclass(frozen=True)
class Turn:
    """A reply in a rendered text.

    Parameters
    ----------
    message : int
        Which message it is.
    start, end : int
        Characters that are learnt: from where the model is asked to what ends the reply.
    stop : str
        The control token that ends it; empty where none does.
    """

    message: int
    start: int
    end: int
    stop: str = ""


@dataclasses.dataclass(frozen=True)
class Rendered:
    """One row to train on.

    Parameters
    ----------
    text : str
    input_ids : list of int
    learnt : list of bool, as long
        Which tokens are learnt: those of the replies, with what ends them.
    places : list of (int, int)
        Where each token stands in the text.
    turns : tuple of Turn
    conversation : Conversation
    issues : tuple of (str, int)
        A kind of :data:`ISSUES`, and the message that it is about.
    refusal : str
        What the template says where it refuses; empty where it does not.
    """

    text: str
    input_ids: list[int]
    learnt: list[bool]
    places: list[tuple[int, int]]
    turns: tuple[Turn, ...]
    conversation: Conversation
    issues: tuple[tuple[str, int], ...] = ()
    refusal: str = ""

    @property
    def labels(self) -> list[int]:
        """The tokens that are learnt, and -100; of the first nothing is asked."""
        found = [
            token if learnt else IGNORED
            for token, learnt in zip(self.input_ids, self.learnt, strict=True)
        ]
        return [IGNORED, *found[1:]] if found else found

    @property
    def reply_ends(self) -> list[int]:
        """The last token of each reply that is learnt."""
        learnt = [n for n, one in enumerate(self.learnt) if one]
        return [n for n in learnt if n + 1 == len(self.learnt) or not self.learnt[n + 1]]

    @property
    def targets(self) -> int:
        """How many tokens are learnt."""
        return sum(label != IGNORED for label in self.labels)


def render(conversation: Conversation, template: Template) -> list[Rendered]:
    """The rows that a conversation is trained as.

    One, as a rule. A template that writes a reply otherwise once others follow it (that leaves out
    earlier reasoning, say) gives further ones: each such reply is learnt in a row of its own, which
    ends with it as the model would write it. What is asked at a turn is always what is trained.

    Control tokens in what people wrote stay text, unless the template keeps them.
    """
    return _Rendering(conversation, template).rows()


def render_all(conversations: Iterable[Conversation], template: Template) -> list[Rendered]:
    """All rows of conversations, in their order."""
    return [row for one in conversations for row in render(one, template)]


class _Rendering:
    """One conversation while it is rendered; texts have signs where data could be control."""

    def __init__(self, conversation: Conversation, template: Template):
        self.conversation, self.template, self.tokens = conversation, template, template.tokens
        dicts, tools = conversation.as_dicts(), list(conversation.tools)
        self.sign = control.free_sign(control.texts_in([dicts, tools]))
        pattern = template.parted
        self.messages = control.marked(dicts, pattern, self.sign, kept=KEPT)
        self.tools = control.marked(tools, pattern, self.sign, kept=KEPT) or None
        self.issues: list[tuple[str, int]] = []
        self.refusal = ""

    def rows(self) -> list[Rendered]:
        known = None if self.template.goes_on else self.template.turns(self.messages, self.tools)
        if known is not None and 0 not in self.conversation.replies:
            return self._in_order(*known)
        try:
            whole = self.template.text(self.messages, self.tools)
        except Refused as error:
            self.refusal = error.why
            return [self._row("", [], [("refused", 0)])]
        if self.template.goes_on:
            spans = self.template.learnt(self.messages, self.tools)
            replies = [n for n, m in enumerate(self.conversation.messages) if m.role == "assistant"]
            found = dict(zip(replies, spans, strict=True))
            turns = [self._turn(n, whole, *found[n]) for n in self.conversation.replies]
            return [self._row(whole, turns, self.issues + self._lost(whole, turns))]
        return self._by_difference(whole)

    def _in_order(self, whole: str, ends: list[int]) -> list[Rendered]:
        """As :meth:`_by_difference` finds it, where each turn's place is known."""
        turns = []
        for number in self.conversation.replies:
            start = ends[number - 1] + len(self.template.opening)
            if not whole[ends[number - 1] : ends[number]].startswith(self.template.opening):
                self.issues.append(("asked_otherwise", number))
                continue
            turns.append(self._turn(number, whole, start, ends[number]))
        self._compare(turns)
        return [self._row(whole, turns, self.issues + self._lost(whole, turns))]

    def _by_difference(self, whole: str) -> list[Rendered]:
        """Turns as the difference of what is asked and what is then there."""
        within: list[Turn] = []
        alone: list[tuple[str, Turn]] = []
        for number in self.conversation.replies:
            try:
                upto = self.template.text(self.messages[: number + 1], self.tools)
                asked = self._asked(number, upto)
            except Refused as error:
                self.refusal = self.refusal or error.why
                self.issues.append(("refused", number))
                continue
            if asked is None or not upto.startswith(asked):
                self.issues.append(("asked_otherwise", number))
                continue
            turn = self._turn(number, upto, len(asked), len(upto))
            if whole.startswith(upto[: turn.end]):
                within.append(turn)  # the whole text has the same reply and stop
            else:
                alone.append((upto, turn))
        rows = []
        if within or not alone:
            self._compare(within)
            others = {turn.message for _, turn in alone}
            issues = [one for one in self.issues if one[1] not in others]
            rows.append(self._row(whole, within, issues + self._lost(whole, within)))
        for text, turn in alone:
            issues = [("alone", turn.message), *self._lost(text, [turn], turn.message + 1)]
            if not turn.stop:
                issues.append(("stop_missing", turn.message))
            rows.append(self._row(text, [turn], issues))
        return sorted(rows, key=lambda row: row.turns[0].message if row.turns else 0)

    def _compare(self, within: list[Turn]) -> None:
        """Note turns that the template's own ``{% generation %}`` begins or ends otherwise."""
        if not self.template.marks_replies:
            return
        spans = self.template.learnt(self.messages, self.tools)
        for turn in within:
            if (turn.start, turn.end) not in spans:
                self.issues.append(("marked_otherwise", turn.message))

    def _asked(self, number: int, upto: str) -> str | None:
        """What the model reads when this reply is asked for."""
        try:
            return self.template.text(self.messages[:number], self.tools, ask=True)
        except Refused:
            if number or not self.template.opening:
                raise
            before, opening, _ = upto.partition(self.template.opening)  # nothing was asked before
            return before + opening if opening else None

    def _turn(self, number: int, text: str, start: int, end: int) -> Turn:
        """A reply up to the control token that ends it; blanks behind that are not learnt."""
        said = text[start:end]
        found = list(self.tokens.pattern.finditer(said))
        ends = [one for one in found if not self.tokens.pattern.sub("", said[one.end() :]).strip()]
        if found and found[-1] in ends and not said[found[-1].end() :].strip():
            # what ends the whole text may follow what ends the reply
            last = next((o for o in ends if self.tokens.control[o[0]] == self.template.end),
                        found[-1])  # fmt: skip
            return Turn(number, start, start + last.end(), last[0])
        self.issues.append(("stop_missing", number))
        return Turn(number, start, start + len(said.rstrip()))

    def _lost(
        self, text: str, turns: list[Turn], until: int | None = None
    ) -> list[tuple[str, int]]:
        """What the conversation says, or its first messages, and the text does not."""
        found = []
        learnt = {turn.message for turn in turns}
        for number, message in enumerate(self.messages[:until]):
            said = message["content"].strip()
            if said and said not in text:
                found.append(("text_gone", number))
            if message["role"] != "tool" and message.get("name", "") not in text:
                found.append(("names_gone", number))
            thought = message.get("reasoning_content", "").strip()
            if thought and thought not in text and number in learnt:
                found.append(("reasoning_gone", number))
        return found + self._unwritten(until)

    def _unwritten(self, until: int | None) -> list[tuple[str, int]]:
        """Calls and tools that the template does not write, by names that stand nowhere else."""
        messages = copy.deepcopy(self.messages[:until])
        tools = copy.deepcopy(self.tools)
        calls = [
            (n, call["function"]) for n, one in enumerate(messages)
            for call in one.get("tool_calls", ())
        ]  # fmt: skip
        offered = [one for tool in tools or () for one in _named(tool)]
        if not calls and not offered:
            return []
        for at, one in enumerate([*(call for _, call in calls), *offered]):
            one["name"] = f"named{self.sign}{at}{self.sign}"
        try:
            text = self.template.text(messages, tools)
        except Refused:  # it compares names: those that there are have to do
            return []
        gone = [("calls_gone", n) for n, call in calls if call["name"] not in text]
        lacking = any(one["name"] not in text for one in offered)
        return gone + [("tools_gone", 0)] * lacking

    def _row(self, text: str, turns: list[Turn], issues: list[tuple[str, int]]) -> Rendered:
        """The row of a text with signs: without them, in tokens."""
        signs = [found.start() for found in re.finditer(re.escape(self.sign), text)]

        def plain(at: int) -> int:
            return at - bisect_left(signs, at)

        turns = [dataclasses.replace(o, start=plain(o.start), end=plain(o.end)) for o in turns]
        breaks = [plain(at) for at in signs] + [turn.start for turn in turns]
        text = text.replace(self.sign, "")
        silent = {number for kind, number in issues if kind == "calls_gone"}
        turns = [turn for turn in turns if turn.message not in silent]  # else nothing is learnt
        ids, places = self.tokens.encode(text, breaks)
        learnt, spans = [], sorted((turn.start, turn.end) for turn in turns)
        starts = [start for start, _ in spans]
        for a, b in places:
            turn = bisect_right(starts, a) - 1  # the last that has begun; turns do not overlap
            learnt.append(a < b and turn >= 0 and b <= spans[turn][1])
        return Rendered(
            text, ids, learnt, places, tuple(turns), self.conversation,
            tuple(dict.fromkeys(issues)), self.refusal,
        )  # fmt: skip


def _named(tool: Any) -> list[dict]:
    """The part of a tool's description that holds its name."""
    inner = tool.get("function", tool) if isinstance(tool, dict) else None
    return [inner] if isinstance(inner, dict) and isinstance(inner.get("name"), str) else []
