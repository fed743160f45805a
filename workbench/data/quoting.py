"""Quotes in a delimited file: whether they stand around fields, judged over the whole file.

Programs disagree about quotes. Some put them around fields (RFC 4180), some write a backslash
before a quote within, some a blank before the opening one, and some write texts as they are, so
that a quote is a character like any other. Read in the wrong way, a field swallows the lines up to
the next quote and nobody is told. So each way is tried on all lines: it has to give every row as
many fields as the first has.
"""

from __future__ import annotations

import csv
import dataclasses
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

MOST_LINES = 1000  # of one quoted field
MOST_CHARACTERS = 4 * 2**20  # of one quoted field
_JUDGED = 2000  # lines that columns are judged by
_ESCAPED = re.compile(r'\\(["\\])')
_NUMBER = re.compile(r"\s*[-+]?(\d+[.,]?\d*|[.,]\d+)([eE][-+]?\d+)?\s*")


@dataclasses.dataclass(frozen=True)
class Quoting:
    """How quotes and line ends of a delimited file are read.

    Parameters
    ----------
    kind : {'around', 'none', 'backslash', 'loose'}
        Around fields, as the standard says; none: characters like others; around fields, with a
        backslash before a quote within; around fields where they open and close properly, and
        characters where they do not.
    blanks : bool
        Blanks may stand between a separator and the quotes.
    end : {'any', '\\n'}
        What ends a row.
    doubled : bool
        Of ``backslash``: a backslash is written twice, so that two of them stand for one.
    """

    kind: str = "around"
    blanks: bool = False
    end: str = "any"
    doubled: bool = False

    @property
    def plain(self) -> bool:
        """Whether a reader of the standard, or one without quotes, gives the same rows."""
        return self.kind in ("around", "none") and not self.blanks and self.end == "any"


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
    """

    rows: int = 0
    width: int = 0
    even: bool = True
    literal: int = 0
    first_literal: int = 0
    spans: list[tuple[int, int]] = dataclasses.field(default_factory=list)
    swallowed: list[tuple[int, int]] = dataclasses.field(default_factory=list)

    def row(self, fields: list[str]) -> None:
        """Count one row."""
        self.width = self.width or len(fields)
        self.even &= len(fields) == self.width
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
    columns : Columns, optional
        What tells a line that is a row from a line of a text, for ``loose``.
    """

    def __init__(self, delimiter: str, quoting: Quoting, columns: Columns | None = None):
        self.delimiter, self.quoting, self.columns = delimiter, quoting, columns
        after = rf"(?:{re.escape(delimiter)}|\Z)" if delimiter else r"\Z"
        blanks = " *" if quoting.blanks else ""
        inner = r'[^"]*(?:""[^"]*)*'
        if quoting.kind == "backslash":
            inner = r'[^"\\]*(?:(?:\\.|"")[^"\\]*)*'
        self._quoted = re.compile(rf'{blanks}"({inner})"{blanks}({after})', re.DOTALL)
        self._opens = re.compile(rf'{blanks}"')
        self._escape = quoting.kind == "backslash"

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
            if self.quoting.kind == "none" or '"' not in bare:
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
                seen.row(fields)
            yield fields

    def _cut(self, text: str) -> list[str]:
        return text.split(self.delimiter) if self.delimiter else [text]

    def _fields(self, text: str, *, literal: bool = False) -> tuple[list[str], bool]:
        """Fields of a text, and whether no quote is left open; ``literal``: open ones are text."""
        fields, at = [], 0
        while True:
            found = self._quoted.match(text, at)
            if found:
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
            if '"' not in one[1]:
                continue
            fields, last = self._fields("".join(pieces).rstrip("\r\n"))
            if last:
                if self.columns is not None and self.columns.are_rows(pieces):
                    break
                return fields, more
            if self._closes_amid("".join(pieces)):
                break
        return None, more

    def _closes_amid(self, text: str) -> bool:
        """Whether the quote that is left open has another one after it that ends no field."""
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
        return '"' in rest.replace('""', "")

    def _unquoted(self, text: str) -> str:
        if self._escape:
            kept = "\\" if self.quoting.doubled else "\\\\"
            text = _ESCAPED.sub(lambda m: '"' if m.group(1) == '"' else kept, text)
        return text.replace('""', '"')


class Columns:
    """What the columns of a table hold, to tell a row from a line of a text that looks like one."""

    def __init__(self, delimiter: str, rows: list[list[str]]):
        self.width = len(rows[0]) if rows else 0
        self._parser = Parser(delimiter, Quoting())
        body = [row for row in rows[1:] if len(row) == self.width]
        self._tests: dict[int, set[str] | None] = {}
        if len(body) < 5:
            return
        for place, values in enumerate(zip(*body, strict=True)):
            counts = Counter(values)
            if sum(bool(_NUMBER.fullmatch(v)) for v in values) >= 0.95 * len(values):
                self._tests[place] = None
            elif len(counts) <= max(2, 0.2 * len(values)):
                self._tests[place] = {v for v, n in counts.items() if n > 1}

    def are_rows(self, lines: list[str]) -> bool:
        """Whether each of these lines could be a row of its own."""
        if self.width < 2:
            return False
        rows = [self._parser._fields(line.rstrip("\r\n"), literal=True)[0] for line in lines]
        if any(len(row) != self.width for row in rows):
            return False
        if not self._tests:
            return len(rows) > 2
        return all(
            _NUMBER.fullmatch(row[place]) if values is None else row[place].strip('"') in values
            for row in rows
            for place, values in self._tests.items()
        )


def judge(lines: Lines, delimiter: str, *, quotes: bool | None, lone: bool) -> tuple[Quoting, Seen]:
    """Which way of quoting fits all lines of a file.

    Parameters
    ----------
    lines : Lines
    delimiter : str
        One or more characters; empty where a line is one field.
    quotes : bool or None
        What the user says: False means that quotes are characters.
    lone : bool
        Whether some carriage returns stand alone where lines end otherwise.

    Returns
    -------
    (Quoting, Seen)
        ``around`` when none fits, so that the reader of the standard names the row.
    """
    head = list(itertools.islice(lines.raw(), _JUDGED))
    seen = Seen()
    ends = ("\n", "any") if lone and not delimiter else ("any", "\n") if lone else ("any",)
    if quotes is False:
        for end in ends:
            quoting, seen = Quoting("none", end=end), Seen()
            if _fits(lines, delimiter, quoting, None, seen):
                return quoting, seen
        return Quoting("none"), seen
    blanks = _blanks_before(head, delimiter)
    columns = Columns(delimiter, [_plain_row(line, delimiter) for line in head if '"' not in line])
    escaped = any('\\"' in line for line in head)
    doubled = not any("\\" in _ESCAPED.sub("", line) for line in head)
    rival = None
    for end, kind in itertools.product(ends, ("around", "backslash") if escaped else ("around",)):
        quoting, seen = Quoting(kind, blanks, end, doubled and kind == "backslash"), Seen()
        if quoting == Quoting() and delimiter:
            fitting = _strict(lines, delimiter, seen)
        else:
            fitting = _fits(lines, delimiter, quoting, columns, seen) and not seen.literal
        if fitting:
            seen.swallowed = _swallowed(lines, columns, seen, end)
            if quotes or not seen.swallowed:
                return quoting, seen
            rival = rival or (quoting, seen)
    if quotes is None:
        kinds = ("loose",) if _wrapped(head, delimiter) else ("none", "loose")
        for end, kind in itertools.product(ends, kinds):
            quoting, seen = Quoting(kind, blanks and kind == "loose", end), Seen()
            if _fits(lines, delimiter, quoting, columns, seen):
                return quoting, seen
    return rival or (Quoting(), Seen())


def _plain_row(line: str, delimiter: str) -> list[str]:
    bare = line.rstrip("\r\n")
    return bare.split(delimiter) if delimiter else [bare]


def _fits(lines: Lines, delimiter: str, quoting: Quoting, columns, seen: Seen) -> bool:
    columns = columns if quoting.kind == "loose" else None
    for _ in Parser(delimiter, quoting, columns).rows(lines.raw(quoting.end), seen):
        if not seen.even:
            return False
    return seen.rows > 0


def _strict(lines: Lines, delimiter: str, seen: Seen) -> bool:
    """The same as :func:`_fits` by the standard library, which is quick; it knows one character."""
    if len(delimiter) > 1:
        return _fits(lines, delimiter, Quoting(), None, seen) and not seen.literal
    reader = csv.reader(lines.raw(), delimiter=delimiter, strict=True)
    before = 0
    try:
        for row in reader:
            if row:
                seen.row(row)
                if not seen.even:
                    return False
                if reader.line_num - before > 1:
                    seen.spans.append((before + 1, reader.line_num))
            before = reader.line_num
    except csv.Error as error:
        if "field larger" not in str(error):
            return False
        again = Seen()
        fits = _fits(lines, delimiter, Quoting(), None, again) and not again.literal
        seen.__dict__.update(again.__dict__)
        return fits
    return seen.rows > 0


def _swallowed(lines: Lines, columns: Columns, seen: Seen, end: str) -> list[tuple[int, int]]:
    """The rows over several lines that hold lines which are rows of the table."""
    found: list[tuple[int, int]] = []
    spans = iter(seen.spans)
    span = next(spans, None)
    held: list[str] = []
    for number, line in enumerate(lines.raw(end), 1):
        if span is None:
            break
        if number < span[0]:
            continue
        held.append(line)
        if number == span[1]:
            if columns.are_rows(held):
                found.append(span)
            held, span = [], next(spans, None)
    return found


def _blanks_before(head: list[str], delimiter: str) -> bool:
    """Whether quotes come after a separator and a blank, and hardly ever without the blank."""
    if not delimiter.strip():
        return False
    mark = re.escape(delimiter)
    text = "".join(head)
    after = len(re.findall(rf'{mark} +"', text))
    closed = len(re.findall(rf'{mark} +"[^"]*(?:""[^"]*)*" *(?={mark}|[\r\n]|\Z)', text))
    without = len(re.findall(rf'{mark}"', text))
    return after > 0 and closed >= 0.8 * after and without <= 0.2 * after


def _wrapped(head: list[str], delimiter: str) -> bool:
    """Whether a column stands in quotes in most rows, so that the writer put them there."""
    wrapped: Counter = Counter()
    for line in head:
        for place, field in enumerate(_plain_row(line, delimiter)):
            if len(field) > 1 and field[0] == field[-1] == '"':
                wrapped[place] += '"' not in field[1:-1].replace('""', "")
    return any(count > 0.5 * len(head) for count in wrapped.values())
