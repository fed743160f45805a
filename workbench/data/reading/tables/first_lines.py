"""What stands above the table of a delimited file: a title, comments, a line for a program."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from ....errors import DataError
from ....i18n import t
from ..expected import expected
from ..reports import FileReport
from .headers import NUMBER, USUAL_NAMES, contrast, plain_name

Rows = Callable[[str, str, int], list[list[str]]]  # text, separator, how many

SEPARATORS = (",", "\t", ";", "|")
MOST_ABOVE = 20  # lines that may stand above the table
_WORD = re.compile(r"[#@]?[^\W\d][\w.\-/ ]{0,39}")


def refuse_pages(path: Path, text: str) -> None:
    """Raise DataError when the text is a page of HTML."""
    if re.match(r"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?<(!doctype html|html)\b", text, re.I | re.S):
        title = re.search(r"<title[^>]*>([^<]{1,80})", text, re.IGNORECASE)
        called = f" called {title.group(1).strip()!r}" if title else ""
        raise DataError(
            f"{path} is a page of HTML{called} and no table.",
            "Download the data itself; a page is what a site sends that wants a login first.",
        )
    if re.match(r"\s*<\?xml\b", text, re.IGNORECASE):
        raise DataError(t("data_notes.xml", path=path), t("data_notes.xml_back"))


def lines_above(text: str, separators: tuple[str, ...], cut: Rows) -> int:
    """Number of lines above the header: a title, comments, a line about the export.

    ``cut(text, separator, limit)`` gives the first rows of a text.
    """
    lines = text.splitlines()
    found = []
    for separator in separators:
        rows = [next(iter(cut(line, separator, 1)), []) for line in lines[: MOST_ABOVE + 200]]
        if rows and len(rows[0]) > 1 and _names_like(rows[0], rows[1:]):
            return 0  # whatever other separators make of it
        found.append(rows_above(rows, lines))
    return max(found)


def line_of_names(text: str, separators: tuple[str, ...], cut: Rows) -> int | None:
    """The line with the name of the column that is predicted, under nothing but titles; or None."""
    names = set(expected().names)
    lines = text.splitlines()[: MOST_ABOVE + 1] if names else []
    for separator in separators:
        rows = [next(iter(cut(line, separator, 1)), []) for line in lines]
        if (place := row_of_names(rows, lines)) is not None:
            return place
    return None


def row_of_names(rows: list[list[str]], lines: list[str]) -> int | None:
    """As :func:`line_of_names`, of rows that are cut into cells."""
    names = set(expected().names)
    for place, row in enumerate(rows[: MOST_ABOVE + 1] if names else []):
        if names & set(map(plain_name, row)):
            above = list(zip(rows[:place], lines, strict=False))
            if not all(_is_title(one, line, len(row)) for one, line in above):
                return None
            parted = len(row) > 1 or not all(any(map(str.strip, one)) for one, _ in above)
            return place if parted or not place else None
    return None


def rows_above(rows: list[list[str]], lines: list[str]) -> int:
    """Number of rows above that with the names of the columns; 0 where none is surely above it.

    Parameters
    ----------
    rows : list of list of str
        The first rows, cut into cells.
    lines : list of str
        The same as they are written.
    """
    for place, row in enumerate(rows[: MOST_ABOVE + 1]):
        below = [r for r in rows[place + 1 :] if r]
        width = len(row)
        if place and width > 1 and _names_like(row, below):
            others = [one for one in below if sum(map(_is_usual, one)) > 1]
            if others and not _usual(row):
                continue  # a line about the export that happens to have as many commas
            above = enumerate(rows[:place])
            if sum(map(_is_usual, row)) > 1 and _is_title(rows[0], lines[0], width):
                above = enumerate(rows[:1])
            return place if all(_is_title(one, lines[n], width) for n, one in above) else 0
        if (
            row
            and not _is_title(row, lines[place], 0)
            and not (place and _is_title(rows[0], lines[0], 0))
        ):
            return 0
    return 0


def row_of_groups(rows: list[list[str]]) -> bool:
    """Whether the first row names groups of columns, as merged cells do, and the second columns."""
    if len(rows) < 3 or not _names_like(rows[1], rows[2:]):
        return False
    first = [cell.strip() for cell in rows[0]]
    second = [plain_name(cell) for cell in rows[1]]
    if any(not a and NUMBER.fullmatch(b) for a, b in zip(first, second, strict=False)):
        return False  # a column of numbers of rows has no name
    usual = [sum(map(_is_usual, row)) for row in rows[:2]]
    words = all(_WORD.fullmatch(cell) and len(cell.split()) <= 2 for cell in second)
    return "" in first and any(first) and usual[1] >= max(usual[0] + (not words), 1)


def note_above(path: Path, text: str, skip: int, report: FileReport) -> None:
    """Say which lines were left out, when there is anything in them."""
    lines = [line.strip() for line in text.splitlines()[:skip] if line.strip()]
    if lines:
        report.note(
            "warning", "lines above",
            f"{len(lines):,} line{'s' * (len(lines) != 1)} above the table of {path.name} "
            f"{'were' if len(lines) != 1 else 'was'} left out: {lines[0][:60]!r}.",
            "If the table begins in the first line, set reading={'skip': 0}.", len(lines),
        )  # fmt: skip


def count_line(path: Path, line: bytes) -> int:
    """How often a line comes in a file after its first."""
    import mmap

    count = at = 0
    with open(path, "rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as held:
        while (at := held.find(line, at)) >= 0:
            at += len(line)
            count += held[at : at + 1] in (b"", b"\n", b"\r")
    return count


def _is_title(row: list[str], line: str, width: int) -> bool:
    """Whether a row is none of the table below it, which has ``width`` columns (0: any)."""
    filled = [cell for cell in row if cell.strip()]
    if line.lstrip().startswith(("#", "//", "%", "--")) and not _usual(row):
        return True
    return len(filled) <= 1 and (not width or len(row) in (0, 1, width)) and not _usual(filled)


def _is_usual(cell: str) -> bool:
    return plain_name(cell).lower() in USUAL_NAMES


def _usual(row: list[str]) -> bool:
    return any(map(_is_usual, row))


def _names_like(row: list[str], below: list[list[str]]) -> bool:
    """Whether these cells are names of columns beyond doubt: usual ones, or words over others."""
    filled = [plain_name(cell) for cell in row]
    if not all(filled) or len(set(filled)) < len(filled):
        return False
    fitting = sum(len(one) == len(row) for one in below)
    if below and fitting < 0.5 * len(below):
        return False
    if _usual(row):
        return True
    words = all(_WORD.fullmatch(cell) and len(cell.split()) <= 2 for cell in filled)
    same = [one for one in below if len(one) == len(row)]
    return bool(words and len(same) > 1 and contrast(filled, same))
