"""Texts cut into words as the words of the training data were cut.

Training data that comes as lists of words was cut by somebody's rules. They are learnt from the
lists (:mod:`.word_learning`) and kept with the run, so that a plain text is cut by the same rules
when it is predicted.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import unicodedata
from typing import Any

from ...errors import DataError
from ...i18n import t

# scripts without blanks: Chinese and Japanese characters; Thai, Lao, Burmese, Khmer
WIDE = r"\u3005-\u3007\u3041-\u3096\u309d-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
WIDE += "\U00020000-\U0003ffff"
UNPARTED = r"\u0e01-\u0e4e\u0e81-\u0ede\u1000-\u103f\u1050-\u109f\u1780-\u17d3"
_SKIN = "\U0001f3fb-\U0001f3ff"
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
APOSTROPHES = "'’ʼ＇"
_SIGNS = 8  # signs around a remembered word that are looked through
_LONGEST = 24  # characters of a remembered word in a script without blanks


@dataclasses.dataclass(frozen=True)
class Cutting:
    """How texts are cut into words.

    Parameters
    ----------
    kind : {'words', 'blanks', 'characters'}
        Words and signs each by themselves; at blanks alone; every character by itself.
    inner, inner_digits : str
        Signs that hold letters (digits) together, as the hyphen of ``well-known``.
    before, after : str
        Signs that stay with the word behind (before) them, as ``#`` of ``#tag`` or ``%``.
    clitics, elisions : tuple of str
        Ends and beginnings with an apostrophe that are words: ``n't``, ``l'``.
    initials, runs, addresses : bool
        Whether ``U.S.``, ``...`` and addresses of the web stay whole.
    clusters : bool
        Whether Thai, Lao, Burmese and Khmer are cut into characters (with their marks).
    kept : tuple of str
        Words of the training data that these rules would cut.
    """

    kind: str = "words"
    inner: str = ""
    inner_digits: str = ""
    before: str = "@#"
    after: str = ""
    clitics: tuple[str, ...] = ()
    elisions: tuple[str, ...] = ()
    initials: bool = False
    runs: bool = False
    addresses: bool = False
    clusters: bool = True
    kept: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """What is not as usual, for a JSON file."""
        usual = Cutting()
        return {
            f.name: list(value) if isinstance(value, tuple) else value
            for f in dataclasses.fields(self)
            if (value := getattr(self, f.name)) != getattr(usual, f.name) or f.name == "kind"
        }

    @classmethod
    def from_dict(cls, facts: dict[str, Any] | None) -> Cutting:
        """Of what :meth:`to_dict` gave; settings that are not known are left out (DataError)."""
        usual = {f.name: f.default for f in dataclasses.fields(cls)}
        facts = {} if facts is None else facts
        given = {n: v for n, v in facts.items() if n in usual} if isinstance(facts, dict) else {}
        given = {n: tuple(v) if isinstance(v, list) else v for n, v in given.items()}
        odd = [n for n, v in given.items() if type(v) is not type(usual[n])]
        if odd or not isinstance(facts, dict):
            raise DataError(t("data_notes.cutting", facts=facts), t("data_notes.cutting_back"))
        return cls(**given)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """First character, and the one after the last, of each word of a text.

        Examples
        --------
        >>> [("Ada's 3.5"[a:b]) for a, b in Cutting(inner_digits=".").spans("Ada's 3.5")]
        ['Ada', "'", 's', '3.5']
        """
        rules = _rules(self)
        found: list[tuple[int, int]] = []
        for chunk in rules.chunk.finditer(text):
            start, end = chunk.span()
            if self.kind == "blanks" or chunk[0] in rules.kept:
                found.append((start, end))
            else:
                found += [(start + a, start + b) for a, b in _of_chunk(chunk[0], rules)]
        return found

    def cut(self, text: str) -> list[str]:
        """The words of a text.

        Examples
        --------
        >>> Cutting().cut("हिन्दी में, @ada 👩‍👩‍👧!")
        ['हिन्दी', 'में', ',', '@ada', '👩‍👩‍👧', '!']
        """
        return [text[start:end] for start, end in self.spans(text)]


def is_sign(char: str) -> bool:
    """Whether it is neither part of a word by itself nor a mark on one."""
    return not (char.isalnum() or char == "_" or unicodedata.category(char)[0] == "M"
                or (unicodedata.category(char) == "Cf"))  # fmt: skip


@dataclasses.dataclass(frozen=True)
class _Rules:
    cutting: Cutting
    chunk: re.Pattern
    word: re.Pattern
    kept: frozenset[str]
    longest: int


@functools.lru_cache(maxsize=8)
def _rules(cutting: Cutting) -> _Rules:
    kept = frozenset(cutting.kept)
    inside = "".join(c for c in cutting.inner + cutting.inner_digits if c.isspace())
    chunk = rf"(?:[^\s\u200b]|[{re.escape(inside)}])+" if inside else r"[^\s\u200b]+"
    if any("\u200b" in word for word in kept):
        chunk = chunk.replace(r"\u200b", "")
    longest = max((len(w) for w in kept if len(w) <= _LONGEST), default=0)
    return _Rules(cutting, re.compile(chunk), re.compile(_pattern(cutting)), kept, longest)


@functools.cache
def mark_signs() -> str:
    """Combining marks and joiners, as the inside of a character class."""
    codes = [
        code for code in (*range(0x300, 0x20000), *range(0xE0000, 0xE0200))
        if code != 0x200B and unicodedata.category(chr(code)) in ("Mn", "Mc", "Me", "Cf")
    ]  # fmt: skip
    codes.append(0xAD)
    ranges: list[list[int]] = []
    for code in sorted(codes):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(chr(a) if a == b else f"{chr(a)}-{chr(b)}" for a, b in ranges)


def _pattern(cutting: Cutting) -> str:
    marks = f"[{mark_signs()}]*"
    sign = rf"[^\w\s\u200b]{marks}(?:[{_SKIN}]{marks}|(?<=\u200d)[^\w\s]{marks})*"
    lone = f"[{mark_signs()}]+"
    if cutting.kind == "characters":
        return rf"{_FLAG}|\w{marks}|{sign}|{lone}"
    unit = rf"[^\W{WIDE}{UNPARTED}]{marks}"
    joins = []
    if cutting.inner_digits:
        joins.append(rf"(?<=\d)[{re.escape(cutting.inner_digits)}](?=\d)")
    letters = cutting.inner
    if cutting.clitics or cutting.elisions:
        letters += APOSTROPHES
    if letters:
        one = f"[{re.escape(letters)}]"
        joins.append(rf"(?!(?<=\d){one}\d){one}(?=\w)")
    word = rf"{unit}(?:{'|'.join([unit, *joins])})*"
    if cutting.before:
        word = rf"(?:[{re.escape(cutting.before)}](?=\w))?{word}"
    if cutting.after:
        word = rf"{word}(?:[{re.escape(cutting.after)}](?!\w))?"
    unparted = rf"[{UNPARTED}]{marks}"
    parts = [_FLAG, rf"[{WIDE}]{marks}", unparted if cutting.clusters else f"(?:{unparted})+"]
    if cutting.initials:
        parts.insert(0, r"(?:[^\W\d_]\.)+(?!\w)")
    if cutting.addresses:
        parts.insert(0, r"(?:\w+://|www\.)\S*[\w/]|[\w.+-]+@\w[\w-]*(?:\.[\w-]+)+")
    if cutting.runs:
        parts.append(r"(?P<same>[^\w\s])(?P=same)+")
    return "|".join([*parts, word, sign, lone])


def _of_chunk(chunk: str, rules: _Rules) -> list[tuple[int, int]]:
    """Words of a run of characters without blanks."""
    if rules.kept and rules.cutting.kind == "words":
        if (found := _between_signs(chunk, rules)) is not None:
            return found
    found, at = [], 0
    while at < len(chunk):
        end = _remembered(chunk, at, rules)
        if end is None:
            match = rules.word.match(chunk, at)
            if match is None:  # a blank inside that holds no digits together here
                at += 1
                continue
            end = match.end()
            if rules.cutting.clitics or rules.cutting.elisions:
                found += _clipped(chunk, at, end, rules.cutting)
                at = end
                continue
        found.append((at, end))
        at = end
    return found if rules.cutting.clusters or not rules.kept else _merged(chunk, found, rules)


def _between_signs(chunk: str, rules: _Rules) -> list[tuple[int, int]] | None:
    """A remembered word with signs around it: ``(U.S.),``."""
    first, last = 0, len(chunk)
    while first < last and is_sign(chunk[first]):
        first += 1
    while last > first and is_sign(chunk[last - 1]):
        last -= 1
    if first == last:
        return None
    for start in range(max(0, first - _SIGNS), first + 1):
        for end in range(min(len(chunk), last + _SIGNS), last - 1, -1):
            if (start, end) != (0, len(chunk)) and chunk[start:end] in rules.kept:
                left = _of_chunk(chunk[:start], rules) if start else []
                right = _of_chunk(chunk[end:], rules) if end < len(chunk) else []
                return [*left, (start, end), *((end + a, end + b) for a, b in right)]
    return None


def _remembered(chunk: str, at: int, rules: _Rules, stop: int | None = None) -> int | None:
    """End of the longest remembered word that begins here, where no blanks part words, or signs."""
    char = chunk[at]
    if rules.longest < 2 or (char.isalnum() and not _unparted(char)):
        return None
    for end in range(min(stop or len(chunk), at + rules.longest), at + 1, -1):
        if chunk[at:end] in rules.kept:
            whole = _unparted(char) or not (
                chunk[end - 1].isalnum() and chunk[end : end + 1].isalnum()
            )
            if whole:
                return end
    return None


def _clipped(chunk: str, start: int, end: int, cutting: Cutting) -> list[tuple[int, int]]:
    """A word without its elision and clitic, and these: ``l'``, ``do`` and ``n't``."""
    word = chunk[start:end].casefold()
    if len(word) != end - start:  # folding changed its length: characters cannot be counted
        word = chunk[start:end].lower()
    found = []
    for piece in sorted(cutting.elisions, key=len, reverse=True):
        if word.startswith(piece) and len(piece) < len(word):
            found.append((start, start + len(piece)))
            start, word = start + len(piece), word[len(piece) :]
            break
    for piece in sorted(cutting.clitics, key=len, reverse=True):
        if word.endswith(piece) and len(piece) < len(word):
            middle = end - len(piece)
            return [*found, (start, middle), (middle, end)]
    if not any(c in APOSTROPHES and c not in cutting.inner for c in word):
        return [*found, (start, end)]
    for match in re.finditer(rf"[^{APOSTROPHES}]+|.", chunk[start:end]):
        found.append((start + match.start(), start + match.end()))
    return found


def _merged(chunk: str, found: list[tuple[int, int]], rules: _Rules) -> list[tuple[int, int]]:
    """Thai runs with remembered words inside, the rest between them each one word."""
    out: list[tuple[int, int]] = []
    for start, end in found:
        if not _unparted(chunk[start]) or chunk[start:end] in rules.kept:
            out.append((start, end))
            continue
        at, open_ = start, start
        while at < end:
            stop = _remembered(chunk, at, rules, end)
            if stop is None:
                at += 1
                continue
            if at > open_:
                out.append((open_, at))
            out.append((at, stop))
            at = open_ = stop
        if end > open_:
            out.append((open_, end))
    return out


def clusters_of(word: str) -> list[str]:
    """The characters of a word, each with the marks on it."""
    return re.findall(f"[^{mark_signs()}][{mark_signs()}]*", word)


def _unparted(char: str) -> bool:
    return bool(_WITHOUT_BLANKS.match(char))


_WITHOUT_BLANKS = re.compile(f"[{WIDE}{UNPARTED}]")
