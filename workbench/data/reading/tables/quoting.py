"""Quotes in a delimited file: the ways of writing them, and how lines are cut into fields.

Programs disagree about quotes. Some put them around fields (RFC 4180), some write a backslash
before a quote within, some a blank before the opening one, and some write texts as they are, so
that a quote is a character like any other. Read in the wrong way, a field swallows the lines up to
the next quote and nobody is told. So each way is tried on all lines: it has to give every row as
many fields as the first has.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

MOST_LINES = 1000  # of one quoted field
MOST_CHARACTERS = 4 * 2**20  # of one quoted field
ESCAPED = re.compile(r'\\(["\\])')
_ESCAPED_SINGLE = re.compile(r"\\(['\\])")
_NUMBER = re.compile(r"\s*[-+]?[\d.,]+([eE][-+]?\d+)?%?\s*")


@dataclasses.dataclass(frozen=True)
class Quoting:
    """How quotes and line ends of a delimited file are read.

    Parameters
    ----------
    kind : {'around', 'none', 'backslash', 'loose', 'inner'}
        Around fields, as the standard says; none: characters like others; around fields, with a
        backslash before a quote within; around fields where they open and close properly, and
        characters where they do not; around fields, with quotes within written as they are.
    blanks : bool
        Blanks may stand between a separator and the quotes.
    end : {'any', '\\n'}
        What ends a row.
    doubled : bool
        Of ``backslash``: a backslash is written twice, so that two of them stand for one.
    mark : {'"', "'"}
        The quote itself.
    """

    kind: str = "around"
    blanks: bool = False
    end: str = "any"
    doubled: bool = False
    mark: str = '"'

    @property
    def plain(self) -> bool:
        """Whether a reader of the standard, or one without quotes, gives the same rows."""
        usual = self.kind in ("around", "none") and self.mark == '"'
        return usual and not self.blanks and self.end == "any"


@dataclasses.dataclass
class Seen:
    """What a pass over the file has shown.

    Parameters
    ----------
    even : bool
        Whether all rows have as many fields as the first one.
    literal, first_literal : int
        Rows in which a quote opens and does not close properly; the line of the first.
    spans : list of (int, int)
        First and last line of rows that go over several lines.
    swallowed : list of (int, int)
        Those of them whose lines look like rows of their own.
    wrapped, bare : Counter or None
        Fields below the first row by their column: those in quotes, and the words that are in none;
        counted only where a Counter is given.
    first_wrapped : int
        Fields of the first row that stand in quotes.
    """

    rows: int = 0
    width: int = 0
    even: bool = True
    literal: int = 0
    first_literal: int = 0
    spans: list[tuple[int, int]] = dataclasses.field(default_factory=list)
    swallowed: list[tuple[int, int]] = dataclasses.field(default_factory=list)
    wrapped: Counter | None = None
    bare: Counter | None = None
    first_wrapped: int = 0

    def row(self, fields: list[str], wrapped: list[int]) -> None:
        """Count one row, of which the fields ``wrapped`` stand in quotes."""
        self.width = self.width or len(fields)
        self.even &= len(fields) == self.width
        self.first_wrapped = self.first_wrapped if self.rows else len(wrapped)
        if self.wrapped is not None and self.rows:
            self.wrapped.update(wrapped)
            self.bare.update(
                place for place, field in enumerate(fields)
                if place not in wrapped and field.strip() and not _NUMBER.fullmatch(field)
            )  # fmt: skip
        self.rows += 1


class Lines:
    """The lines of a file after its first ``skip``, as often as they are asked for.

    Parameters
    ----------
    path, encoding : Path, str
    skip : int
        Lines that stand above the table.
    without : str or None
        A line that is left out wherever it comes again (a header that was written twice).
    """

    def __init__(self, path: Path, encoding: str, skip: int = 0, without: str | None = None):
        self.path, self.encoding, self.skip, self.without = path, encoding, skip, without

    def raw(self, end: str = "any") -> Iterator[str]:
        """Each line with its end."""
        newline = "" if end == "any" else end
        with open(self.path, encoding=self.encoding, newline=newline) as stream:
            first = True
            for number, line in enumerate(stream):
                if number < self.skip:
                    continue
                if number == 0:
                    line = line.lstrip("\ufeff")
                if not first and self.without is not None and line.rstrip("\r\n") == self.without:
                    continue
                first = False
                yield line


class Parser:
    """Cuts lines into rows of fields in one way of quoting.

    Parameters
    ----------
    delimiter : str
        What separates fields; empty where a line is one field.
    are_rows : callable, optional
        Whether lines (list of str) could be rows of their own and no text, for ``loose``.
    """

    def __init__(
        self,
        delimiter: str,
        quoting: Quoting,
        are_rows: Callable[[list[str]], bool] | None = None,
    ):
        self.delimiter, self.quoting, self._are_rows = delimiter, quoting, are_rows
        after = rf"(?:{re.escape(delimiter)}|\Z)" if delimiter else r"\Z"
        blanks = " *" if quoting.blanks else ""
        q = self._mark = quoting.mark
        inner = rf"[^{q}]*(?:{q}{q}[^{q}]*)*"
        if quoting.kind == "backslash":
            inner = rf"[^{q}\\]*(?:(?:\\.|{q}{q})[^{q}\\]*)*"
        if quoting.kind == "inner":
            inner = rf"(?:[^{q}]|{q}(?!{blanks}{after}))*"
        self._quoted = re.compile(rf"{blanks}{q}({inner}){q}{blanks}({after})", re.DOTALL)
        self._opens = re.compile(rf"{blanks}{q}")
        self._escape = quoting.kind == "backslash"
        self._wrapped: list[int] = []  # of the last row

    def rows(self, lines: Iterable[str], seen: Seen | None = None) -> Iterator[list[str]]:
        """Rows of lines that come with their ends; blank lines are no rows."""
        numbered = enumerate(lines, 1)
        waiting: list[tuple[int, str]] = []
        while True:
            number, line = waiting.pop() if waiting else next(numbered, (0, ""))
            if not number:
                return
            bare = line.rstrip("\r\n")
            if not bare:
                continue
            self._wrapped = []
            if self.quoting.kind == "none" or self._mark not in bare:
                fields = self._cut(bare)
            else:
                fields, last = self._fields(bare)
                if not last:
                    fields, more = self._over_lines(line, numbered, waiting)
                    if fields is None:
                        fields = self._fields(bare, literal=True)[0]
                        waiting += reversed(more)
                        if seen is not None:
                            seen.literal += 1
                            seen.first_literal = seen.first_literal or number
                    elif seen is not None:
                        seen.spans.append((number, number + len(more)))
            if seen is not None:
                seen.row(fields, self._wrapped)
            yield fields

    def fields(self, line: str) -> list[str]:
        """Fields of a line alone; a quote that opens and does not close is a character."""
        return self._fields(line.rstrip("\r\n"), literal=True)[0]

    def _cut(self, text: str) -> list[str]:
        return text.split(self.delimiter) if self.delimiter else [text]

    def _fields(self, text: str, *, literal: bool = False) -> tuple[list[str], bool]:
        """Fields of a text, and whether no quote is left open; ``literal``: open ones are text."""
        fields, at = [], 0
        self._wrapped = []
        while True:
            found = self._quoted.match(text, at)
            if found:
                self._wrapped.append(len(fields))
                fields.append(self._unquoted(found.group(1)))
                if not found.group(2):
                    return fields, True
                at = found.end()
                continue
            if not literal and self._opens.match(text, at):
                return fields, False
            end = text.find(self.delimiter, at) if self.delimiter else -1
            if end < 0:
                return [*fields, text[at:]], True
            fields.append(text[at:end])
            at = end + len(self.delimiter)

    def _over_lines(self, line, numbered, waiting) -> tuple[list[str] | None, list]:
        """Fields of a row that goes on over the next lines, and these lines; None if it does not.

        A quote that closes amid a field, or never, does not open one either.
        """
        if self._closes_amid(line):
            return None, []
        more: list[tuple[int, str]] = []
        pieces, size = [line], len(line)
        while len(more) < MOST_LINES and size < MOST_CHARACTERS:
            one = waiting.pop() if waiting else next(numbered, None)
            if one is None:
                break
            more.append(one)
            pieces.append(one[1])
            size += len(one[1])
            if self._mark not in one[1]:
                continue
            fields, last = self._fields("".join(pieces).rstrip("\r\n"))
            if last:
                if self._are_rows is not None and self._are_rows(pieces):
                    break
                return fields, more
            if self._closes_amid("".join(pieces)):
                break
        return None, more

    def _closes_amid(self, text: str) -> bool:
        """Whether the quote that is left open has another one after it that ends no field."""
        if self.quoting.kind == "inner":
            return False
        at = 0
        while found := self._quoted.match(text, at):
            at = found.end()
        while not self._opens.match(text, at):
            at = text.find(self.delimiter, at)
            if at < 0 or not self.delimiter:
                return False
            at += len(self.delimiter)
            while found := self._quoted.match(text, at):
                at = found.end()
        rest = text[self._opens.match(text, at).end() :]
        rest = re.sub(r"\\.", "", rest, flags=re.DOTALL) if self._escape else rest
        return self._mark in rest.replace(2 * self._mark, "")

    def _unquoted(self, text: str) -> str:
        if self._escape:
            kept = "\\" if self.quoting.doubled else "\\\\"
            escaped = ESCAPED if self._mark == '"' else _ESCAPED_SINGLE
            text = escaped.sub(lambda m: self._mark if m.group(1) == self._mark else kept, text)
        return text if self.quoting.kind == "inner" else text.replace(2 * self._mark, self._mark)
