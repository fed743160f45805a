"""Text files: a text a line, or lines of a shape or with separators that say more."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..conversations.turn_texts import form_of, is_open
from ..shapes import FIRST
from .documents import read_jsonl
from .encodings import look, open_text
from .json_kinds import has_lines
from .records import batched, of_lines
from .reports import FileReport
from .tables import delimited
from .tables.dialect import SEPARATORS, SEVERAL
from .tables.headers import USUAL_NAMES
from .whole_texts import is_whole, read_whole

if TYPE_CHECKING:
    import pyarrow as pa

_OF_TABLES = ("delimiter", "header", "quotes", "skip")


def read_lines(path: Path, reading: dict[str, Any], report: FileReport, *, big: bool):
    """Plain text: one text a line in the column ``text``; blank lines are left out.

    Lines of a shape that is known (:data:`..shapes.known.LINES`) become its rows; lines that tabs
    cut into as many fields each, or that a header of usual names stands above, become those of a
    delimited file, as does a file whose ``reading`` names a separator.
    """
    from ..shapes import known  # all shapes, when a file is read and not before

    if "shape" not in reading and is_whole(path):
        return [read_whole([path], reading, report).select(["text"])]
    encoding = look(path, report, reading.get("encoding")).encoding
    if any(name in reading for name in _OF_TABLES):
        report.notes.clear()
        return delimited.read(path, reading, report, big=big)
    if "shape" not in reading and has_lines(path, encoding):
        report.note("info", "json", f"{path.name} holds JSON Lines: one object a line.")
        return read_jsonl(path, reading, report, big=big)
    if (made := of_lines(path, reading, report, encoding, known.LINES)) is not None:
        return made
    if "shape" not in reading and (mark := _separator(path, encoding)):
        shown = {"\t": "a tab"}.get(mark, repr(mark))
        report.notes.clear()
        report.note(
            "info", "separator", f"{path.name} is a table whose fields are separated by {shown}.",
            "If each line is a text, set reading={'shape': 'plain'}.",
        )  # fmt: skip
        return delimited.read(path, {**reading, "delimiter": mark}, report, big=big)

    return _pieces(path, encoding)


def read_texts(path: Path, reading: dict[str, Any], report: FileReport) -> pa.Table:
    """One text a line in the column ``text``, whatever the lines look like."""
    import pyarrow as pa

    encoding = look(path, report, reading.get("encoding")).encoding
    tables = list(_pieces(path, encoding))
    return pa.concat_tables(tables) if tables else pa.table({"text": pa.array([], pa.string())})


def _pieces(path: Path, encoding: str) -> Iterator[pa.Table]:
    import pyarrow as pa

    with open(path, encoding=encoding, newline=_end(path, encoding)) as stream:
        lines = (line.rstrip("\r\n").lstrip("\ufeff") for line in stream)
        for texts in batched(line for line in lines if line.strip()):
            yield pa.table({"text": pa.array(texts, pa.string())})


def read_unknown(path: Path, reading: dict[str, Any], report: FileReport, *, big: bool):
    """A text file whose ending says nothing, if its lines are of a shape that is known; or None."""
    from ..shapes import known

    if "shape" not in reading and is_whole(path):
        return [read_whole([path], reading, report).select(["text"])]
    encoding = look(path, report, reading.get("encoding")).encoding
    if has_lines(path, encoding):
        return read_jsonl(path, reading, report, big=big)
    if (made := of_lines(path, reading, report, encoding, known.LINES)) is not None:
        return made
    if mark := reading.get("delimiter") or _separator(path, encoding):
        return delimited.read(path, {**reading, "delimiter": mark}, report, big=big)
    return None


def _end(path: Path, encoding: str) -> str | None:
    """What ends a line: a line feed where there is any, so that a lone return ends none."""
    with open_text(path, encoding) as stream:
        return "\n" if "\n" in stream.read(2**20) else None


def _separator(path: Path, encoding: str) -> str:
    """What cuts each of the first lines into as many fields; others than a tab, or a mark of
    several signs that stands in each of them at least twice, below a header only."""
    with open_text(path, encoding) as stream:
        lines = [line for line in itertools.islice(stream, FIRST) if line.strip()]
    if len(lines) < 2:
        return ""
    tabs = [line.count("\t") for line in lines]
    if tabs[0] and len(set(tabs)) == 1:
        return "\t"
    for mark in SEVERAL:
        counts = {line.count(mark) for line in lines}
        if len(counts) == 1 and counts.pop() > 1 and not _tears(mark, lines):
            return mark
    for mark in SEPARATORS:
        try:
            rows = [row for row in csv.reader(lines, delimiter=mark) if row]
        except csv.Error:
            continue
        names = [cell.strip().lower() for cell in rows[0]]
        fitting = sum(len(row) == len(names) for row in rows)
        if len(names) > 1 and fitting >= 0.95 * len(rows) and len(rows) > 1:
            usual = any(name in USUAL_NAMES for name in names) and all(names)
            if usual and not _tears(mark, lines):
                return mark
    return ""


def _tears(mark: str, lines: list[str]) -> bool:
    """Whether most lines are conversations, and none of what a mark cuts them into is one."""
    torn = [
        line for line in lines
        if form_of(line) and not any(form_of(one) or is_open(one) for one in line.split(mark))
    ]  # fmt: skip
    return len(torn) > 0.5 * len(lines)
