"""Fields in single quotes, told apart from apostrophes: 'a text, with a comma',good.

A single quote is an apostrophe far more often than a quote around a field. It is taken for one
only where the whole file fits: every row gets as many fields as the first one, no quote is left
open, and either all words of a column stand in such quotes, or no other way of reading gives the
rows as many fields as the first one has.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from pathlib import Path

from ..reports import FileReport
from .quote_judging import Columns, blanks_before, fits, swallowed_rows
from .quoting import Lines, Parser, Quoting, Seen

MARK = "'"
_LOOKED_AT = 2000  # lines
_WITHIN = {
    "around": "one within is doubled", "backslash": "one within is written \\'",
    "inner": "those within are apostrophes",
}  # fmt: skip


def found(
    lines: Lines, delimiters: list[str], reading: dict, other: Seen
) -> tuple[str, Quoting, Seen] | None:
    """How a file is read whose fields stand in single quotes; None where they do not.

    Parameters
    ----------
    lines : Lines
    delimiters : list of str
        What separates the fields: the one that double quotes would need first, then its rivals.
    reading : dict
        ``quotes`` settles it: ``"'"`` takes them as quotes, true and false do not.
    other : Seen
        What the other ways of reading have shown.
    """
    asked = reading.get("quotes") == MARK
    if "quotes" in reading and not asked:
        return None
    head = list(itertools.islice(lines.raw(), _LOOKED_AT))
    escaped = any("\\'" in line for line in head)
    doubled = not any("\\" in re.sub(r"\\['\\]", "", line) for line in head)
    kinds = ("around", "backslash", "inner") if escaped else ("around", "inner")
    for kind, delimiter in itertools.product(kinds, delimiters):
        if not asked and not _open_and_close(head, delimiter):
            continue
        blanks = blanks_before(head, delimiter, MARK)
        quoting = Quoting(kind, blanks, "any", doubled and kind == "backslash", MARK)
        seen = Seen(wrapped=Counter(), bare=Counter())
        if not fits(lines, delimiter, quoting, None, seen) or seen.literal:
            continue
        if seen.width < 2 and delimiter:
            continue
        if not asked and swallowed_rows(lines, Columns.of(lines, delimiter), seen, "any"):
            continue  # apostrophes at the ends of two texts, and the rows between them
        ragged = not other.even and seen.width > 1 and any(seen.wrapped.values())
        if asked or ragged or _whole_column(lines, delimiter, quoting, seen):
            return delimiter, quoting, seen
    return (delimiters[0], Quoting(mark=MARK), Seen()) if asked else None


def note(path: Path, quoting: Quoting, seen: Seen, header: bool, report: FileReport) -> None:
    """Say that fields were taken out of their single quotes."""
    count = sum((seen.wrapped or Counter()).values())
    count += 0 if header else seen.first_wrapped
    how = _WITHIN[quoting.kind]
    report.note(
        "info", "quotes", f"{count:,} fields of {path.name} stand in single quotes, which are no "
        f"part of them; {how}.",
        "If they are apostrophes of the texts, set reading={'quotes': False}.", count,
    )  # fmt: skip


def note_rival(path: Path, lines: Lines, delimiter: str, report: FileReport) -> None:
    """Say so where many fields of a column stand in single quotes that were read as characters."""
    head = list(itertools.islice(lines.raw(), _LOOKED_AT))
    if not _open_and_close(head, delimiter):
        return
    seen = Seen(wrapped=Counter(), bare=Counter())
    for _ in Parser(delimiter, Quoting(mark=MARK)).rows(head, seen):
        pass
    column, count = max(seen.wrapped.items(), key=lambda item: item[1], default=(0, 0))
    total = count + seen.bare[column]
    if seen.even and count > 2 and 2 * count > total:
        report.note(
            "info", "quotes", f"{count:,} of the first {total:,} texts in column {column + 1} of "
            f"{path.name} stand in single quotes, which were read as characters.",
            "If they stand around fields, set reading={'quotes': \"'\"}.", count,
        )  # fmt: skip


def _open_and_close(head: list[str], delimiter: str) -> bool:
    """Whether a quote stands where a field begins, and one where a field ends."""
    mark = re.escape(delimiter) if delimiter else r"(?!)"
    begins = re.compile(rf"(?:^|{mark}) *'")
    ends = re.compile(rf"' *(?:{mark}|[\r\n]*\Z)")
    return any(map(begins.search, head)) and any(map(ends.search, head))


def _whole_column(lines: Lines, delimiter: str, quoting: Quoting, seen: Seen) -> bool:
    """Whether all words of a column stand in single quotes, and no field in double ones."""
    if not any(count > 1 and not seen.bare[place] for place, count in seen.wrapped.items()):
        return False
    rows = Parser(delimiter, quoting).rows(lines.raw())
    return not any(field.lstrip().startswith('"') for row in rows for field in row if field)
