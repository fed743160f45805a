"""Which way of writing quotes fits all lines of a delimited file.

Each way is tried on the whole file: it has to give every row as many fields as the first has, and
no field may swallow lines that are rows of their own.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections import Counter

from .quoting import ESCAPED, Lines, Parser, Quoting, Seen

_JUDGED = 2000  # lines that columns are judged by
_NUMBER = re.compile(r"\s*[-+]?(\d+[.,]?\d*|[.,]\d+)([eE][-+]?\d+)?\s*")


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

    @classmethod
    def of(cls, lines: Lines, delimiter: str) -> Columns:
        """Judged by those of the first lines that hold no quote."""
        head = itertools.islice(lines.raw(), _JUDGED)
        return cls(delimiter, [_plain_row(line, delimiter) for line in head if '"' not in line])

    def are_rows(self, lines: list[str]) -> bool:
        """Whether each of these lines could be a row of its own."""
        if self.width < 2:
            return False
        rows = [self._parser.fields(line) for line in lines]
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
            if fits(lines, delimiter, quoting, None, seen):
                return quoting, seen
        return Quoting("none"), seen
    blanks = blanks_before(head, delimiter)
    columns = Columns.of(lines, delimiter)
    escaped = any('\\"' in line for line in head)
    doubled = not any("\\" in ESCAPED.sub("", line) for line in head)
    rival = None
    for end, kind in itertools.product(ends, ("around", "backslash") if escaped else ("around",)):
        quoting, seen = Quoting(kind, blanks, end, doubled and kind == "backslash"), Seen()
        if quoting == Quoting() and delimiter:
            fitting = _strict(lines, delimiter, seen)
        else:
            fitting = fits(lines, delimiter, quoting, columns, seen) and not seen.literal
        if fitting:
            seen.swallowed = swallowed_rows(lines, columns, seen, end)
            if quotes or not seen.swallowed:
                return quoting, seen
            rival = rival or (quoting, seen)
    if quotes is None:
        kinds = ("loose",) if _wrapped(head, delimiter) else ("none", "loose")
        for end, kind in itertools.product(ends, kinds):
            quoting, seen = Quoting(kind, blanks and kind == "loose", end), Seen()
            if fits(lines, delimiter, quoting, columns, seen):
                return quoting, seen
    return rival or (Quoting(), Seen())


def _plain_row(line: str, delimiter: str) -> list[str]:
    bare = line.rstrip("\r\n")
    return bare.split(delimiter) if delimiter else [bare]


def fits(lines: Lines, delimiter: str, quoting: Quoting, columns, seen: Seen) -> bool:
    """Whether a way of quoting gives every row as many fields as the first; tells ``seen``."""
    are_rows = columns.are_rows if columns is not None and quoting.kind == "loose" else None
    for _ in Parser(delimiter, quoting, are_rows).rows(lines.raw(quoting.end), seen):
        if not seen.even:
            return False
    return seen.rows > 0


def _strict(lines: Lines, delimiter: str, seen: Seen) -> bool:
    """The same as :func:`fits` by the standard library, which is quick; it knows one character."""
    if len(delimiter) > 1:
        return fits(lines, delimiter, Quoting(), None, seen) and not seen.literal
    reader = csv.reader(lines.raw(), delimiter=delimiter, strict=True)
    before = 0
    try:
        for row in reader:
            if row:
                seen.row(row, [])
                if not seen.even:
                    return False
                if reader.line_num - before > 1:
                    seen.spans.append((before + 1, reader.line_num))
            before = reader.line_num
    except csv.Error as error:
        if "field larger" not in str(error):
            return False
        again = Seen()
        fitting = fits(lines, delimiter, Quoting(), None, again) and not again.literal
        seen.__dict__.update(again.__dict__)
        return fitting
    return seen.rows > 0


def swallowed_rows(lines: Lines, columns: Columns, seen: Seen, end: str) -> list[tuple[int, int]]:
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


def blanks_before(head: list[str], delimiter: str, quote: str = '"') -> bool:
    """Whether quotes come after a separator and a blank, and hardly ever without the blank."""
    if not delimiter.strip():
        return False
    mark = re.escape(delimiter)
    text = "".join(head)
    q = quote
    after = len(re.findall(rf"{mark} +{q}", text))
    whole = rf"{mark} +{q}[^{q}]*(?:{q}{q}[^{q}]*)*{q} *(?={mark}|[\r\n]|\Z)"
    closed = len(re.findall(whole, text))
    without = len(re.findall(rf"{mark}{q}", text))
    return after > 0 and closed >= 0.8 * after and without <= 0.2 * after


def _wrapped(head: list[str], delimiter: str) -> bool:
    """Whether a column stands in quotes in most rows, so that the writer put them there."""
    wrapped: Counter = Counter()
    for line in head:
        for place, field in enumerate(_plain_row(line, delimiter)):
            if len(field) > 1 and field[0] == field[-1] == '"':
                wrapped[place] += '"' not in field[1:-1].replace('""', "")
    return any(count > 0.5 * len(head) for count in wrapped.values())
