"""Conversations in plain texts, a turn on a line or several: the lines of each are one text."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator

from ...i18n import t
from ..conversations.chatglm import round_of
from ..conversations.turn_texts import BEGINS, Form, form_of, role_of
from ..reading.expected import expected
from . import Shape, Source

Begins = Callable[[str, int, bool], tuple[bool, bool]]

_WHOLE = 50  # lines by which is told whether each is a conversation already
_OFTEN = 0.05  # share of the lines that begin a turn, where other texts may have its words as well
_ABOVE = 40  # lines of a system prompt above the first turn
_OTHERS = 3  # lines with the name of somebody else, for whom there is no role
_TWICE = 0.3  # share of turns of who spoke before: of classes in any order it is half
_NAMED = re.compile(r"[ \t]*[*_]{0,2}([^\W\d_][^\n:：.?!]{0,24})[*_]{0,2}[:：](?!//)")
_ASKED = ("q", "a", "问", "答", "question", "answer", "问题", "回答")
_PARTING = re.compile(r"\s*([-=*_#]{3,}|<\|endoftext\|>|</s>)\s*")
_BEGIN = re.compile(rf"\s*(?:(?:{'|'.join(map(re.escape, BEGINS))})\s*)+")


def _find(first: list[str], source: Source) -> Callable | None:
    known = expected()
    if not (known.for_labels or known.turns or "messages" in known.names):
        return None  # of what is to be predicted each line is a text
    filled = [line for line in first if line.strip()]
    if sum(form_of(line) is not None for line in filled[:_WHOLE]) > 0.5 * len(filled[:_WHOLE]):
        return None  # a conversation a line
    form = form_of("\n".join(first))
    if form is None or form.name == "inline":
        return None
    above = _above(first, form)
    filled = list(itertools.dropwhile(_PARTING.fullmatch, filled))
    if not _begins(filled[len(above) :], form):
        return None  # prose that speaks of it, or a play
    blank = _within(first, form)
    pairs = not form.cut and _are_pairs(first, form, blank)
    if pairs:  # a question below the blank lines that stand above an answer begins another one too
        blank -= 1
    source.report.turns = True

    def begins() -> Begins:
        return _rounds() if form.cut else _talks(form, blank)

    rules = bool(above) and _rules_part(first, begins(), above, form)

    def rows(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, dict]]:
        count = led = 0
        for number, text, has in _texts(lines, begins(), above, form if rules else None):
            count += 1
            led += has
            yield number, {"text": text}
        key = "rounds" if form.cut else "pairs" if pairs else "lines"
        source.report.note(
            "info", "conversations",
            t(f"turn_texts.{key}", n=count, file=source.name, title=form.title, blank=blank + 1),
            t("turn_texts.pairs_back" if pairs else "turn_texts.lines_back"), count,
        )  # fmt: skip
        if above:
            source.report.note(
                "info" if led == count else "warning", "system prompts",
                t("turn_texts.above", n=led, whole=count, text=above[0].strip()[:60]),
                "" if led == count else t("turn_texts.above_back", blank=blank + 1), led,
            )  # fmt: skip

    return rows


def _above(first: list[str], form: Form) -> list[str]:
    """The filled lines above the first turn, below what parts texts: a system prompt. Of marks that
    are words, it has to stand above another turn as well, below a blank line."""
    filled = [(line, at > 0 and not first[at - 1].strip()) for at, line in enumerate(first)
              if line.strip()]  # fmt: skip
    filled = list(itertools.dropwhile(lambda one: _PARTING.fullmatch(one[0]), filled))
    lines = [line for line, _ in filled]
    for at, line in enumerate(lines[: _ABOVE + 1]):
        if not _is_turn(line, form):
            continue
        again = form.soft and any(
            apart and lines[n : n + at] == lines[:at] for n, (_, apart) in enumerate(filled) if n
        )
        return lines[:at] if not form.soft or again else []
    return []


def _is_turn(line: str, form: Form) -> bool:
    begun = _BEGIN.match(line)
    start = begun.end() if begun else 0
    marked = form.mark.match(line, start) or form.cut and round_of(line, start) is not None
    return bool(marked or begun)


def _rules_part(lines: list[str], begins: Begins, above: list[str], form: Form) -> bool:
    """Whether lines that part texts stand above conversations: directly above one, or between all
    of several. Else they may be rules within replies."""
    blank, whole, parted, ruled = 0, False, False, False
    apart = []  # whether each later conversation has a rule above it
    for line in lines:
        if not line.strip():
            blank += 1
            continue
        turn = _is_turn(line, form)
        if parted and (line == above[0] or turn and not _PARTING.fullmatch(above[-1])):
            return True
        new, ends = begins(line, blank, False)
        if whole and new:
            apart.append(ruled)
            whole = False
        whole |= ends
        parted, blank = _PARTING.fullmatch(line) is not None, 0
        ruled = parted or ruled and not turn
    return len(apart) > 1 and all(apart)


def _begins(filled: list[str], form: Form) -> bool:
    """Whether lines are conversations from the first on: all who speak are known, do so often, and
    mostly take turns."""
    if form.cut:
        begun = _BEGIN.match(filled[0])
        return round_of(filled[0], begun.end() if begun else 0) is not None
    if not _BEGIN.match(filled[0]) and not form.mark.match(filled[0]):
        return False
    if not form.soft:
        return True
    who = [_speaks(line, form) for line in filled]
    said = [found[1].lower() for line, one in zip(filled, who, strict=True)
            if not one and (found := _NAMED.match(line))]  # fmt: skip
    others = max(Counter(said).values(), default=0)
    if form.name != "headings" and others >= _OTHERS and 2 * others >= who.count("user"):
        return False
    talk = [one for one in who if one in ("user", "assistant")]
    twice = sum(one == other for one, other in itertools.pairwise(talk))
    if twice > _TWICE * len(talk):
        return False
    return sum(map(bool, who)) >= _OFTEN * len(filled)


def _within(lines: list[str], form: Form) -> int:
    """The most blank lines between a question and its answer: more of them part conversations."""
    most = blank = 0
    for line in lines:
        if not line.strip():
            blank += 1
            continue
        if _speaks(line, form) == "assistant":
            most = max(most, blank)
        blank = 0
    return most


def _are_pairs(lines: list[str], form: Form, within: int) -> bool:
    """Whether questions and answers stand apart by the same blank lines throughout: such a list
    is no talk, in which each question would follow from what was said before. Where a line parts
    conversations, it says what the blank lines don't."""
    blank, above, parted = 0, [], False  # how many stand above who speaks
    for line in lines:
        if not line.strip():
            blank += 1
            continue
        if who := _speaks(line, form):
            if parted and above and who == "user":
                return False
            mark = form.mark.match(line)
            if mark is None or next(filter(None, mark.groups())).lower() not in _ASKED:
                return False
            above.append((who, blank))
        parted, blank = _PARTING.fullmatch(line) is not None, 0
    apart = above[1:]
    return within > 0 and {many for _, many in apart} == {within} and ("user", within) in apart


def _speaks(line: str, form: Form) -> str:
    """Who begins to speak with a line; "" where nobody does."""
    begun = _BEGIN.match(line)
    mark = form.mark.match(line, begun.end() if begun else 0)
    if mark and "<<SYS>>" in line:
        return "system"
    return role_of(next(filter(None, mark.groups()))) if mark else ""


def _talks(form: Form, within: int) -> Begins:
    """Whether a conversation begins with a line, below blank lines or what parts texts, and
    whether one may end behind it, as something is answered."""

    def begins(line: str, blank: int, parted: bool) -> tuple[bool, bool]:
        who = _speaks(line, form)
        new = who == "system" or who == "user" and (blank > within or parted)
        new |= bool(who) and form.name != "inst" and _BEGIN.match(line) is not None
        return new, who == "assistant" or form.name == "inst" and "[/INST]" in line

    return begins


def _rounds() -> Begins:
    """The same for rounds with numbers: a number that does not grow begins a conversation."""
    last = -1

    def begins(line: str, blank: int, parted: bool) -> tuple[bool, bool]:
        nonlocal last
        begun = _BEGIN.match(line)
        number = round_of(line, begun.end() if begun else 0)
        if number is None:
            return False, False
        new = number <= last or parted or begun is not None
        last = number
        return new, True

    return begins


def _texts(
    lines: Iterator[tuple[int, str]], begins: Begins, above: list[str], ruled: Form | None
) -> Iterator[tuple[int, str, bool]]:
    """The texts of conversations, each with the number of its first line, and whether what is
    like ``above``, the lines above the first turn of all, stands above its own. ``ruled`` is how
    turns are marked where what stands below a rule may be a system prompt too."""
    held: list[tuple[int, str]] = []
    blank, whole, parted, has = 0, False, False, bool(above)
    for number, line in lines:
        if not line.strip():
            blank += 1
            held.append((number, line))
            continue
        if _PARTING.fullmatch(line) and not any(one.strip() for _, one in held):
            held, parted = [], True  # above the first one
            continue
        led = _led(held, above) if whole and above else None
        new, ends = begins(line, blank, parted or led is not None)
        if whole and new:
            if led is None and ruled and not parted:
                led = _parted(held, ruled)
            kept = [] if led is None else held[led:]
            held = held[: len(held) if led is None else led]
            _end(held)
            yield held[0][0], _joined(held), has
            held, whole, has = kept, False, bool(kept)
        whole |= ends
        parted, blank = _PARTING.fullmatch(line) is not None, 0
        held.append((number, line))
    if whole:
        _end(held)  # below the last conversation too it is no word of the reply
    if _joined(held):
        yield held[0][0], _joined(held), has


def _joined(held: list[tuple[int, str]]) -> str:
    return "\n".join(line for _, line in held).strip()


def _led(held: list[tuple[int, str]], above: list[str]) -> int | None:
    """Where the last lines begin that are those above the first turn again; None: they are not."""
    wanted, at = len(above), len(held)
    while wanted and at:
        at -= 1
        if held[at][1].strip():
            wanted -= 1
            if held[at][1] != above[wanted]:
                return None
    return at if at and not wanted else None


def _parted(held: list[tuple[int, str]], form: Form) -> int | None:
    """Where the lines begin that stand below the last one that parts texts, if nobody speaks in
    them."""
    for at in range(len(held) - 1, -1, -1):
        if _PARTING.fullmatch(held[at][1]):
            return at + 1
        if _is_turn(held[at][1], form):
            return None
    return None


def _end(held: list[tuple[int, str]]) -> None:
    """Take off the last line that is filled where it parts texts."""
    last = max(at for at, (_, line) in enumerate(held) if line.strip())
    if _PARTING.fullmatch(held[last][1]):
        del held[last:]


def _whole(first: list[str], source: Source) -> Callable | None:
    """The file as one conversation, where ``reading`` says that it is."""
    if source.reading.get("shape") != "one conversation" or form_of("\n".join(first)) is None:
        return None
    source.report.turns = True

    def rows(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, dict]]:
        yield 1, {"text": "\n".join(line for _, line in lines).strip()}

    return rows


LINES = (Shape("conversation lines", _find), Shape("one conversation", _whole))
