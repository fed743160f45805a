"""Where the table of a delimited file begins, what separates its fields, what its columns are."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from pathlib import Path
from typing import Any

from ....errors import DataError
from ....i18n import t
from ..encodings import TextShape, open_text
from ..reports import FileReport
from . import one_column, single_quotes
from .field_padding import are_padded
from .first_lines import (
    SEPARATORS,
    count_line,
    line_of_names,
    lines_above,
    note_above,
    refuse_pages,
)
from .headers import column_names, settle_header
from .quote_judging import Columns, fits, judge
from .quoting import Lines, Parser, Quoting, Seen

#: Separators that are looked for when none of the usual ones fits; those of several signs first.
SEVERAL = ("_!_", "|||", "||", "::", "@@@", "###")
RARE = (*SEVERAL, "~", "^", "$", "\x01", "\x1f", "¦", "§", "：", "，")
SAMPLE = 262_144  # characters from which separator and header are judged
_AROUND = Quoting()


@dataclasses.dataclass(frozen=True)
class Dialect:
    """How a delimited file is written.

    Parameters
    ----------
    delimiter : str
        Empty where the file has one column and no separator.
    skip : int
        Lines above the table.
    repeated : str or None
        The header's line, where it comes again among the rows.
    padded : bool
        Whether blanks follow every separator, which are no part of the fields.
    """

    delimiter: str
    header: bool
    names: list[str]
    skip: int = 0
    quoting: Quoting = Quoting()
    repeated: str | None = None
    padded: bool = False


def find(path: Path, shape: TextShape, reading: dict[str, Any], report: FileReport) -> Dialect:
    """Find out how a delimited file is written, and note what was found or guessed.

    Raises
    ------
    DataError
        If it has no rows, is a page of HTML, or has two columns of one name.
    """
    with open_text(path, shape.encoding) as stream:
        text = stream.read(SAMPLE)
    if len(text) == SAMPLE and "\n" in text:
        text = text[: text.rfind("\n") + 1]
    refuse_pages(path, text)
    text = text.lstrip("\ufeff")
    usual = "\t" if path.suffix.lower() in (".tsv", ".tab") else ","
    delimiter, skip = reading.get("delimiter"), reading.get("skip")
    marks = (delimiter,) if delimiter else SEPARATORS
    names = line_of_names(text, marks, _rows)
    if skip is not None and names is not None:
        skip = names
    if skip is None:
        told = re.match(r'"?sep=([^\r\n])"?,*\s*?(\r\n|\n|\r)', text, re.IGNORECASE)
        skip = int(told is not None)
        if told is not None:
            delimiter = delimiter or told.group(1)
            report.note(
                "info", "separator",
                f"The first line of {path.name} says that {told.group(1)!r} separates the fields.",
            )  # fmt: skip
        elif above := lines_above(text, marks, _rows) if names is None else names:
            skip = above
            note_above(path, text, skip, report)
    text = "".join(text.splitlines(keepends=True)[skip:])
    lines = Lines(path, shape.encoding, skip)
    given = delimiter is not None
    delimiter = delimiter if given else _separator(text, usual)
    delimiter, quoting, seen = _judged(lines, shape, text, delimiter, given, reading)
    if not given and delimiter not in ("", usual):
        shown = {"\t": "tab"}.get(delimiter, delimiter)
        report.note("info", "separator", f"The fields of {path.name} are separated by {shown!r}.")
    rows = _rows(text, delimiter, 200, quoting)
    if not rows:
        raise DataError(f"{path} has no rows.", "Give a file with at least one row.")
    if not delimiter:
        one_column.note(path, one_column.bare_lines(text, quoting, seen), rows[0], report, _rows)
    header = settle_header(path, rows, reading, report)
    repeated = _repeated(path, shape, text, rows[0], header, skip, report)
    names = column_names(path, rows[0], header, report)
    _note_quotes(path, lines, quoting, seen, report, len(names), header)
    if "quotes" not in reading and quoting.mark == '"' and "'" in text:
        single_quotes.note_rival(path, lines, delimiter, report)
    padded = not given and not quoting.blanks and are_padded(rows)
    if padded:
        report.note(
            "info", "blanks", t("data_notes.padded", file=path.name), t("data_notes.padded_back")
        )  # fmt: skip
    return Dialect(delimiter, header, names, skip, quoting, repeated, padded)


def _separator(text: str, usual: str) -> str:
    """The separator that cuts most rows into as many fields as the first row has; "" for none."""
    scores: dict[str, tuple[float, bool, int]] = {}
    several = tuple(mark for mark in RARE if len(mark) > 1 and mark in text)
    for separators in (several, SEPARATORS, RARE):
        for delimiter in separators:
            rows = _rows(text, delimiter, 200)
            width = len(rows[0]) if rows else 1
            if width < 2:
                continue
            fitting = sum(len(row) == width for row in rows) / len(rows)
            if separators is not SEPARATORS and (fitting < 0.95 or len(rows) < 2):
                continue
            if delimiter == "$" and _are_sums(text):
                continue
            scores[delimiter] = round(fitting, 2), delimiter == usual, width
        if scores:
            return max(scores, key=scores.__getitem__)
    return ""


def _are_sums(text: str) -> bool:
    """Whether dollars stand in front of numbers and behind blanks, as in "it cost $5"."""
    return 2 * len(re.findall(r"(?<!\S)\$\d", text)) > text.count("$")


def _rows(text: str, delimiter: str, limit: int, quoting: Quoting = _AROUND) -> list[list[str]]:
    rows: list[list[str]] = []
    if quoting != Quoting() or len(delimiter) != 1:
        newline = "" if quoting.end == "any" else quoting.end
        lines = io.StringIO(text, newline=newline)
        are_rows = None
        if quoting.mark == '"':
            are_rows = Columns(delimiter, _without_quotes(text, delimiter)).are_rows
        for row in Parser(delimiter, quoting, are_rows).rows(lines):
            rows.append(row)
            if len(rows) >= limit:
                break
        return rows
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if row:
                rows.append(row)
            if len(rows) >= limit:
                break
    except csv.Error:  # a field of more than 128 KB; the rows before it tell enough
        pass
    return rows or ([text[:1000].split(delimiter)] if text.strip() else [])


def _without_quotes(text: str, delimiter: str) -> list[list[str]]:
    lines = [line for line in text.splitlines()[:2000] if '"' not in line]
    return [line.split(delimiter) if delimiter else [line] for line in lines]


# --- quotes -------------------------------------------------------------------------------------


def _judged(
    lines: Lines, shape: TextShape, text: str, delimiter: str, given: bool, reading: dict
) -> tuple[str, Quoting, Seen]:
    """Separator and quotes; a rival separator is taken only with single quotes."""
    quotes = reading.get("quotes")
    if not shape.quotes and not shape.lone and delimiter:
        quoting, seen = Quoting("none" if quotes is False else "around"), Seen()
        if "'" in text:
            fits(lines, delimiter, Quoting("none"), None, seen)
    elif quotes == single_quotes.MARK:
        quoting, seen = Quoting(), Seen()
    else:
        quoting, seen = judge(lines, delimiter, quotes=quotes, lone=bool(shape.lone))
    if "'" in text:
        rivals = [] if given else [mark for mark in SEPARATORS if mark in text]
        marks = list(dict.fromkeys([delimiter, *rivals]))
        if (single := single_quotes.found(lines, marks, reading, seen)) is not None:
            return single
    return delimiter, quoting, seen


def _note_quotes(
    path: Path, lines: Lines, quoting: Quoting, seen: Seen, report: FileReport, width: int,
    header: bool,
) -> None:  # fmt: skip
    first = lines.skip
    if quoting.mark == single_quotes.MARK:
        single_quotes.note(path, quoting, seen, header, report)
    elif quoting.kind == "backslash":
        report.note(
            "info", "quotes", f'Quotes within the fields of {path.name} are written as \\".',
            "If they are not, set reading={'quotes': False}.",
        )  # fmt: skip
    if quoting.blanks:
        report.note(
            "info", "quotes", f"The separators of {path.name} are followed by blanks, which are "
            "no part of the fields.",
        )  # fmt: skip
    if quoting.end != "any":
        report.note(
            "info", "line ends", f"Texts of {path.name} hold carriage returns; a row ends where a "
            "line feed stands.",
        )  # fmt: skip
    if seen.literal and quoting.kind in ("loose", "around"):
        report.note(
            "warning", "quotes",
            f"In {seen.literal:,} row{'s' * (seen.literal != 1)} of {path.name} a quote opens that "
            f"is not closed where its field ends, first in line {first + seen.first_literal:,}; "
            "it was read as a character.",
            "Look at that line. If no quote of the file stands around a field, set "
            "reading={'quotes': False}.", seen.literal,
        )  # fmt: skip
    if seen.swallowed:
        begin, end = seen.swallowed[0]
        count = sum(last - start for start, last in seen.swallowed)
        report.note(
            "warning", "quotes",
            f"{len(seen.swallowed):,} field{'s' * (len(seen.swallowed) != 1)} of {path.name} in "
            f"quotes hold {count:,} lines that look like rows, first lines {first + begin:,} to "
            f"{first + end:,}.",
            "If they are rows, set reading={'quotes': False}.", count,
        )  # fmt: skip
    elif width == 1 and seen.spans:
        begin, end = seen.spans[0]
        report.note(
            "info", "quotes", f"{len(seen.spans):,} texts of {path.name} in quotes go over several "
            f"lines, first lines {first + begin:,} to {first + end:,}.",
            "If each line is a text, set reading={'quotes': False}.", len(seen.spans),
        )  # fmt: skip


def note_characters(path: Path, lines: Lines, delimiter: str, report: FileReport) -> None:
    """Say that quotes were read as characters, where one of them stands at a field's beginning."""
    mark = re.compile(rf'(?:^|{re.escape(delimiter)})"' if delimiter else '^"')
    count = first = 0
    for number, line in enumerate(lines.raw(), lines.skip + 1):
        if mark.search(line):
            count, first = count + 1, first or number
    if count:
        report.note(
            "warning", "quotes",
            f"In {count:,} line{'s' * (count != 1)} of {path.name} a field begins with a quote, "
            f"first in line {first:,}; around fields they would not fit, so they were read as "
            "characters.",
            "If they stand around fields, close them, or set reading={'quotes': True}.", count,
        )  # fmt: skip


# --- header -------------------------------------------------------------------------------------


def _repeated(
    path: Path, shape: TextShape, text: str, first: list, header: bool, lines_above: int, report
) -> str | None:
    """The header's line, if it comes again: files that were put together, each with its own."""
    if not header or len(first) < 2:
        return None
    line = next((line for line in text.splitlines() if line), "")
    wide = shape.encoding.startswith(("utf-16", "utf-32"))
    codec = "utf-8" if shape.encoding == "utf-8-sig" else shape.encoding
    if wide:
        return None
    count = count_line(path, f"\n{line}".encode(codec))
    if shape.lines and (lines_above or not text.startswith(line)):
        count -= 1  # the header itself
    if count < 1:
        return None
    report.note(
        "warning", "header",
        f"The header of {path.name} comes again in {count:,} row{'s' * (count != 1)}, which "
        f"{'were' if count != 1 else 'was'} left out.",
        "If it is a row like the others, set reading={'header': False}.", count,
    )  # fmt: skip
    return line
