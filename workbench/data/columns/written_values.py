"""Lists and objects that a cell holds as text: JSON, Python's and numpy's way of writing them.

``['tax', 'war']``, ``["tax", "war"]``, ``[u'tax']``, ``['tax' 'war']`` (an array), ``('tax',)``,
``{'text': array(['Ada'], dtype=object), 'answer_start': array([7])}``. Nothing is run: the text is
cut into signs and words, at most :data:`MOST` characters and :data:`DEEP` levels of it.
"""

from __future__ import annotations

import datetime
import json
import re
from typing import Any

MOST = 1_000_000  # characters of a text that is read so
DEEP = 12  # levels of lists in lists
_ENDS = {"[": "]", "(": ")", "{": "}"}
_TOKEN = re.compile(
    r"""\s*(?:(?P<sign>[\[\](){}:,])"""
    r"""|[bBuUrR]{0,2}(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
    r"""|(?P<word>[^\s\[\](){}:,'"]+))""",
    re.DOTALL,
)
_FLAT = re.compile(r"\[\s*(?:'[^'\\]*'\s*(?:,\s*|(?=['\]])))+\]")  # most lists are only this
_IN_FLAT = re.compile("'([^']*)'")
_EMPTY_SET = "set()"
_WORDS = {"None": None, "null": None, "nan": None, "NaN": None, "<NA>": None,
          "True": True, "true": True, "False": False, "false": False}  # fmt: skip
_NUMBER = re.compile(r"[-+]?(\d+)?(\.\d*)?([eE][-+]?\d+)?")


def is_written(text: str) -> bool:
    """Whether a text begins and ends as a list or an object does."""
    text = text.strip()
    return text == _EMPTY_SET or (len(text) >= 2 and _ENDS.get(text[0]) == text[-1])


def read(text: str) -> Any:
    """The list or dict that a text writes out; tuples, sets and arrays are lists.

    Raises
    ------
    ValueError
        If it is none, is cut off by dots, longer than :data:`MOST` or deeper than :data:`DEEP`.

    Examples
    --------
    >>> read("['tax', 'it\\\\'s']"), read('["a", null]'), read("['tax' 'war']"), read("[0 1 0]")
    (['tax', "it's"], ['a', None], ['tax', 'war'], [0, 1, 0])
    >>> read("{'text': array(['Ada'], dtype=object), 'answer_start': array([7])}")
    {'text': ['Ada'], 'answer_start': [7]}
    """
    text = text.strip()
    if not is_written(text) or len(text) > MOST:
        raise ValueError("it is no list")
    if text == _EMPTY_SET:
        return []
    if _FLAT.fullmatch(text):
        return _IN_FLAT.findall(text)
    if text[0] in "[{" and "'" not in text[:2]:
        try:
            return json.loads(text, parse_constant=lambda name: None)
        except (ValueError, RecursionError):
            pass  # not JSON, but perhaps Python's way of writing it
    found = _Reader(text)
    value = found.value(0)
    if found.next() is not None:
        raise ValueError("something stands behind its end")
    return value


def read_unquoted(text: str) -> list[str]:
    """The names of a list without quotes: ``[tax, trade]``.

    Raises
    ------
    ValueError
        If it is no such list.

    Examples
    --------
    >>> read_unquoted("[tax, foreign trade]"), read_unquoted("[]")
    (['tax', 'foreign trade'], [])
    """
    text = text.strip()
    if (
        not is_written(text)
        or text[0] != "["
        or len(text) > MOST
        or set("[]{}\"'") & set(text[1:-1])
    ):
        raise ValueError("it is no list of names")
    parts = [part.strip() for part in text[1:-1].split(",")]
    return [part for part in parts if part]


class _Reader:
    """The signs, texts and words of one written value, in order."""

    def __init__(self, text: str):
        self.tokens: list[tuple[str, str]] = []
        at = 0
        while found := _TOKEN.match(text, at):
            self.tokens.append((found.lastgroup, found[found.lastgroup]))
            at = found.end()
        if text[at:].strip():
            raise ValueError("a quote is never closed")
        self.tokens.reverse()

    def next(self) -> tuple[str, str] | None:
        """Kind (``sign``, ``text`` or ``word``) and characters of what comes; None at the end."""
        return self.tokens.pop() if self.tokens else None

    def ahead(self) -> tuple[str, str] | None:
        return self.tokens[-1] if self.tokens else None

    def value(self, depth: int) -> Any:
        token = self.next()
        if token is None or depth > DEEP:
            raise ValueError("it is cut off" if token is None else "it is nested too deeply")
        kind, said = token
        if kind == "text":
            return _unquoted(said)
        if kind == "word":
            return self._named(said, depth)
        if said in "[(":
            return self._list(_ENDS[said], depth)
        if said == "{":
            return self._object(depth)
        raise ValueError(f"{said!r} stands where a value belongs")

    def _named(self, word: str, depth: int) -> Any:
        """A number, a constant, or what ``array([...])`` and ``np.str_('a')`` hold."""
        if self.ahead() == ("sign", "("):
            self.next()
            inside = self._list(")", depth)
            if not inside:
                raise ValueError(f"{word}() holds nothing")
            return _made(word, inside)
        if word in _WORDS:
            return _WORDS[word]
        number = _NUMBER.fullmatch(word)
        if number and (number[1] or (number[2] or ".") != ".") and len(word) < 40:
            return float(word) if number[2] or number[3] else int(word)
        if "=" in word:  # dtype=object
            return word
        raise ValueError(f"{word[:20]!r} is no value")

    def _list(self, end: str, depth: int) -> list:
        found = []
        while (token := self.ahead()) != ("sign", end):
            if token == ("sign", ","):
                self.next()
                continue
            found.append(self.value(depth + 1))
        self.next()
        return found

    def _object(self, depth: int) -> Any:
        """A dict; without colons a set, its members in order."""
        found, members = {}, []
        while (token := self.ahead()) != ("sign", "}"):
            if token == ("sign", ","):
                self.next()
                continue
            key = self.value(depth + 1)
            if self.ahead() == ("sign", ":"):
                self.next()
                found[str(key)] = self.value(depth + 1)
            else:
                members.append(key)
        self.next()
        if found and members:
            raise ValueError("it is neither a set nor an object")
        return found if found or not members else sorted(members, key=str)


def _made(word: str, inside: list) -> Any:
    """What ``array([...])``, ``set([...])`` or ``datetime.date(2020, 5, 1)`` stands for."""
    first = inside[0]
    if word in ("set", "frozenset") and isinstance(first, list):
        return sorted(first, key=lambda one: (not isinstance(one, (int, float)), _order(one)))
    if word.rpartition(".")[2] in ("date", "datetime") and len(inside) > 2:
        numbers = all(type(one) is int for one in inside[:7])
        made = datetime.date if len(inside) == 3 else datetime.datetime
        if numbers and max(inside[:7]) < 10**6:
            return made(*inside[:7]).isoformat()
    if len(inside) > 1 and "=" not in str(inside[1]):
        raise ValueError(f"{word}() holds several values")
    return first


def _order(one: Any) -> Any:
    return one if isinstance(one, (int, float)) else str(one)


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)


def _unquoted(said: str) -> str:
    inside = said[1:-1]
    return _ESCAPE.sub(_unescaped, inside) if "\\" in inside else inside


def _unescaped(found: re.Match) -> str:
    code = found[1]
    if len(code) > 1:
        number = int(code[1:], 16)
        return chr(number) if number < 0x110000 else found[0]
    return _ESCAPES.get(code, code)
